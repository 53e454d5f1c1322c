"""Pairs of records that tempt: of different people, yet alike in one telling way; and whether they can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from anyascii import anyascii
from nicknames import NickNamer
from rapidfuzz.distance import DamerauLevenshtein

from hub.testing.crowd_columns import Bools, Ints, Rng, Texts, texts
from hub.testing.crowd_mail import OWN, ROLE
from hub.testing.crowd_names import short_forms
from hub.testing.crowd_people import KINDS, Relations

#: How many pairs of rows of two related people are taken at most.
MOST_PER_PAIR = 12
NO_DATE = -(1 << 40)


@dataclass(frozen=True, slots=True)
class Negatives:
    """Pairs of row numbers of different people, `a < b`."""

    a: Ints
    b: Ints
    #: Names of KINDS.
    kind: Texts
    #: An observed field tells the two apart; see `hub.testing.crowd`.
    separated: Bools

    def __len__(self) -> int:
        return len(self.a)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rows show, for judging pairs; -1 and None are nothing."""

    person: Ints
    #: Ids of the mailboxes that are spelled rightly, and whose they are (OWN, FAMILY, ROLE).
    box: Ints
    box_kind: Ints
    #: Ids of the telephone numbers that are written rightly.
    phone: Ints
    #: Numbers of placeholders.
    junk_email: Ints
    junk_phone: Ints
    junk_birth: Ints
    #: The family name's number: rows with one placeholder for a birth date are paired with their likes.
    alike: Ints
    given: Texts
    suffix: Ints
    #: Days since 1970 as shown; NO_DATE for none or a placeholder.
    birth: Ints


def negatives(seen: Seen, relations: Relations, rng: Rng) -> Negatives:
    """Pairs of all kinds; one that tempts in two ways is of the first kind."""
    parts = [_related(seen, relations, rng)]
    role = np.where(seen.box_kind == ROLE, seen.box, -1)
    random = rng.random(len(role))
    parts.append(_sharing(role, seen.person, random, KINDS.index("role_mailbox")))
    for junk, order in ((seen.junk_email, random), (seen.junk_phone, random), (seen.junk_birth, seen.alike)):
        parts.append(_sharing(junk, seen.person, order, KINDS.index("placeholder")))
    a, b, kind = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    a, b = np.minimum(a, b), np.maximum(a, b)
    first = np.sort(np.unique(a * len(seen.person) + b, return_index=True)[1])
    a, b, kind = a[first], b[first], kind[first]
    return Negatives(a, b, texts(KINDS)[kind], separated(seen, a, b, kind))


def _related(seen: Seen, relations: Relations, rng: Rng) -> tuple[Ints, Ints, Ints]:
    """Pairs of rows of related people that tempt, up to a dozen for each two people."""
    rows = np.argsort(seen.person, kind="stable")
    people = int(seen.person.max(initial=0)) + 1
    starts = np.searchsorted(seen.person[rows], np.arange(people + 1))
    sizes = np.diff(starts)
    ones, twos = sizes[relations.first], sizes[relations.first + 1]
    which, place = _counted(ones * twos)
    a = rows[starts[relations.first[which]] + place // twos[which]]
    b = rows[starts[relations.first[which] + 1] + place % twos[which]]
    tempting = _tempts(seen, a, b, relations.kind[which])
    a, b, which = a[tempting], b[tempting], which[tempting]
    order = np.lexsort((rng.random(len(which)), which))
    _, rank = _counted(np.bincount(which, minlength=len(relations.first)))
    few = order[rank < MOST_PER_PAIR]
    return a[few], b[few], relations.kind[which[few]]


def _counted(sizes: Ints) -> tuple[Ints, Ints]:
    """For groups of these sizes, one after another: the group of each member, and its place within."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _tempts(seen: Seen, a: Ints, b: Ints, kind: Ints) -> Bools:
    """The rows share what the kind is about: the landline, the mailbox, the number; people alike tempt in all rows."""
    same_box = (seen.box[a] == seen.box[b]) & (seen.box[a] >= 0)
    same_phone = (seen.phone[a] == seen.phone[b]) & (seen.phone[a] >= 0)
    by_phone = np.isin(kind, (KINDS.index("household_landline"), KINDS.index("recycled_phone")))
    by_box = kind == KINDS.index("family_email")
    tempting: Bools = np.where(by_phone, same_phone, np.where(by_box, same_box, True))
    return tempting


def _sharing(values: Ints, person: Ints, order: Ints | np.ndarray, kind: int) -> tuple[Ints, Ints, Ints]:
    """Neighbours among the rows of one value, in this order, that are of different people; values below 0 are none."""
    rows = np.flatnonzero(values >= 0)
    rows = rows[np.lexsort((order[rows], values[rows]))]
    a, b = rows[:-1], rows[1:]
    pair = (values[a] == values[b]) & (person[a] != person[b])
    return a[pair], b[pair], np.full(int(pair.sum()), kind)


def separated(seen: Seen, a: Ints, b: Ints, kind: Ints) -> Bools:
    """Whether an observed field tells the two rows apart; the rule stands in `hub.testing.crowd`."""
    suffix = (seen.suffix[a] > 0) & (seen.suffix[b] > 0) & (seen.suffix[a] != seen.suffix[b])
    apart = (
        suffix | _births_differ(seen.birth[a], seen.birth[b]) | _givens_differ(seen.given[a], seen.given[b])
    )
    own = (seen.box_kind[a] == OWN) & (seen.box_kind[b] == OWN)
    mails = own & (seen.box[a] >= 0) & (seen.box[b] >= 0) & (seen.box[a] != seen.box[b])
    phones = (seen.phone[a] >= 0) & (seen.phone[b] >= 0) & (seen.phone[a] != seen.phone[b])
    found: Bools = apart | (mails & phones & (kind == KINDS.index("common_name_city")))
    return found


def _births_differ(a: Ints, b: Ints) -> Bools:
    """Two complete dates that differ in more than a slip: in two of year, month and day, and not by their exchange."""
    known = (a > NO_DATE) & (b > NO_DATE)
    one, two = (np.where(known, days, 0).astype("datetime64[D]") for days in (a, b))
    parts = [(_parts(one)[place], _parts(two)[place]) for place in range(3)]
    differ = sum((x != y).astype(np.int64) for x, y in parts)
    (y1, y2), (m1, m2), (d1, d2) = parts
    exchanged = (y1 == y2) & (m1 == d2) & (d1 == m2)
    clear: Bools = known & (differ >= 2) & ~exchanged
    return clear


def _parts(days: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> tuple[Ints, Ints, Ints]:
    year = days.astype("datetime64[Y]")
    month = days.astype("datetime64[M]")
    return (
        year.astype(np.int64) + 1970,
        (month - year).astype(np.int64) + 1,
        (days - month).astype(np.int64) + 1,
    )


def _givens_differ(a: Texts, b: Texts) -> Bools:
    known: dict[tuple[str, str], bool] = {}
    answers = np.zeros(len(a), np.bool_)
    for row, pair in enumerate(zip(a, b, strict=True)):
        if pair[0] is None or pair[1] is None:
            continue
        if pair not in known:
            known[pair] = clearly_different(*pair)
        answers[row] = known[pair]
    return answers


def clearly_different(a: str, b: str) -> bool:
    """Two given names that no spelling, slip, short form, initial or order of words makes one."""
    one, two = _fold(a), _fold(b)
    if min(len("".join(one)), len("".join(two))) < 2 or set(one) & set(two):
        return False
    joined = "".join(one), "".join(two)
    if joined[0].startswith(joined[1]) or joined[1].startswith(joined[0]):
        return False
    allowed = 1 if min(map(len, joined)) <= 4 else 2
    if DamerauLevenshtein.distance(*joined) <= allowed:
        return False
    return not _long_forms(joined[0]) & _long_forms(joined[1])


def _fold(name: str) -> list[str]:
    plain = "".join(letter if letter.isalpha() else " " for letter in anyascii(name).lower())
    return plain.split()


@cache
def _roots() -> dict[str, set[str]]:
    """Of each folded short form or spelling the names it may stand for."""
    found: dict[str, set[str]] = {}
    for names in short_forms().values():
        for name, shorts in names.items():
            root = "".join(_fold(name))
            for form in shorts:
                found.setdefault("".join(_fold(form)), set()).add(root)
    return found


_NICKNAMES = NickNamer()


@cache
def _long_forms(name: str) -> frozenset[str]:
    """The names that a folded name may stand for, itself among them, by our own list and by the one of `nicknames`."""
    return frozenset({name} | _roots().get(name, set()) | _NICKNAMES.canonicals_of(name))
