"""The block keys of single records, number by number: the same as `block_keys` finds in columns, which for one record
costs ten times as much. A test holds the two equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import orjson

from hub.identity.blocking import COMBINATIONS, IDENTIFIER, address_key, digest, sound, user_part
from hub.identity.features import MANY, SINGLE

_WHOLE = (1 << 64) - 1
_SIGN = _WHOLE >> 1
_ONE, _TWO, _SHIFT = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 29


def record_keys(data: bytes) -> tuple[set[int], set[int]]:
    """(identifiers, combinations of fields and all others) among the keys of one packed record."""
    row: Sequence[str | list[str]] = orjson.loads(data)
    texts = dict(zip((*SINGLE, *MANY), row, strict=True))
    identifiers = {
        _mixed(_begun(f"{IDENTIFIER} {name}"), digest(address_key(text) if name == "email" else text)) & _SIGN
        for name in MANY
        for text in texts[name]
    }
    combinations = set(_combinations(texts))  # type: ignore[arg-type]
    users = {user for text in texts["email"] if (user := user_part(text))}
    combinations.update(_mixed(_begun("user"), digest(user)) & _SIGN for user in users)
    return identifiers, combinations


@lru_cache(maxsize=256)
def _begun(kind: str) -> int:
    return digest(kind)


def _mixed(hashed: int, more: int) -> int:
    mixed = (hashed * _ONE & _WHOLE) ^ more
    mixed ^= mixed >> _SHIFT
    mixed = mixed * _TWO & _WHOLE
    return mixed ^ (mixed >> _SHIFT)


def _combinations(texts: Mapping[str, str]) -> Iterator[int]:
    parts = _parts(texts)
    for fields in COMBINATIONS:
        mixed = _begun("+".join(fields))
        for name in fields:
            part = parts[name]
            if not part:
                break
            mixed = _mixed(mixed, part)
        else:
            yield mixed & _SIGN


def _parts(texts: Mapping[str, str]) -> dict[str, int]:
    """The numbers of a record's fields; 0 where one is not known."""
    given, family, street = texts["given"], texts["family"], texts["street"]
    first, surname = _number(given.partition(" ")[0]), _number(family)
    parts = {name: _number(texts[name]) for name in ("birth", "postal", "city", "house", "organization")}
    parts |= {
        "given": first,
        "family": surname,
        "initial": _number(given[:1]),
        "given sound": _number(given and sound(given)),
        "family sound": _number(family and sound(family)),
        "street": _number(street.partition(" ")[0]),
    }
    parts["name"] = _sum(first, _number(family.partition(" ")[0]))
    parts["name sound"] = _sum(parts["given sound"], parts["family sound"])
    return parts


def _number(text: str) -> int:
    return digest(text) if text else 0


def _sum(one: int, other: int) -> int:
    """Whoever swaps given and family name has the same."""
    return one + other & _WHOLE if one and other else 0
