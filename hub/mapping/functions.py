"""The functions of mapping pipelines.

Each takes the value first, then the arguments written in the mapping, and raises BadValue for a value it cannot
use. Absent values pass by all but those marked `absent`. Functions on text take a list too, item by item.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any

from hub.canonical.bad_value import BadValue
from hub.canonical.email import email_domain, normalise_email
from hub.canonical.money import MinorUnits, amount
from hub.canonical.name import NameParts, split_full_name
from hub.canonical.number import normalise_bool, normalise_decimal, normalise_int
from hub.canonical.phone import normalise_phone
from hub.canonical.place import normalise_country, normalise_language
from hub.canonical.text import is_blank, normalise_json, plain_text
from hub.canonical.time import epoch_time, normalise_date, normalise_time, read_time
from hub.errors import MappingError
from hub.mapping.document import EnumTable
from hub.mapping.expression import Call, Path
from hub.mapping.html import html_text
from hub.mapping.nodes import Scalar, unknown

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Environment:
    """What functions may lean on: the mapping's defaults and enum tables."""

    region: str | None = None
    timezone: str = "UTC"
    currency: str | None = None
    language: str | None = None
    enums: Mapping[str, EnumTable] = field(default_factory=dict)

    def default_of(self, field_type: str, name: str) -> str | None:
        """The default that fits a field; None when there is none."""
        if name == "timezone":
            return self.timezone
        return {"country": self.region, "language": self.language, "currency": self.currency}.get(field_type)


#: A word of an enum, the vendor's own where it differs, and what is wrong with it.
Word = tuple[str | None, str | None, BadValue | None]


class Worded(str):
    """A word that an enum table gave, with the vendor's own word."""

    __slots__ = ("word",)

    word: Word

    def __new__(cls, word: str, native: str) -> Worded:
        made = super().__new__(cls, word)
        made.word = (word, native if native != word else None, None)
        return made


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of ours: how many arguments it takes, and whether it wants absent values too."""

    function: Function
    least: int = 0
    most: int = 0
    absent: bool = False
    #: Makes the function for one call instead, from the environment and the arguments as written.
    make: Callable[[Environment, Call, str], Function] | None = None


def _on_text(function: Function) -> Function:
    """Lets a function on text take numbers as their text, and lists item by item."""

    @wraps(function)
    def apply(value: Any, *arguments: Any) -> Any:
        if type(value) is str:
            return function(value, *arguments)
        if type(value) is list:
            return [apply(item, *arguments) for item in value if not is_blank(item)]
        return function(plain_text(value), *arguments)

    return apply


def _unusable(message: str) -> BadValue:
    return BadValue("HUB-3270", message)


# --- text ----------------------------------------------------------------------------------------------------------

_WORD_START = re.compile(r"(?<![\w'’])\w|(?<=-)\w|(?<=\b[^\W\d_]['’])\w")


def _title(value: str) -> str:
    return _WORD_START.sub(lambda found: found[0].upper(), value.lower())


def _regex(value: str, pattern: str, group: int | str = 0) -> str | None:
    found = re.search(pattern, value)
    return found[group] if found else None


def _make_regex(environment: Environment, call: Call, where: str) -> Function:
    pattern, *group = call.arguments
    if not isinstance(pattern, str):
        raise MappingError("HUB-1210", "`regex` takes its pattern in quotes", where=where)
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise MappingError("HUB-1210", f"the pattern of `regex` is wrong: {error}", where=where) from None
    wanted = group[0] if group else 0
    if wanted not in range(compiled.groups + 1) and wanted not in compiled.groupindex:
        raise MappingError("HUB-1210", "the pattern of `regex` has no such group", where=where)
    return _on_text(_regex)


def _replace(value: str, old: Any, new: Any) -> str:
    return value if is_blank(old) and old != " " else value.replace(plain_text(old), _or_nothing(new))


def _or_nothing(argument: Any) -> str:
    """An argument as text; one that was read from the record may be absent."""
    return "" if argument is None else plain_text(argument)


def _split(value: Any, separator: str = ",") -> list[Any]:
    parts = value if type(value) is list else plain_text(value).split(plain_text(separator))
    return [
        part
        for part in (item.strip() if isinstance(item, str) else item for item in parts)
        if not is_blank(part)
    ]


def _join(value: Any, separator: str = ", ") -> str:
    items = value if type(value) is list else [value]
    return plain_text(separator).join(plain_text(item) for item in items if not is_blank(item))


def _prefix(value: str, before: Any) -> str:
    return _or_nothing(before) + value


def _make_concat(environment: Environment, call: Call, where: str) -> Function:
    from_paths = [place for place, argument in enumerate(call.arguments) if isinstance(argument, Path)]

    def concat(value: Any, *arguments: Any) -> str | None:
        """Value and arguments in a row; None when nothing that was read from the record is there."""
        if is_blank(value) and all(is_blank(arguments[place]) for place in from_paths):
            return None
        return "".join(plain_text(part) for part in (value, *arguments) if part is not None)

    return concat


def _hash(value: Any) -> str:
    text = normalise_json(value) if isinstance(value, list | dict) else plain_text(value)
    return hashlib.sha256((text or "").encode()).hexdigest()[:32]


# --- lists and objects ---------------------------------------------------------------------------------------------


def _present_items(value: Any) -> list[Any]:
    return [item for item in value if not is_blank(item)] if type(value) is list else [value]


def _first(value: Any) -> Any:
    return next(iter(_present_items(value)), None)


def _last(value: Any) -> Any:
    return next(reversed(_present_items(value)), None)


def _count(value: Any) -> int:
    return 0 if is_blank(value) else len(_present_items(value))


def _sum(value: Any) -> Decimal:
    """The exact total of the numbers in a list."""
    return sum((amount(item) for item in _present_items(value)), Decimal(0))


def _find(value: Any, key: str, wanted: Any, take: str | None = None) -> Any:
    for item in value if type(value) is list else [value]:
        if type(item) is dict and same(_part(item, key), wanted):
            return item if take is None else _part(item, take)
    return None


def _part(item: dict[str, Any], name: str) -> Any:
    """A part of an object; a dotted name that it does not have itself leads inside."""
    name = plain_text(name)
    if name in item or "." not in name:
        return item.get(name)
    inside: Any = item
    for step in name.split("."):
        inside = inside.get(step) if type(inside) is dict else None
    return inside


def _values(value: Any) -> Any:
    """What stands in an object, without its keys."""
    return list(value.values()) if type(value) is dict else value


def _take(value: Any, part: str) -> Any:
    """A part of an object, or of each object in a list; lists inside it are looked through."""
    if type(value) is list:
        items = [inner for item in value for inner in (item if type(item) is list else [item])]
        return [_part(item, part) for item in items if type(item) is dict]
    return _part(value, part) if type(value) is dict else None


def _merge(value: Any, others: Any, key: str, other_key: str | None = None) -> Any:
    """Each object of a list together with that of another list whose key is the same; its own parts win."""
    known: dict[str, Any] = {}
    for other in others if type(others) is list else []:
        if type(other) is dict and not is_blank(name := _part(other, other_key or key)):
            known.setdefault(plain_text(name), other)
    items = value if type(value) is list else [value]
    return [_merged(item, known, key) if type(item) is dict else item for item in items]


def _merged(item: dict[str, Any], known: dict[str, Any], key: str) -> dict[str, Any]:
    name = _part(item, key)
    return item if is_blank(name) else {**known.get(plain_text(name), {}), **item}


def _pairs(value: Any, key: str, part: str) -> dict[str, Any]:
    """An object of a list of objects: one part of each is the key, another the value; the first of a key stays."""
    found: dict[str, Any] = {}
    for item in value if type(value) is list else [value]:
        if type(item) is dict:
            name, told = _part(item, key), _part(item, part)
            if not is_blank(name) and not is_blank(told):
                found.setdefault(plain_text(name), told)
    return found


# --- questions -----------------------------------------------------------------------------------------------------


def same(value: Any, other: Any) -> bool:
    """Whether two values mean the same: texts and numbers are compared as they would be written."""
    if type(value) is str and value == other:
        return True
    if is_blank(value) or is_blank(other):
        return is_blank(value) and is_blank(other)
    if isinstance(value, list | dict) or isinstance(other, list | dict):
        return bool(value == other)
    if isinstance(value, str) and isinstance(other, str):
        return value.strip() == other.strip()
    numbers = (int, float)
    if isinstance(value, numbers) and isinstance(other, numbers):
        return value == other and isinstance(value, bool) == isinstance(other, bool)
    return plain_text(value).strip() == plain_text(other).strip()


def holds(value: Any) -> bool:
    """Whether a condition is met: the value is there, and is not false, 0, "false", "no" or an empty list."""
    if is_blank(value) or value in (False, 0):
        return False
    try:
        return normalise_bool(value) != 0
    except BadValue:
        return True


def _in(value: Any, *others: Any) -> bool:
    return not is_blank(value) and any(same(value, other) for other in others)


def _make_default(environment: Environment, call: Call, where: str) -> Function:
    if not call.arguments:
        raise MappingError(
            "HUB-1210",
            "`default` without an argument fits only fields with a default of the mapping",
            where=where,
            hint="Those are country, language, currency and timezone; else write default(value).",
        )
    return lambda value, other: other if is_blank(value) else value


def _make_enum(environment: Environment, call: Call, where: str) -> Function:
    name = call.arguments[0]
    if not isinstance(name, str) or name not in environment.enums:
        raise unknown(f"enum table {str(name)!r}", str(name), environment.enums, where, "HUB-1211")
    words = environment.enums[name].words
    table = {native: Worded(word, native) for native, word in words.items()}
    folded = {native.casefold(): word for native, word in words.items()}

    def enum(value: str, _table: str, fallback: Any = None) -> str:
        """The table's word with the vendor's kept; the vendor's alone when the table does not know it."""
        found = table.get(value)
        if found is not None:
            return found
        native = value.strip()
        word = folded.get(native.casefold(), fallback)
        return native if word is None else Worded(plain_text(word), native)

    return _on_text(enum)


# --- kinds ---------------------------------------------------------------------------------------------------------

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}


def _make_phone(environment: Environment, call: Call, where: str) -> Function:
    def phone(value: str, region: Any = None) -> str | None:
        """E.164; `region` may be a country in any spelling, else it is the mapping's."""
        try:
            code = normalise_country(region) or environment.region
        except BadValue:
            code = environment.region
        return normalise_phone(value, code)

    return _on_text(phone)


def _make_time(environment: Environment, call: Call, where: str) -> Function:
    def time(value: Any, layout: str | None = None) -> str | None:
        """UTC text; `layout` in the signs of strptime."""
        if layout is None:
            return normalise_time(value, environment.timezone)
        return read_time(plain_text(value).strip(), plain_text(layout), environment.timezone)

    return time


def _date(value: Any, layout: str | None = None) -> str | None:
    return (
        normalise_date(value)
        if layout is None
        else read_time(plain_text(value).strip(), plain_text(layout))[:10]
    )


def _epoch(value: Any, unit: str = "s") -> str:
    number = Decimal(normalise_decimal(value) or 0)
    exact: int | float = int(number) if number == number.to_integral_value() else float(number)
    return epoch_time(exact, _PER_SECOND[unit])


def _make_epoch(environment: Environment, call: Call, where: str) -> Function:
    if call.arguments and call.arguments[0] not in _PER_SECOND:
        raise MappingError("HUB-1210", "`epoch` counts s, ms or us", where=where)
    return _epoch


def _money(value: Any, unit: Any = 1) -> Decimal | MinorUnits:
    """`money`: the exact number meant. `money(minor)`: cents already. `money(100)`: hundredths."""
    if unit == "minor":
        return MinorUnits(normalise_int(value) or 0)
    divisor = amount(unit)
    if not divisor:
        raise _unusable("`money` cannot divide by nothing")
    return amount(value) / divisor


_split_name = lru_cache(maxsize=8_192)(split_full_name)


def _parts(value: Any) -> NameParts:
    return _split_name(plain_text(value))


def _domain(value: str) -> str | None:
    address = normalise_email(value)
    return email_domain(address) if address else None


def _required(value: Any) -> Any:
    return value


_COUNTRY, _LANGUAGE = _on_text(normalise_country), _on_text(normalise_language)

BUILTINS: dict[str, Builtin] = {
    "lower": Builtin(_on_text(str.lower)),
    "upper": Builtin(_on_text(str.upper)),
    "trim": Builtin(_on_text(str.strip)),
    "title": Builtin(_on_text(_title)),
    "replace": Builtin(_on_text(_replace), 2, 2),
    "regex": Builtin(_on_text(_regex), 1, 2, make=_make_regex),
    "split": Builtin(_split, 0, 1),
    "join": Builtin(_join, 0, 1),
    "prefix": Builtin(_on_text(_prefix), 1, 1),
    "concat": Builtin(_join, 1, 20, absent=True, make=_make_concat),
    "strip_html": Builtin(_on_text(html_text)),
    "hash": Builtin(_hash),
    "first": Builtin(_first),
    "last": Builtin(_last),
    "count": Builtin(_count, absent=True),
    "sum": Builtin(_sum),
    "find": Builtin(_find, 2, 3),
    "values": Builtin(_values),
    "take": Builtin(_take, 1, 1),
    "pairs": Builtin(_pairs, 2, 2),
    "merge": Builtin(_merge, 2, 3),
    "present": Builtin(lambda value: not is_blank(value), absent=True),
    "absent": Builtin(is_blank, absent=True),
    "eq": Builtin(same, 1, 1, absent=True),
    "ne": Builtin(lambda value, other: not same(value, other), 1, 1, absent=True),
    "in": Builtin(_in, 1, 100, absent=True),
    "not": Builtin(lambda value: not holds(value), absent=True),
    "default": Builtin(_first, 0, 1, absent=True, make=_make_default),
    "enum": Builtin(_first, 1, 2, make=_make_enum),
    "email": Builtin(_on_text(normalise_email)),
    "domain": Builtin(_on_text(_domain)),
    "phone": Builtin(_first, 0, 1, make=_make_phone),
    "country": Builtin(_COUNTRY),
    "language": Builtin(_LANGUAGE),
    "time": Builtin(_first, 0, 1, make=_make_time),
    "date": Builtin(_date, 0, 1),
    "epoch": Builtin(_epoch, 0, 1, make=_make_epoch),
    "money": Builtin(_money, 0, 1),
    "int": Builtin(normalise_int),
    "decimal": Builtin(normalise_decimal),
    "bool": Builtin(lambda value: bool(normalise_bool(value))),
    "text": Builtin(_on_text(str)),
    "json": Builtin(normalise_json),
    "given_name": Builtin(lambda value: _parts(value).given),
    "family_name": Builtin(lambda value: _parts(value).family),
    "name_order": Builtin(lambda value: _parts(value).order),
    "required": Builtin(_required),
}


def arguments_fit(builtin: Builtin, arguments: Sequence[Path | Scalar]) -> bool:
    """Whether that many arguments may be written."""
    return builtin.least <= len(arguments) <= builtin.most
