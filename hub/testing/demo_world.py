"""The demo's world: a few hundred invented people, as a shop, a help desk, a mailbox and web forms know them.

    world = demo_world(seed=7)
    world.shop_orders            # WooCommerce-shaped
    world.truth["shop", "17"]    # whom customer 17 of the shop really is

The people overlap on purpose, and are written with typos, nicknames, pinyin for hanzi, lost accents, changed mail
addresses and shared landlines (`hub.testing.people`). On top stand a few known stories, so that a demo can show
them and a test can count on them:

  guest            buys without an account first, registers later
  role_mailbox     two people of one company share info@…: their orders must not make them one
  namesakes        two people of the same name who are not the same
  hanzi            a name in hanzi in the shop and in pinyin at the help desk, the mail address the same
  typo             a misspelt name at the help desk, the mail address the same
  accents          a name that lost its accents in a mail, the mail address the same
  phone            another mail address at the help desk, name and phone number the same
  family           two people who live together and have one landline: both are customers of the shop
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from hub.models import Json
from hub.testing import demo_desk, demo_shop
from hub.testing.demo_mail import OWN_DOMAIN, SUPPORT, letter, machine_mail, signed
from hub.testing.people import Noise, Person, Sighting, people, sighting
from hub.testing.texts import REPLIES, TOPICS

#: The demo's present. Everything happened in the eighteen months before.
NOW = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)
ROLE_MAILBOX = "info@brasswork.example.com"
#: (name, mail address, Zendesk id) of the shop's own people.
STAFF = (
    ("Nora Fields", f"nora@{OWN_DOMAIN}", 9001),
    ("Sam Abbott", f"sam@{OWN_DOMAIN}", 9002),
    ("Wei Lindqvist", f"wei@{OWN_DOMAIN}", 9003),
)
#: Help desks and forms know no country, so numbers are mostly written whole there.
_WITHOUT_COUNTRY = Noise(local_phone=0.04)


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that no mapping can keep."""

    #: "shop" or "helpdesk".
    system: str
    stream: str
    record: Json
    what: str


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What the four systems hold, and the truth behind it."""

    people: tuple[Person, ...]
    shop_customers: list[Json]
    shop_orders: list[Json]
    desk_users: list[Json]
    desk_organizations: list[Json]
    desk_tickets: list[Json]
    messages: list[EmailMessage]
    #: Fields of HTML form posts: name, email, phone, message, and newsletter where the box was ticked.
    form_posts: list[dict[str, str]]
    #: (system, key) -> person id. Systems: shop (customer id, or a guest's mail address), helpdesk (user id), mail
    #: (address), forms (number of the post). Addresses and ids that stand for nobody in particular are not in it.
    truth: dict[tuple[str, str], str]
    #: Records among the above that must become rejects.
    broken: list[Broken]
    #: Person ids of the known stories.
    stories: dict[str, tuple[str, ...]]


def demo_world(seed: int = 7, count: int = 260) -> DemoWorld:
    """The world of that seed, the same on every machine. `count` people, at least 40."""
    builder = _Builder(random.Random(seed), people(count, seed))  # noqa: S311 - an invented world keeps no secrets
    return builder.build()


def _only(*kinds: str) -> Noise:
    """These differences for certain, and no others."""
    return Noise(**{name: float(name in kinds) for name in Noise.__dataclass_fields__})


@dataclass
class _Builder:
    rng: random.Random
    crowd: list[Person]
    customers: list[Json] = field(default_factory=list)
    orders: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=list)
    tickets: list[Json] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    posts: list[dict[str, str]] = field(default_factory=list)
    truth: dict[tuple[str, str], str] = field(default_factory=dict)
    stories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    def build(self) -> DemoWorld:
        self._namesakes()
        for person in self.crowd:
            self._live(person)
        self._guest()
        self._role_mailbox()
        self._seen_differently()
        self._family()
        self._customers()
        self.messages += machine_mail(90001, self._moment())
        self._break_some()
        agents = [demo_desk.agent(number, name, mail, self._moment()) for name, mail, number in STAFF]
        return DemoWorld(
            people=tuple(self.crowd),
            shop_customers=self.customers,
            shop_orders=self.orders,
            desk_users=[*agents, *self.users],
            desk_organizations=demo_desk.organizations(NOW - timedelta(days=500)),
            desk_tickets=self.tickets,
            messages=self.messages,
            form_posts=self.posts,
            truth=self.truth,
            broken=self.broken,
            stories=self.stories,
        )

    def _moment(self) -> datetime:
        """Some time in the last eighteen months, but not the last two weeks."""
        return NOW - timedelta(seconds=self.rng.randrange(14 * 86400, 540 * 86400))

    def _live(self, person: Person) -> None:
        """Most people are known to two systems or more, everybody to one."""
        habits: list[tuple[float, Callable[[Person], object]]] = [
            (0.55, self._shop),
            (0.40, self._desk),
            (0.35, self._mail),
            (0.25, self._post),
        ]
        chosen = [habit for chance, habit in habits if self.rng.random() < chance]
        for habit in chosen or [self._shop]:
            habit(person)

    # The shop

    def _shop(self, person: Person) -> None:
        seen = sighting(person, self.rng)
        if self.rng.random() < 0.25:
            self._buy(person, seen, 0)
            return
        number = self._register(person, seen)
        for _ in range(self.rng.randint(0, 3)):
            self._buy(person, seen, number)

    def _register(self, person: Person, seen: Sighting) -> int:
        number = 11 + len(self.customers)
        self.customers.append(demo_shop.customer(number, person, seen, self._moment()))
        self.truth["shop", str(number)] = person.id
        return number

    def _buy(self, person: Person, seen: Sighting, customer_id: int) -> None:
        number = 5001 + len(self.orders)
        contact = demo_shop.billing(person, seen)
        self.orders.append(demo_shop.order(number, customer_id, contact, self._moment(), self.rng))
        if not customer_id and seen.email != ROLE_MAILBOX:
            self.truth["shop", seen.email] = person.id

    # The help desk

    def _desk(self, person: Person) -> None:
        self._ask(person, sighting(person, self.rng, _WITHOUT_COUNTRY))

    def _ask(self, person: Person, seen: Sighting) -> None:
        number = 35001 + len(self.users)
        user = demo_desk.user(number, person, seen, self._moment())
        self.users.append(user)
        self.truth["helpdesk", str(number)] = person.id
        for _ in range(self.rng.randint(1, 2)):
            ticket = demo_desk.ticket(
                801 + len(self.tickets), user, self.rng.choice(STAFF)[2], self._moment(), self.rng
            )
            self.tickets.append(ticket)

    # The mailbox and the forms

    def _mail(self, person: Person) -> None:
        self._write(person, sighting(person, self.rng, _WITHOUT_COUNTRY))

    def _write(self, person: Person, seen: Sighting) -> None:
        self.truth["mail", seen.email] = person.id
        subject, body = self.rng.choice(TOPICS[person.language])
        if self.rng.random() < 0.4:
            body = signed(body, seen.full_name, seen.phone, person.company)
        question = self._send((seen.full_name, seen.email), ("", SUPPORT), subject, body, self._moment())
        if self.rng.random() < 0.6:
            name, address, _ = self.rng.choice(STAFF)
            sent = NOW - timedelta(days=self.rng.randint(1, 10))
            to = (seen.full_name, seen.email)
            self._send((name, address), to, f"Re: {subject}", self.rng.choice(REPLIES), sent, question)

    def _send(
        self,
        sender: tuple[str, str],
        to: tuple[str, str],
        subject: str,
        body: str,
        sent: datetime,
        answers: EmailMessage | None = None,
    ) -> EmailMessage:
        message = letter(len(self.messages) + 1, sender, to, subject, body, sent, answers=answers)
        self.messages.append(message)
        return message

    def _post(self, person: Person) -> None:
        seen = sighting(person, self.rng, _WITHOUT_COUNTRY)
        fields = {"name": seen.full_name, "email": seen.email, "phone": seen.phone, "company": person.company}
        fields["message"] = self.rng.choice(TOPICS[person.language])[1]
        if self.rng.random() < 0.5:
            fields["newsletter"] = "yes"
        self.truth["forms", str(len(self.posts))] = person.id
        self.posts.append({name: value for name, value in fields.items() if value})

    # Known stories

    def _plain(self, person: Person) -> Sighting:
        """The person without any noise."""
        return sighting(person, self.rng, _only())

    def _namesakes(self) -> None:
        """Two people who live apart get one name."""
        first, second = [person for person in self.crowd if not person.phone_is_shared][1:3]
        given, family, order = first.given_name, first.family_name, first.family_first
        renamed = replace(second, given_name=given, family_name=family, family_first=order)
        self.crowd[self.crowd.index(second)] = renamed
        self.stories["namesakes"] = (first.id, second.id)

    def _guest(self) -> None:
        person = self.crowd[4]
        seen = self._plain(person)
        self._buy(person, seen, 0)
        self._buy(person, seen, self._register(person, seen))
        self.stories["guest"] = (person.id,)

    def _role_mailbox(self) -> None:
        pair = (self.crowd[10], self.crowd[20])
        for person in pair:
            seen = replace(self._plain(person), email=ROLE_MAILBOX, phone="")
            self._buy(replace(person, company="Brasswork Instruments Ltd"), seen, 0)
            self._send(
                (seen.full_name, ROLE_MAILBOX),
                ("", SUPPORT),
                "Tea for the office",
                "As last time, please.",
                NOW,
            )
        self.stories["role_mailbox"] = tuple(person.id for person in pair)

    def _seen_differently(self) -> None:
        """One known difference each."""
        self._twice("hanzi", "latin", self._ask, lambda one: one.language == "zh")
        self._twice(
            "typo", "typo", self._ask, lambda one: len(one.family_name) > 5 and one.full_name.isascii()
        )
        self._twice(
            "accents", "latin", self._write, lambda one: not one.full_name.isascii() and one.language != "zh"
        )
        self._twice("phone", "other_email", self._ask, lambda one: one.language != "zh")

    def _twice(
        self,
        story: str,
        difference: str,
        tell: Callable[[Person, Sighting], object],
        fits: Callable[[Person], bool],
    ) -> None:
        """Somebody of no other story is in the shop as they are, and in another system with one difference."""
        told = {number for numbers in self.stories.values() for number in numbers}
        for person in self.crowd:
            if person.id not in told and person.phone and not person.phone_is_shared and fits(person):
                self._register(person, self._plain(person))
                tell(person, sighting(person, self.rng, _only(difference)))
                self.stories[story] = (person.id,)
                return

    def _family(self) -> None:
        pairs = zip(self.crowd, self.crowd[1:], strict=False)
        shared = ((one, other) for one, other in pairs if one.phone_is_shared and one.phone == other.phone)
        pair = next(shared, None)
        if pair is not None:
            self.stories["family"] = tuple(person.id for person in pair)

    def _customers(self) -> None:
        """Those who must not be mixed up are all customers of the shop."""
        told = {*self.stories["namesakes"], *self.stories.get("family", ())}
        for person in self.crowd:
            if person.id in told:
                self._register(person, self._plain(person))

    def _break_some(self) -> None:
        for record, what in demo_shop.broken_orders(self.orders):
            self.orders.append(record)
            self.broken.append(Broken("shop", "orders", record, what))
        for record, what in demo_desk.broken_tickets(self.tickets[0]):
            self.tickets.append(record)
            self.broken.append(Broken("helpdesk", "tickets", record, what))
