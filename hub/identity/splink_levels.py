"""What reaches each level, as SQL over two records' folded columns: `compare`, said to a database.

Columns are those of `splink_columns`, with `_l` and `_r` for the two records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.identity.levels import COMPARISONS
from hub.identity.splink_names import family_name, given_name
from hub.identity.splink_sql import DIALECTS, Conditions, Sql, equal, long, slip, unknown

#: Identifiers, with their type, of this length may differ by two slips of the pen, shorter ones by one.
_LONG = 16


def conditions(comparison: str, dialect: str) -> Conditions:
    """What reaches the levels of a comparison; dialect: duckdb or spark."""
    sql = DIALECTS[dialect]
    if comparison in COMPARISONS:
        return _BY_COMPARISON[comparison](sql)
    return _text(attribute_column(comparison), 5)


def attribute_column(name: str) -> str:
    """A column's name for an attribute, whatever its own: small letters and digits stay, others become their number."""
    plain = (
        char if char.isascii() and (char.islower() or char.isdigit()) else f"_{ord(char):x}_" for char in name
    )
    return f"attribute_{''.join(plain)}"


def _same(column: str) -> Conditions:
    return [("missing", unknown(column)), ("equal", equal(column)), ("differ", "ELSE")]


def _text(column: str, least: int) -> Conditions:
    """Equal, or equal but for a slip of the pen in a text of so many letters."""
    return [
        ("missing", unknown(column)),
        ("equal", equal(column)),
        ("close", slip(f"{column}_l", f"{column}_r", least)),
        ("differ", "ELSE"),
    ]


def _birth(sql: Sql) -> Conditions:
    def part(of_l: tuple[int, int], of_r: tuple[int, int]) -> str:
        return f"substr(birth_l, {of_l[0]}, {of_l[1]}) = substr(birth_r, {of_r[0]}, {of_r[1]})"

    year, month, day = (1, 4), (5, 2), (7, 2)
    same = [part(one, one) for one in (year, month, day)]
    two_of_three = " or ".join(f"({same[one]} and {same[other]})" for one, other in ((0, 1), (0, 2), (1, 2)))
    return [
        ("missing", unknown("birth")),
        ("equal", equal("birth")),
        ("typo", sql.distance("birth_l", "birth_r", 1)),
        ("typo", f"{same[0]} and {part(month, day)} and {part(day, month)}"),
        ("near", two_of_three),
        ("differ", "ELSE"),
    ]


def _address(sql: Sql) -> Conditions:
    close = f"{long('street_l', 'street_r', 7)} and {sql.distance('street_l', 'street_r', 2)}"
    street = f"({equal('city')} or {equal('postal')}) and ({equal('street')} or ({close}))"
    return [
        ("missing", f"({unknown('city')}) and ({unknown('postal')})"),
        ("house", f"{street} and {equal('house')}"),
        ("street", street),
        ("postal_code", equal("postal")),
        ("city", equal("city")),
        ("differ", "ELSE"),
    ]


def _email(sql: Sql) -> Conditions:
    letters = "'0123456789._-', ''"
    slipped = f"{sql.distance('x', 'y', 1)} and translate(x, {letters}) <> translate(y, {letters})"
    return [
        ("missing", unknown("mailboxes")),
        ("equal", sql.share("mailboxes_l", "mailboxes_r")),
        ("typo", sql.some("addresses_l", "addresses_r", slipped)),
        ("user", sql.share("users_apart_l", "users_apart_r")),
        ("user_of_name", sql.share("users_l", "users_r")),
        ("differ", "ELSE"),
    ]


def _phone(sql: Sql) -> Conditions:
    return [
        ("missing", unknown("phones")),
        ("equal", sql.share("phones_l", "phones_r")),
        ("typo", sql.some("phones_l", "phones_r", sql.distance("x", "y", 1))),
        ("differ", "ELSE"),
    ]


def _exclusive(sql: Sql) -> Conditions:
    most = f"case when {long('x.text', 'y.text', _LONG)} then 2 else 1 end"
    return [
        ("missing", f"{unknown('exclusive_kinds')} or not {sql.share('exclusive_kinds_l', 'exclusive_kinds_r')}"),
        ("equal", sql.share("exclusive_texts_l", "exclusive_texts_r")),
        (
            "typo",
            sql.some("exclusive_l", "exclusive_r", f"x.kind = y.kind and {sql.distance('x.text', 'y.text', most)}"),
        ),
        ("differ", "ELSE"),
    ]  # fmt: skip


def _identifier(sql: Sql) -> Conditions:
    kinds = sql.share("identifier_kinds_l", "identifier_kinds_r")
    return [
        ("missing", f"{unknown('identifier_kinds')} or not {kinds}"),
        ("equal", sql.share("identifier_texts_l", "identifier_texts_r")),
        ("differ", "ELSE"),
    ]


_BY_COMPARISON: Mapping[str, Callable[[Sql], Conditions]] = {
    "given_name": given_name,
    "family_name": family_name,
    "suffix": lambda _: _same("suffix"),
    "birth_date": _birth,
    "email": _email,
    "phone": _phone,
    "address": _address,
    "gender": lambda _: _same("gender"),
    "organization": lambda _: _text("organization", 5),
    "exclusive": _exclusive,
    "identifier": _identifier,
}
