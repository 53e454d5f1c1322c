"""The records of a crowd: what each source knows of its people on one day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.testing import crowd_address, crowd_company, crowd_mail, crowd_phone
from hub.testing.crowd_columns import Bools, Ints, Rng, Texts, masked, picked, texts, there, weighted
from hub.testing.crowd_junk import BIRTHS, EMAILS, NAMES, PHONES, strew, strew_house
from hub.testing.crowd_knobs import SOURCES, Knobs
from hub.testing.crowd_negatives import NO_DATE, Seen
from hub.testing.crowd_people import DAYS, FIRST_DAY, People
from hub.testing.crowd_place import COUNTRIES, CULTURES
from hub.testing.crowd_typos import apply, slip_digit, slip_letter, slip_mail, strike
from hub.testing.crowd_written import Writer, Written

COLUMNS = (
    "record_id", "source", "given_name", "family_name", "full_name", "email", "phone", "birth_date", "gender", "line1", "city",
    "region", "postal_code", "country", "language", "organization", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """Whose record, in which source (a number of SOURCES), on which second since `FIRST_DAY`."""

    person: Ints
    source: Ints
    second: Ints

    @property
    def day(self) -> Ints:
        """The day since `FIRST_DAY`."""
        return self.second // 86_400


def group_sizes(records: int, knobs: Knobs, rng: Rng) -> Ints:
    """How many records each person has; they sum up to `records`."""
    sizes = 1 + weighted(records, knobs.sizes, rng)
    ends = np.cumsum(sizes)
    last = int(np.searchsorted(ends, records))
    sizes = sizes[: last + 1]
    sizes[-1] -= ends[last] - records
    return sizes


def rows(sizes: Ints, knobs: Knobs, rng: Rng) -> Rows:
    """The records in the order of their time."""
    person = np.repeat(np.arange(len(sizes)), sizes)
    second = np.sort(rng.integers(0, DAYS * 86_400, len(person)))
    return Rows(rng.permutation(person), weighted(len(person), knobs.sources, rng), second)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Makes the columns of the records of one crowd."""

    crowd: People
    of: Rows
    knobs: Knobs
    rng: Rng

    def record(self) -> tuple[dict[str, Texts], Seen]:
        """The columns, and what the rows show for judging pairs of them."""
        of = self.of
        names = Writer(self.crowd, of.person, of.source, of.day, self.knobs, self.rng).write()
        email, mail, box, junk_email = self._emails()
        phone, number, junk_phone = self._phones()
        birth, day, junk_birth = self._births()
        country, language = self._countries(phone)
        shown = self._blot(names, mail)
        columns = {
            "record_id": _ids(of.source),
            "source": texts(SOURCES)[of.source],
            "given_name": names.given,
            "family_name": names.family,
            "full_name": names.full,
            "email": email,
            "phone": phone,
            "birth_date": birth,
            "gender": self._genders(),
            **self._places(),
            "country": country,
            "language": language,
            "organization": self._organizations(),
            "updated_at": _stamps(of.second),
        }
        alike = self.crowd.family[of.person]
        seen = Seen(
            of.person,
            box,
            mail.kind,
            number,
            junk_email,
            junk_phone,
            junk_birth,
            alike,
            shown,
            names.shown_suffix,
            day,
        )
        return {name: columns[name] for name in COLUMNS}, seen

    def _draw(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return self.rng.random(len(self.of.person))

    def _picked(self, shares: tuple[float, ...]) -> Bools:
        return picked(shares, self.of.source, self.rng)

    def _emails(self) -> tuple[Texts, crowd_mail.Carried, Ints, Ints]:
        """Texts, the mailboxes behind them, ids of those that are spelled rightly (-1 none), numbers of placeholders."""
        of, knobs, rng = self.of, self.knobs, self.rng
        mail = crowd_mail.chosen(self.crowd, of.person, of.source, of.day, knobs, rng)
        box = np.where(self._picked(knobs.has_email), mail.box, -1)
        known = box >= 0
        distinct, place = np.unique(box[known], return_inverse=True)
        email = np.full(len(box), None, object)
        email[known] = crowd_mail.addresses(self.crowd, distinct, rng)[place]
        wrong = strike(email, self._picked(knobs.email_typo), slip_mail, rng)
        tagged = np.flatnonzero(known & (mail.kind == crowd_mail.OWN) & (self._draw() < knobs.tagged_email))
        tags = texts(SOURCES)[of.source[tagged]]
        email[tagged] = texts(
            text.replace("@", f"+{tag}@", 1) for text, tag in zip(email[tagged], tags, strict=True)
        )
        apply(email, self._draw() < 0.02, lambda text: text.title() if len(text) % 2 else text.upper())
        junk = strew(email, self._picked(knobs.junk_email), EMAILS, rng)
        house = strew_house(email, (junk < 0) & ~known & self._picked(knobs.house_email), rng)
        junk = np.where(house >= 0, house + len(EMAILS), junk)
        return email, mail, np.where((junk < 0) & ~wrong, box, -1), junk

    def _phones(self) -> tuple[Texts, Ints, Ints]:
        """Texts, ids of the numbers that are written rightly (-1 none), numbers of placeholders."""
        of, knobs, rng = self.of, self.knobs, self.rng
        number = crowd_phone.chosen(self.crowd, of.person, of.day, knobs, rng)
        number = np.where(self._picked(knobs.has_phone), number, -1)
        known = number >= 0
        distinct, place = np.unique(number[known], return_inverse=True)
        phone = np.full(len(number), None, object)
        phone[known] = crowd_phone.numbers(self.crowd, distinct)[place]
        wrong = strike(phone, self._draw() < knobs.phone_typo, slip_digit, rng)
        loose = np.flatnonzero(known & ~self._picked(knobs.checks_phone))
        phone[loose] = crowd_phone.typed(phone[loose], self.crowd.country[of.person[loose]], rng)
        junk = strew(phone, self._picked(knobs.junk_phone), PHONES, rng)
        return phone, np.where((junk < 0) & ~wrong, number, -1), junk

    def _births(self) -> tuple[Texts, Ints, Ints]:
        """ISO dates, the days they show, numbers of placeholders."""
        known = self._picked(self.knobs.has_birth)
        days = self.crowd.birth[self.of.person].astype("datetime64[D]")
        draw, slips = self._draw(), self.knobs.birth_typo
        months = days.astype("datetime64[M]")
        within = (days - months).astype(np.int64)
        next_month = (months + 1).astype("datetime64[D]") + np.minimum(within, 27)
        ten_off = days + np.where(within > 15, -10, 10)
        days = np.where(draw < slips / 2, next_month, np.where(draw < slips, ten_off, days))
        birth = np.full(len(known), None, object)
        birth[known] = np.datetime_as_string(days[known]).astype(object)
        junk = strew(birth, known & (self._draw() < self.knobs.junk_birth), BIRTHS, self.rng)
        return birth, np.where(known & (junk < 0), days.astype(np.int64), NO_DATE), junk

    def _genders(self) -> Texts:
        sex = self.crowd.sex[self.of.person] ^ (self._draw() < 0.004)
        return masked(texts(("female", "male"))[sex], self._picked(self.knobs.has_gender))

    def _places(self) -> dict[str, Texts]:
        ids = crowd_address.current(self.crowd, self.of.person, self.of.day)
        full = self._picked(self.knobs.has_address)
        part = full | self._picked(self.knobs.has_city)
        distinct, place = np.unique(ids[part], return_inverse=True)
        found = crowd_address.addresses(self.crowd, distinct, self.rng)
        columns = {}
        for name in ("line1", "city", "region", "postal_code"):
            columns[name] = np.full(len(ids), None, object)
            columns[name][part] = getattr(found, name)[place]
        columns["line1"][~full] = None
        columns["region"][self._draw() < 0.3] = None
        columns["postal_code"][~full & (self._draw() < 0.5)] = None
        self._roughen(columns["line1"], columns["city"], columns["postal_code"])
        return columns

    def _roughen(self, line: Texts, city: Texts, postal: Texts) -> None:
        typo = self.knobs.address_typo
        strike(line, self._draw() < typo, slip_letter, self.rng)
        strike(city, self._draw() < typo / 3, slip_letter, self.rng)
        retyped = there(line) & (self._draw() < 0.22)
        draws = self._draw()[retyped].tolist()
        line[retyped] = texts(
            crowd_address.as_typed(text, draw) for text, draw in zip(line[retyped], draws, strict=True)
        )
        apply(postal, self._draw() < 0.03, lambda text: text.replace(" ", "").replace("-", "").lower())
        apply(city, self._draw() < 0.03, str.upper)

    def _countries(self, phone: Texts) -> tuple[Texts, Texts]:
        """Country and language; a record that has a number says the country to read it by."""
        country = self.crowd.country[self.of.person]
        said = there(phone) | self._picked(self.knobs.has_country)
        own = texts(home.given for home in CULTURES)[self.crowd.culture[self.of.person]]
        around = texts(home.language for home in COUNTRIES)[country]
        language = np.where(self._draw() < 0.63, around, own)
        codes = texts(home.code for home in COUNTRIES)[country]
        return masked(codes, said), masked(language, self._draw() < 0.67)

    def _organizations(self) -> Texts:
        company = self.crowd.company[self.of.person]
        said = (company >= 0) & self._picked(self.knobs.has_company)
        column = np.full(len(company), None, object)
        distinct, place = np.unique(company[said], return_inverse=True)
        column[said] = crowd_company.names(distinct)[place]
        return column

    def _blot(self, names: Written, mail: crowd_mail.Carried) -> Texts:
        """Placeholders and companies for names, in place; the given names that still show."""
        junk = self._picked(self.knobs.junk_name)
        whole, parts = junk & there(names.full), junk & there(names.given)
        strew(names.full, whole, NAMES, self.rng)
        strew(names.given, parts, NAMES, self.rng)
        names.family[parts & (self._draw() < 0.5)] = None
        firm = np.flatnonzero((mail.kind == crowd_mail.ROLE) & there(names.full) & (self._draw() < 0.25))
        names.full[firm] = crowd_company.names(self.crowd.company[self.of.person[firm]])
        shown = masked(names.shown_given, ~(whole | parts))
        shown[firm] = None
        return shown


def _ids(source: Ints) -> Texts:
    made = np.empty(len(source), object)
    for number, name in enumerate(SOURCES):
        here = np.flatnonzero(source == number)
        made[here] = [f"{name}-{count:06d}" for count in range(1, len(here) + 1)]
    return made


def _stamps(second: Ints) -> Texts:
    moments = FIRST_DAY.astype("datetime64[s]") + second
    stamps: Texts = np.datetime_as_string(moments).astype(object) + "Z"
    return stamps
