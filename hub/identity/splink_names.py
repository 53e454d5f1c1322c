"""What reaches the levels of names, as SQL: `name_levels`, said to a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.identity.splink_sql import Conditions, Sql, begins, long, same_start, slip

_ALL_WORDS = ("name_words_l", "name_words_r")


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of one of the two records: given, family or word (a single word that may be either), of l or r."""

    name: str
    side: str

    def __str__(self) -> str:
        return f"{self.name}_{self.side}"

    def of(self, what: str) -> str:
        """A column made of it: words, first (word), more (words), sound, full (names), joined (without blanks)."""
        return f"{self.name}_{what}_{self.side}"


GIVEN = _Name("given", "l"), _Name("given", "r")
FAMILY = _Name("family", "l"), _Name("family", "r")
WORD = _Name("word", "l"), _Name("word", "r")
#: Of whom a single word is known, and the other: (both sides' given names, both sides' family names, whose word).
_MIXED = (
    ((WORD[0], GIVEN[1]), (WORD[0], FAMILY[1]), "l", "r"),
    ((GIVEN[0], WORD[1]), (FAMILY[0], WORD[1]), "r", "l"),
)


def given_name(sql: Sql) -> Conditions:
    """Levels of given_name."""
    reached = dict(_given(sql, *GIVEN))
    return [
        ("missing", _nothing_known()),
        *_given_of_words(sql),
        *_some(reached, "equal", "short_form", "typo"),
        ("reordered", _reordered(sql)),
        *_some(reached, "close", "initial"),
        ("missing", "given_l is null or given_r is null"),
        ("differ", "ELSE"),
    ]


def family_name(sql: Sql) -> Conditions:
    """Levels of family_name."""
    return [
        ("missing", _nothing_known()),
        *_family_of_words(sql),
        ("equal", _reordered(sql)),
        *_family(sql, *FAMILY),
        ("missing", "family_l is null or family_r is null"),
        ("differ", "ELSE"),
    ]


def _some(reached: dict[str, str], *levels: str, where: str = "") -> Conditions:
    return [(level, f"{where} and ({reached[level]})" if where else reached[level]) for level in levels]


def _nothing_known() -> str:
    """Whether of one of the two records no name is known at all."""
    each = (" and ".join(f"{name}_{side} is null" for name in ("given", "family", "word")) for side in "lr")
    return " or ".join(f"({nothing})" for nothing in each)


def _any(reached: dict[str, str], *levels: str) -> str:
    return " or ".join(f"({reached[level]})" for level in levels or reached)


# --- the two names ---------------------------------------------------------------------------------------------------


def _given(sql: Sql, one: _Name, other: _Name) -> Conditions:
    """Levels of two given names, the best first; `differ` is what is left."""
    first, second = one.of("first"), other.of("first")
    apart = f"{first} <> {second} and {long(first, second, 2)}"
    initial = f"(least(length({first}), length({second})) = 1 and {same_start(first, second)})"
    short = (
        f"{one.of('joined')} = {other.of('joined')} "
        f"or ({first} = {second} and {sql.fit(one.of('more'), other.of('more'))}) or ({apart} and ("
        f"{sql.share(one.of('full'), other.of('full'))} or ({long(first, second, 3)} and {begins(first, second)})))"
    )
    sound = f"{apart} and {long(first, second, 3)} and {same_start(first, second)} and {one.of('sound')} = {other.of('sound')}"
    second_in_use = (
        f"not {initial} and ({sql.share(one.of('more'), other.of('more'))} "
        f"or {sql.has(other.of('more'), first)} or {sql.has(one.of('more'), second)})"
    )
    return [
        ("equal", f"{one} = {other}"),
        ("short_form", short),
        ("typo", f"({apart} and {slip(first, second, 4)}) or ({slip(str(one), str(other), 3)})"),
        ("close", f"{first} = {second} or ({sound}) or ({second_in_use}) or ({_two_slips(sql, one, other)})"),
        ("initial", initial),
    ]


def _two_slips(sql: Sql, one: _Name, other: _Name) -> str:
    return f"{long(str(one), str(other), 6)} and {sql.distance(str(one), str(other), 2)}"


def _family(sql: Sql, one: _Name, other: _Name) -> Conditions:
    """Levels of two family names, likewise."""
    words, others = one.of("words"), other.of("words")
    part = (
        f"{one} is not null and {other} is not null and ({one} like '% %' or {other} like '% %') and ({sql.holds(words, others)} or {sql.holds(others, words)} "
        f"or {one.of('joined')} = {other.of('joined')})"
    )
    sound = (
        f"{same_start(str(one), str(other))} and (least(length({one}), length({other})) = 1 "
        f"or ({long(str(one), str(other), 3)} and {one.of('sound')} = {other.of('sound')}))"
    )
    return [
        ("equal", f"{one} = {other}"),
        ("part", part),
        ("typo", slip(str(one), str(other), 3)),
        ("close", f"({_two_slips(sql, one, other)}) or ({sound})"),
    ]


# --- names in another order ------------------------------------------------------------------------------------------


def _reordered(sql: Sql) -> str:
    """Whether given or family names differ, and yet the words of the whole are the same."""
    doubtful = " or ".join(
        f"({one} is not null and {other} is not null and not ({_any(dict(levels(sql, one, other)))}))"
        for levels, (one, other) in ((_given, GIVEN), (_family, FAMILY))
    )
    neither = " and ".join(
        f"({one} is not null and {other} is not null and not ({_any(_strong(dict(levels(sql, one, other))))}))"
        for levels, (one, other) in ((_given, GIVEN), (_family, FAMILY))
    )
    within = " or ".join(
        f"({sql.size(one)} <= {sql.size(other)} and {_within(sql, one, other)})"
        for one, other in (_ALL_WORDS, _ALL_WORDS[::-1])
    )
    return f"({doubtful} or ({neither})) and ({within})"


def _strong(reached: Mapping[str, str]) -> dict[str, str]:
    """The levels that say more than that two names are somewhat alike."""
    return {name: condition for name, condition in reached.items() if name not in ("initial", "close")}


def _within(sql: Sql, one: str, other: str) -> str:
    """Whether every word of one name is in the other: as it is, as an initial, or, if only one is, with a slip."""
    initial = f"(least(length(x), length(y)) = 1 and {same_start('x', 'y')})"
    strange = sql.unmatched(one, other, f"{initial} or ({slip('x', 'y', 4)})")
    slips = sql.unmatched(one, other, initial)
    full = sql.common(one, other, "length(x) > 1")
    crossed = "(coalesce(given_l = family_r, false) or coalesce(family_l = given_r, false))"
    return f"{strange} = 0 and {slips} <= 1 and ({full} >= 2 or ({crossed} and {full} + {slips} >= 2))"


# --- names of which only one word is known ---------------------------------------------------------------------------


def _given_of_words(sql: Sql) -> Conditions:
    """Levels of given_name where a single word is known of one record or of both."""
    both = "word_l is not null and word_r is not null"
    found = [*_some(dict(_given(sql, *WORD)), "equal", "short_form", "typo", "close", "initial", where=both)]
    found.append(("missing", both))
    for given, family, lone, whole in _MIXED:
        mixed = f"word_{lone} is not null"
        reached = dict(_given(sql, *given))
        family_like = _any(dict(_family(sql, *family)), "equal", "part", "typo")
        unclear = f"{reached['initial']} or given_{whole} is null or family_{whole} is null"
        found += [
            *_some(reached, "equal", "short_form", "typo", where=mixed),
            ("missing", f"{mixed} and ({family_like})"),
            *_some(reached, "close", where=mixed),
            ("missing", f"{mixed} and ({unclear})"),
            ("differ", mixed),
        ]
    return found


def _family_of_words(sql: Sql) -> Conditions:
    """Levels of family_name, likewise."""
    found: Conditions = [("missing", "word_l is not null and word_r is not null")]
    for given, family, lone, _ in _MIXED:
        mixed = f"word_{lone} is not null"
        given_like = _any(dict(_given(sql, *given)), "equal", "short_form", "typo")
        found += [
            ("missing", f"{mixed} and ({given_like})"),
            *_some(dict(_family(sql, *family)), "equal", "part", "typo", where=mixed),
            ("missing", mixed),
        ]
    return found
