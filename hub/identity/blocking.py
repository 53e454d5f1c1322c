"""Which records are worth comparing: those that share a block key.

A key is 63 bits of what it stands for, its kind hashed in: an identifier as it is, or a combination of fields that
records of one person often share. A key exists only where all its fields are known. One that more than `cap` records
have proposes nobody (it is retired): what only it proposed is not compared, whatever the order in which records came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import jellyfish
import numpy as np

from hub.identity.columns import Bool, Column, Int32, Int64, Ragged
from hub.identity.features import MANY, Features
from hub.identity.hashes import UInt64, digests
from hub.identity.hashes import digest as digest  # others know it as ours

#: The kind of key that a shared identifier is.
IDENTIFIER = "identifier"
#: Providers that deliver to one mailbox whatever dots stand in the user part.
_DOTLESS = ("@gmail.com", "@googlemail.com")
_SEPARATORS = str.maketrans("", "", "._-")
#: User parts of addresses shorter than this are too many people's.
_SHORTEST_USER = 5

_ONE, _TWO = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT, _SIGN = np.uint64(29), np.uint64(0x7FFFFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of one kind, in ascending order: record `row[n]` has `key[n]`, each pair once."""

    kind: str
    key: Int64
    row: Int32

    @classmethod
    def of(cls, kind: str, key: Int64, row: Int32) -> Keys:
        """Of keys in any order."""
        order = np.argsort(key)
        return cls(kind, key[order], row[order])

    def groups(self) -> tuple[Int64, Int64]:
        """Where each different key begins, and how many records have it."""
        first = np.ones(len(self.key), np.bool_)
        np.not_equal(self.key[1:], self.key[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        return starts, np.diff(starts, append=len(self.key))


def block_keys(features: Features) -> list[Keys]:
    """All keys of all records, by kind."""
    return [*address_keys(features), *combination_keys(features)]


def address_keys(features: Features) -> list[Keys]:
    """Keys of identifiers, and of the user parts of addresses."""
    return [_identifiers(features), _users(features)]


def combination_keys(features: Features) -> list[Keys]:
    """Keys of several fields together."""
    return list(_combinations(features))


@lru_cache(maxsize=262_144)
def sound(name: str) -> str:
    """How the first word of a folded name sounds in English ears; the word itself where that says nothing."""
    word = name.partition(" ")[0]
    return jellyfish.metaphone(word) or word


def _first_word(name: str) -> str:
    return name.partition(" ")[0]


def _initial(name: str) -> str:
    return name[:1]


def address_key(address: str) -> str:
    """The mailbox behind an address: without +tag, and without dots where the provider ignores them.

    (Google's help pages say so for gmail.com and googlemail.com; a tag is RFC 5233's subaddress.)"""
    if "+" not in address and not address.endswith(_DOTLESS):
        return address
    user, _, domain = address.rpartition("@")
    user = user.partition("+")[0] or user
    if f"@{domain}" in _DOTLESS:
        return f"{user.replace('.', '')}@gmail.com"
    return f"{user}@{domain}"


def _hashed(column: Column, change: Callable[[str], str] | None = None) -> UInt64:
    """64 bits of each record's text, 0 where it is not known."""
    values = column.values if change is None else list(map(change, column.values))
    return digests(values)[column.codes]


def mixed(hashes: UInt64, more: UInt64) -> UInt64:
    """One number for two."""
    bits = (hashes * _ONE) ^ more
    bits ^= bits >> _SHIFT
    bits *= _TWO
    return bits ^ (bits >> _SHIFT)


def _key(kind: str, parts: Sequence[UInt64]) -> tuple[Int64, Bool]:
    known = parts[0] != 0
    bits = np.full(len(parts[0]), digest(kind), np.uint64)
    for part in parts:
        known &= part != 0
        bits = mixed(bits, part)
    return (bits & _SIGN).view(np.int64), known


def _parts(features: Features) -> Mapping[str, UInt64]:
    single = features.single
    given, family = single["given"], single["family"]
    parts = {
        "given": _hashed(given, _first_word),
        "family": _hashed(family),
        "initial": _hashed(given, _initial),
        "given sound": _hashed(given, sound),
        "family sound": _hashed(family, sound),
        "birth": _hashed(single["birth"]),
        "postal": _hashed(single["postal"]),
        "city": _hashed(single["city"]),
        "street": _hashed(single["street"], _first_word),
        "whole street": _hashed(single["street"]),
        "house": _hashed(single["house"]),
        "organization": _hashed(single["organization"]),
    }
    # Sums: whoever swaps given and family name has the same.
    for name, one, other in (
        ("name", _hashed(given, _first_word), _hashed(family, _first_word)),
        ("name sound", parts["given sound"], parts["family sound"]),
    ):
        parts[name] = np.where((one != 0) & (other != 0), one + other, np.uint64(0))
    return parts


#: The combinations, each chosen for the true pairs that it finds and no other does.
COMBINATIONS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("name", "city"),
    ("name", "postal"),
    ("name sound", "city"),
    ("name sound", "postal"),
    ("family sound", "birth"),
    ("given", "birth"),
    ("birth", "postal"),
    ("family", "postal", "house"),
    ("given", "postal", "house"),
    ("given", "street", "house"),
    ("family", "street", "initial"),
    ("name", "organization"),
)


def household_keys(features: Features) -> list[Keys]:
    """Keys of who lives together: too many for matching, but training must meet them."""
    return list(_combinations(features, (("whole street", "house"),)))


def _combinations(
    features: Features, combinations: Sequence[tuple[str, ...]] = COMBINATIONS
) -> Iterator[Keys]:
    parts = _parts(features)
    for fields in combinations:
        kind = "+".join(fields)
        key, known = _key(kind, [parts[name] for name in fields])
        rows = np.flatnonzero(known).astype(np.int32)
        yield Keys.of(kind, key[rows], rows)


def _users(features: Features) -> Keys:
    """User parts of addresses: the same at another provider."""
    return Keys.of("user", *_ragged_keys("user", features.many["email"], user_hashes(features)))


def user_hashes(features: Features) -> UInt64:
    """A number for the user part of each distinct address, equal where these are; 0 where it is nobody's own."""
    values = features.many["email"].values
    return features.derive("user hashes", lambda: digests(list(map(user_part, values))))  # type: ignore[no-any-return]


def mailbox_hashes(features: Features) -> UInt64:
    """A number for the mailbox behind each distinct address, equal where these are."""
    values = features.many["email"].values
    return features.derive("mailbox hashes", lambda: digests(list(map(address_key, values))))  # type: ignore[no-any-return]


def user_part(address: str) -> str:
    """What stands before the @, without tag and dots; empty where it is too short to be anybody's own."""
    user = address.partition("@")[0].partition("+")[0].translate(_SEPARATORS)
    return user if len(user) >= _SHORTEST_USER else ""


def _identifiers(features: Features) -> Keys:
    found = [
        _ragged_keys(f"{IDENTIFIER} {name}", features.many[name], comparable_hashes(features, name))
        for name in MANY
    ]
    return Keys.of(
        IDENTIFIER, np.concatenate([key for key, _ in found]), np.concatenate([row for _, row in found])
    )


def comparable_hashes(features: Features, name: str) -> UInt64:
    """A number for each distinct identifier as it is compared. name: one of MANY."""
    return mailbox_hashes(features) if name == "email" else digests(features.many[name].values)


def identifier_key(name: str, text: str) -> int:
    """The key of one identifier, as `block_keys` makes it; name: one of MANY."""
    text = address_key(text) if name == "email" else text
    key, _ = _key(f"{IDENTIFIER} {name}", [np.array([digest(text)], np.uint64)])
    return int(key[0])


def _ragged_keys(kind: str, ragged: Ragged, hashes: UInt64) -> tuple[Int64, Int32]:
    """Keys and their records. hashes: of each distinct text, 0 for one that is no key."""
    key, known = _key(kind, [hashes[ragged.codes]])
    key, row = key[known], ragged.rows[known]
    several = np.flatnonzero(ragged.counts[row] > 1)
    if len(several):  # a record may name one twice
        order = several[np.lexsort((key[several], row[several]))]
        again = order[1:][(key[order[1:]] == key[order[:-1]]) & (row[order[1:]] == row[order[:-1]])]
        key, row = np.delete(key, again), np.delete(row, again)
    return key, row


def pairs_of(every: Iterable[Keys], count: int, cap: int) -> tuple[Int32, Int32]:
    """Pairs (a < b) of the records that share a key which at most `cap` records have, each pair once, in order."""
    codes: list[Int64] = [_codes(keys, count, cap) for keys in every]
    unique = _unique(np.concatenate(codes)) if codes else np.zeros(0, np.int64)
    a, b = np.divmod(unique, max(count, 1))
    return a.astype(np.int32), b.astype(np.int32)


def _codes(keys: Keys, count: int, cap: int) -> Int64:
    """a * count + b of each pair that keys of one kind propose."""
    row = keys.row.astype(np.int64)
    starts, sizes = keys.groups()
    chosen = (sizes > 1) & (sizes <= cap)
    starts, sizes = starts[chosen], sizes[chosen]
    found: list[Int64] = []
    for size in np.unique(sizes).tolist():
        block = row[starts[sizes == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(size, 1)
        first, second = block[:, one], block[:, other]
        found.append((np.minimum(first, second) * count + np.maximum(first, second)).ravel())
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _unique(codes: Int64) -> Int64:
    codes.sort()
    return codes[np.append(True, codes[1:] != codes[:-1])] if len(codes) else codes
