"""`hub customers`: find and show customers, join and part them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.completion import connection_names
from hub.cli.looking import lens, mask_option, money, section
from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.insight.find import Query
    from hub.models import Json

#: Customers taken in one query when all are wanted.
_PAGE = 500

_FOUND = (
    Column("customer_id", "customer", whole=True),
    Column("full_name", "name"),
    Column("email", "e-mail"),
    Column("phone", "phone"),
    Column("from", "from"),
)
_IDENTIFIERS = (
    Column("type", "type"),
    Column("issuer", "issuer"),
    Column("value", "value"),
    Column("primary", "primary"),
    Column("verified", "verified"),
    Column("blocked", "joins nobody"),
    Column("sources", "from"),
)
_SOURCES = (
    Column("key", "record"),
    Column("stream", "stream"),
    Column("first_seen", "first seen"),
    Column("linked_by", "linked by"),
    Column("stale", "stale"),
)
_ADDRESSES = tuple(
    Column(name, name) for name in ("kind", "line1", "postal_code", "city", "country", "connection")
)
_CONSENTS = tuple(
    Column(name, name) for name in ("purpose", "channel", "status", "since", "identifier", "source")
)
_ORDERS = (
    *(Column(name, name) for name in ("placed_at", "order_number", "status")),
    Column("total", "total", number=True),
    Column("connection", "connection"),
)
_TICKETS = tuple(Column(name, name) for name in ("opened_at", "status", "priority", "subject", "connection"))
_INTERACTIONS = tuple(
    Column(name, name) for name in ("occurred_at", "channel", "type", "direction", "subject", "connection")
)
_HISTORY = (
    Column("valid_to", "until"),
    Column("field", "field"),
    Column("value", "was"),
    Column("cause", "cause"),
)
_EVENTS = tuple(Column(name, name) for name in ("at", "kind", "customer_id", "other_id", "actor"))
_DELIVERIES = tuple(Column(name, name) for name in ("at", "connection", "op", "status", "code", "message"))


@click.group("customers", cls=Group)
def customers() -> None:
    """Find and show customers; join and part them."""


@customers.command(
    "find",
    examples=("hub customers find anna kowal", "hub customers find --email anna@example.com --json"),
    exits=(0, 3, 9),
)
@click.argument("text", nargs=-1, metavar="[TEXT…]")
@click.option("--email", default="", help="An e-mail address of theirs.")
@click.option("--phone", default="", help="A phone number of theirs; without its country, how it ends.")
@click.option("--identifier", default="", metavar="[TYPE:]VALUE", help="Any identifier of theirs.")
@click.option("--id", "external_id", default="", help="The id that a connected system has for them.")
@click.option("--name", default="", help="Parts of their name, in any script and order.")
@click.option(
    "--connection", default="", help="With a record in this connection.", shell_complete=connection_names
)
@click.option("--type", "type_", default="", help="With a record of this type, such as customer or guest.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@click.option("--after", default="", metavar="CUSTOMER", help="Go on after this customer.")
@click.option("--all", "every", is_flag=True, help="All that fit, however many.")
@mask_option
@pass_app
def find_customers(
    app: App,
    /,
    text: tuple[str, ...],
    identifier: str,
    type_: str,
    limit: int,
    every: bool,
    mask: bool,
    **wanted: str,
) -> None:
    """Find customers; all that is given must hold. Without anything: every customer.

    TEXT is an e-mail address, a phone number, a customer's id, an id in a connected system, connection/type/id, any
    identifier; or, where that is nobody's, parts of a name.
    """
    from hub.insight.find import Query
    from hub.insight.lookup import identifier_types

    named, mark, value = identifier.partition(":")
    typed = bool(mark) and named in identifier_types(app.store)
    query = Query(
        text=" ".join(text),
        identifier=value if typed else identifier,
        identifier_type=named if typed else "",
        type=type_,
        **wanted,
    )
    rows = _pages(app, query, _PAGE if every else limit, every=every, masked=mask)
    app.output.rows(rows if app.output.json else map(_found_row, rows), _FOUND, empty="No customer fits.")


def _pages(app: App, query: Query, size: int, *, every: bool, masked: bool) -> Iterator[dict[str, Json]]:
    """The customers of a page, or of all pages."""
    from dataclasses import replace

    from hub.insight.find import find

    view = lens(app, masked=masked)
    while True:
        found = find(view, query, size)
        yield from found.items
        if found.after is None:
            return
        if not every:
            app.output.note(f"There are more: `--after {found.after}` goes on, `--all` shows all.")
            return
        query = replace(query, after=found.after)


def _found_row(item: dict[str, Json]) -> dict[str, Json]:
    """A customer as a row of a table."""
    fields = item["fields"]
    name = fields.get("full_name") or " ".join(
        filter(None, (fields.get("given_name"), fields.get("family_name")))
    )
    connections = dict.fromkeys(source["connection"] for source in item["sources"])
    return {
        **item,
        **fields,
        "full_name": name or fields.get("organization_name"),
        "from": ", ".join(connections),
    }


@customers.command(
    "show",
    examples=("hub customers show anna@example.com", "hub customers show shop/customer/7 --json --mask"),
    exits=(0, 3, 9),
)
@click.argument("key", metavar="KEY")
@click.option(
    "--limit", type=click.IntRange(min=1), default=10, show_default=True, help="Of each kind of record."
)
@mask_option
@pass_app
def show_customer(app: App, key: str, limit: int, mask: bool) -> None:
    """Everything about one customer.

    KEY is an e-mail address, a phone number, a customer's id (also of one that was merged), connection/type/id, an id in a
    connected system or any identifier.
    """
    from hub.insight.lookup import one
    from hub.insight.profile import profile

    match = one(app.store, key)
    told = profile(lens(app, masked=mask), match.customer_id, limit)
    assert told is not None, "it was found a moment ago, and customers are never deleted"
    app.output.item(told)
    if not app.output.json:
        _show(app, told)


def _show(app: App, told: dict[str, Any]) -> None:
    app.output.text(f"{told['customer_id']} ({told['status']})")
    if told["aliases"]:
        app.output.text(f"merged into it: {', '.join(told['aliases'])}")
    app.output.text("")
    app.output.fields(told["fields"], {name: name for name in told["fields"]})
    identifiers = [{**item, "sources": ", ".join(item["sources"])} for item in told["identifiers"]]
    section(app, "Identifiers", identifiers, _IDENTIFIERS)
    section(app, "Records", told["sources"], _SOURCES)
    section(app, "Addresses", told["addresses"], _ADDRESSES)
    section(app, "Consents", told["consents"], _CONSENTS)
    orders = [{**item, "total": money(item)} for item in told["orders"]["latest"]]
    section(app, f"Orders ({told['orders']['count']})", orders, _ORDERS)
    section(app, f"Tickets ({told['tickets']['count']})", told["tickets"]["latest"], _TICKETS)
    section(
        app, f"Interactions ({told['interactions']['count']})", told["interactions"]["latest"], _INTERACTIONS
    )
    section(app, "What was", told["history"], _HISTORY)
    section(app, "Merges and splits", told["events"], _EVENTS)
    section(app, "Deliveries", told["deliveries"], _DELIVERIES)


# --- decisions ----------------------------------------------------------------------------------------------------

_reason = click.option("--reason", required=True, help="Why; kept with the decision.")
_actor = click.option("--actor", default="", help="Who decides; default: the user of this machine.")
_dry_run = click.option("--dry-run", is_flag=True, help="Only show what would change.")


@customers.command(
    "merge",
    examples=(
        'hub customers merge shop/customer/7 desk/user/12 --reason "changed her name"',
        'hub customers merge anna@example.com anna@example.org --reason "same person" --dry-run',
    ),
    exits=(0, 3, 5, 8, 9),
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@_reason
@_actor
@_dry_run
@pass_app
def merge(app: App, a: str, b: str, reason: str, actor: str, dry_run: bool) -> None:
    """Say that A and B are one person: the decision is kept, and they become one customer.

    Limits on identifiers do not matter; a decision that they are different people does, and has to be undone first.
    """
    from hub.cli import deciding

    deciding.merge(app, a, b, reason=reason, actor=actor, dry_run=dry_run)


@customers.command(
    "split",
    examples=(
        'hub customers split desk/user/12 --reason "father and son"',
        'hub customers split desk/user/12 desk/user/13 --reason "another shop" --dry-run',
    ),
    exits=(0, 3, 5, 8, 9),
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…")
@_reason
@_actor
@_dry_run
@pass_app
def split(app: App, sources: tuple[str, ...], reason: str, actor: str, dry_run: bool) -> None:
    """Say that these records are of another person than the rest of their customer.

    SOURCE is connection/type/id, as `hub customers show` names records, or whatever names records of one customer. Each
    of them is kept apart from each of the rest, for ever or until it is undone.
    """
    from hub.cli import deciding

    deciding.split(app, sources, reason=reason, actor=actor, dry_run=dry_run)


@customers.command(
    "undo",
    examples=(
        'hub customers undo 12 --reason "was a mistake"',
        'hub customers undo 12 13 --reason "was a mistake" --dry-run',
    ),
    exits=(0, 3, 8, 9),
)
@click.argument("decisions", type=int, nargs=-1, required=True, metavar="DECISION…")
@_reason
@_actor
@_dry_run
@pass_app
def undo(app: App, decisions: tuple[int, ...], reason: str, actor: str, dry_run: bool) -> None:
    """Take decisions back, by the numbers that `merge`, `split` and `hub customers decisions` tell.

    Customers become what they would be without them; one that was merged away gets its old id back.
    """
    from hub.cli import deciding

    deciding.undo(app, decisions, reason=reason, actor=actor, dry_run=dry_run)


@customers.command(
    "decisions",
    examples=("hub customers decisions", "hub customers decisions --json"),
    exits=(0, 3, 9),
)
@mask_option
@pass_app
def list_decisions(app: App, mask: bool) -> None:
    """Decisions in force, the oldest first."""
    from hub.cli.deciding import DECISIONS
    from hub.insight.evidence import told_decision

    view = lens(app, masked=mask)
    told = [told_decision(view, decision) for decision in app.store.decisions.active()]
    app.output.rows(told, DECISIONS, empty="Nobody has decided anything.")


# --- erasing ------------------------------------------------------------------------------------------------------


@customers.command(
    "erase",
    examples=(
        'hub customers erase anna@example.com --reason "asked in writing" --dry-run',
        'hub customers erase anna@example.com --reason "asked in writing" --yes',
    ),
    exits=(0, 3, 5, 8, 9),
)
@click.argument("who", metavar="KEY")
@click.option("--reason", required=True, help="Why; kept with the erasure, so name no person in it.")
@_actor
@_dry_run
@click.option("--yes", is_flag=True, help="Yes, it cannot be taken back.")
@pass_app
def erase(app: App, who: str, reason: str, actor: str, dry_run: bool, yes: bool) -> None:
    """Erase a person: here wholly, and wherever we put or linked a record of them.

    Orders, invoices and payments are kept without the person. Salted hashes of their identifiers and records stay, so
    that no later import brings them back. The next push deletes their records at destinations before all else.
    """
    from hub.cli import erasing

    erasing.erase(app, who, reason=reason, actor=actor, dry_run=dry_run, yes=yes)


@customers.command(
    "erasures",
    examples=("hub customers erasures", "hub customers erasures --json"),
    exits=(0, 9),
)
@pass_app
def list_erasures(app: App) -> None:
    """Who was erased when, and what each system answered; nothing in it tells who it was.

    States: requested, confirmed, unsupported (delete it there by hand), failed, manual (it holds the person by itself:
    delete it there by hand), absent.
    """
    from hub.cli import erasing

    erasing.erasures(app)
