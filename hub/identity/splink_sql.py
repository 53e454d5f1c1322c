"""How DuckDB and Spark say what `compare` asks of texts and lists.

All texts are ASCII, so that lengths and distances are the same whether letters or bytes are counted. Where a list is
looked through, its entries are called x, and those of a second list y.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

#: (level, condition): the first that holds gives the level, and several may give the same one. The first is `missing`
#: and the last `differ`, whose condition is ELSE.
Conditions = list[tuple[str, str]]


class Sql(ABC):
    """One dialect."""

    @abstractmethod
    def size(self, texts: str) -> str:
        """How many entries a list has."""

    @abstractmethod
    def has(self, texts: str, text: str) -> str:
        """Whether a list has an entry."""

    @abstractmethod
    def chosen(self, texts: str, name: str, condition: str) -> str:
        """The entries of a list, each called `name`, for which a condition holds."""

    @abstractmethod
    def share(self, one: str, other: str) -> str:
        """Whether two lists have an entry in common."""

    @abstractmethod
    def fit(self, one: str, other: str) -> str:
        """Whether of two lists no two entries at the same place disagree: each is, or begins with, the other."""

    def some(self, one: str, other: str, condition: str) -> str:
        """Whether the condition holds for an entry x of one and y of the other list."""
        found = self.chosen(other, "y", condition)
        return f"{self.size(self.chosen(one, 'x', f'{self.size(found)} > 0'))} > 0"

    def holds(self, one: str, other: str) -> str:
        """Whether one list has every entry of the other."""
        lacking = self.chosen(other, "x", f"not {self.has(one, 'x')}")
        return f"{self.size(lacking)} = 0"

    def common(self, one: str, other: str, condition: str) -> str:
        """How many entries x, for which the condition holds, two lists have in common."""
        return self.size(self.chosen(one, "x", f"{self.has(other, 'x')} and {condition}"))

    def unmatched(self, one: str, other: str, condition: str) -> str:
        """How many entries x of one list are not in the other, and have no y there that is not in the first one and
        for which the condition holds."""
        partners = self.chosen(other, "y", f"not {self.has(one, 'y')} and ({condition})")
        return self.size(self.chosen(one, "x", f"not {self.has(other, 'x')} and {self.size(partners)} = 0"))

    @staticmethod
    def distance(one: str, other: str, most: int | str) -> str:
        """Whether two texts are at most so many slips apart."""
        return f"damerau_levenshtein({one}, {other}) <= {most}"


class _DuckDB(Sql):
    def size(self, texts: str) -> str:
        return f"len({texts})"

    def has(self, texts: str, text: str) -> str:
        return f"list_contains({texts}, {text})"

    def chosen(self, texts: str, name: str, condition: str) -> str:
        return f"list_filter({texts}, lambda {name}: {condition})"

    def share(self, one: str, other: str) -> str:
        return f"list_has_any({one}, {other})"

    def fit(self, one: str, other: str) -> str:
        return f"len(list_filter({one}, lambda x, n: not {begins('x', f'{other}[n]')})) = 0"


class _Spark(Sql):
    def size(self, texts: str) -> str:
        return f"size({texts})"

    def has(self, texts: str, text: str) -> str:
        return f"array_contains({texts}, {text})"

    def chosen(self, texts: str, name: str, condition: str) -> str:
        return f"filter({texts}, {name} -> {condition})"

    def share(self, one: str, other: str) -> str:
        return f"arrays_overlap({one}, {other})"

    def fit(self, one: str, other: str) -> str:
        apart = f"coalesce(not {begins('x', 'y')}, false)"  # the shorter list is filled up with nulls
        return f"not exists(zip_with({one}, {other}, (x, y) -> {apart}), x -> x)"


DIALECTS: dict[str, Sql] = {"duckdb": _DuckDB(), "spark": _Spark()}


def begins(one: str, other: str) -> str:
    """Whether one text begins with the other, or the other way round."""
    return f"(substr({one}, 1, length({other})) = {other} or substr({other}, 1, length({one})) = {one})"


def same_start(one: str, other: str) -> str:
    """Whether two texts begin with the same letter."""
    return f"substr({one}, 1, 1) = substr({other}, 1, 1)"


def long(one: str, other: str, least: int) -> str:
    """Whether both texts have so many letters."""
    return f"least(length({one}), length({other})) >= {least}"


def slip(one: str, other: str, least: int) -> str:
    """Whether two texts of at least so many letters are one slip of the pen apart."""
    return f"{long(one, other, least)} and {Sql.distance(one, other, 1)}"


def unknown(*columns: str) -> str:
    """Whether one of the two records lacks a text that it would need."""
    return " or ".join(f"{column}_{side} is null" for column in columns for side in "lr")


def equal(column: str) -> str:
    """Whether both records have the same."""
    return f"{column}_l = {column}_r"
