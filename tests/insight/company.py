"""A small company on real tables: a shop and a help desk, read by the real engine, pushed to a file of customers.

Anna is in both and writes mails; Łukasz is in both under different member numbers, which keeps him apart; Carol and Dave
share a role mailbox and a phone; a guest is known by an address; one record is filtered, one refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.insight import lookup
from hub.insight.lens import Lens
from hub.insight.lookup import Match
from hub.models import Decision, DecisionKind, RunKind, SourceKey
from hub.sync.engine import Engine

HUB_YAML = """\
connections:
  shop:
    connector: tabular
    mapping: mappings/tables.yaml
    config: {path: shop, key: id, streams: {people: {pattern: "people*.csv"}, orders: {pattern: "orders*.csv"}}}
  desk:
    connector: tabular
    mapping: mappings/tables.yaml
    config:
      path: desk
      key: id
      streams: {people: {pattern: "people*.csv"}, tickets: {pattern: "tickets*.csv"}, mails: {pattern: "mails*.csv"}}
  list:
    connector: tabular
    mapping: mappings/list.yaml
    after_sync: true
    config: {out: customers.csv}
"""

TABLES = """\
mapping: tables
connector: tabular
defaults: {region: US, currency: USD}
streams:
  people:
    emit:
      - entity: customer
        key: $.id
        required: true
        when: $.kind | ne("test")
        fields:
          full_name: $.name
          given_name: $.name | given_name
          family_name: $.name | family_name
          email: $.email | required
          phone: $.phone
          job_title: $.job
          notes: $.notes
          external_updated_at: $.updated
        identifiers:
          - {type: user_id, issuer: members, value: $.member}
      - entity: consent
        key: [$.id, newsletter]
        when: $.newsletter | present
        fields:
          customer: {type: customer, key: $.id}
          purpose: newsletter
          channel: email
          status: $.newsletter
          effective_from: $.updated
      - entity: address
        key: [$.id, home]
        when: $.street | present
        fields:
          customer: {type: customer, key: $.id}
          kind: home
          line1: $.street
          city: $.city
  orders:
    emit:
      - entity: order
        key: $.id
        fields:
          customer: {type: customer, key: $.buyer}
          order_number: $.id
          status: $.status
          currency: USD
          total_amount: $.total
          placed_at: $.placed
      - entity: customer
        key: $.buyer
        rank: 1
        fields: {email: $.email, full_name: $.name}
  tickets:
    emit:
      - entity: ticket
        key: $.id
        fields:
          customer: {type: customer, key: $.who}
          subject: $.subject
          status: $.status
          opened_at: $.opened
  mails:
    emit:
      - entity: interaction
        key: $.id
        fields:
          customer: {type: customer, key: $.from}
          channel: email
          type: message
          direction: inbound
          subject: $.subject
          occurred_at: $.sent
      - entity: participant
        key: [$.id, from]
        fields: {interaction: {type: interaction, key: $.id}, customer: {type: customer, key: $.from}, role: from}
      - entity: participant
        key: [$.id, to]
        when: $.to | present
        fields: {interaction: {type: interaction, key: $.id}, customer: {type: customer, key: $.to}, role: to}
"""

LIST = """\
mapping: list
connector: tabular
out:
  customers:
    fields: {name: $.full_name, email: $.email, phone: $.phone}
"""

SHOP_PEOPLE = """\
id,name,email,phone,job,notes,member,newsletter,street,city,kind,updated
1,Anna Kowalska,anna@example.com,+1 202 555 0101,Baker,likes rye bread,,granted,1 Long Street,Springfield,,2026-01-01T00:00:00Z
2,Łukasz Nowak,lukasz@example.org,+1 202 555 0102,,,M-2,,,,,2026-01-02T00:00:00Z
3,王小明,wang@example.net,,,,,,,,,2026-01-03T00:00:00Z
4,Carol Stone,info@example.com,+1 202 555 0104,,,,,,,,2026-01-04T00:00:00Z
5,Machine,machine@example.com,,,,,,,,test,2026-01-05T00:00:00Z
6,Bad Address,not an address,,,,,,,,,2026-01-06T00:00:00Z
"""

SHOP_ORDERS = """\
id,buyer,email,name,status,total,placed
100,1,anna@example.com,Anna Kowalska,delivered,12.50,2026-02-01T10:00:00Z
101,1,anna@example.com,Anna Kowalska,pending,99.00,2026-02-03T10:00:00Z
102,guest@example.org,guest@example.org,Gus Guest,delivered,5.00,2026-02-02T10:00:00Z
"""

DESK_PEOPLE = """\
id,name,email,phone,job,notes,member,newsletter,street,city,kind,updated
u1,Anna Kowalska,ANNA@example.com,,Head baker,,,revoked,,,,2026-03-01T00:00:00Z
u2,Lukasz Nowak,lukasz@example.org,+1 202 555 0102,,,M-3,,,,,2026-03-02T00:00:00Z
u4,Dave Rock,info@example.com,+1 202 555 0104,,,,,,,,2026-03-04T00:00:00Z
"""

DESK_TICKETS = """\
id,who,subject,status,opened
t1,u1,Bread is late,open,2026-03-05T00:00:00Z
t2,u1,Bread is here,solved,2026-03-06T00:00:00Z
"""

DESK_MAILS = """\
id,from,to,subject,sent
m1,u1,u4,Hello Dave,2026-03-07T00:00:00Z
m2,u4,u1,Hello Anna,2026-03-08T00:00:00Z
m3,u4,,Anybody there?,2026-03-09T00:00:00Z
"""


@dataclass
class Company:
    """The project, its engine, and how one looks at it."""

    folder: Path
    engine: Engine

    @classmethod
    def open(cls, folder: Path) -> Company:
        """A company whose files are there."""
        return cls(folder, Engine.open(folder))

    @property
    def lens(self) -> Lens:
        return Lens(self.engine.store, self.engine.policy)

    @property
    def masked(self) -> Lens:
        return Lens(self.engine.store, self.engine.policy, masked=True)

    def one(self, text: str) -> Match:
        """The one customer that a text names."""
        return lookup.one(self.engine.store, text)

    def run(self, kind: str, connection: str) -> str:
        """The latest run of a kind."""
        found = self.engine.store.runs.latest(
            self.engine.store.connections.find(connection) or 0, RunKind(kind)
        )
        assert found is not None
        return found.id

    def write(self, name: str, text: str) -> None:
        write(self.folder / name, text)

    def sync(self) -> Any:
        return self.engine.sync()

    def decide(self, kind: str, a: str, b: str) -> Decision:
        """A person's word about two source customers; the decision as stored."""
        one, two = (SourceKey(*text.split("/")) for text in (a, b))
        self.engine.decide([Decision(DecisionKind(kind), "tester", "because", one, two)])
        return self.engine.store.decisions.active()[-1]

    def customer(self, key: str) -> str:
        """The customer of a source customer."""
        source = SourceKey(*key.split("/"))
        number = self.engine.store.identity.source_ids([source])[source]
        return self.engine.store.identity.customer_of([number])[number][0]

    def query(self, sql: str, *params: Any) -> Sequence[tuple[Any, ...]]:
        return self.engine.store.driver.query(sql, params)


def make(folder: Path, policy: str = "") -> Company:
    """The project's files and its engine, nothing read yet. policy: what identity.yaml says."""
    texts = {
        "identity.yaml": policy,
        "hub.yaml": HUB_YAML,
        "mappings/tables.yaml": TABLES,
        "mappings/list.yaml": LIST,
        "shop/people.csv": SHOP_PEOPLE,
        "shop/orders.csv": SHOP_ORDERS,
        "desk/people.csv": DESK_PEOPLE,
        "desk/tickets.csv": DESK_TICKETS,
        "desk/mails.csv": DESK_MAILS,
    }
    for name, text in texts.items():
        write(folder / name, text)
    return Company.open(folder)


def write(path: Path, text: str) -> None:
    """A file of the project."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
