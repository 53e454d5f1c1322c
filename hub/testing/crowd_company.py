"""Companies: what they are called, and the domain and role mailbox that their people answer. A company is a number."""

from __future__ import annotations

from functools import cache

import numpy as np

from hub.testing.crowd_columns import Ints, Rng, Texts, texts
from hub.testing.crowd_place import COUNTRIES

_TRADES = (
    "Brasswork Orchid Lantern Copper Juniper Harbour Meadow Granite Larch Kestrel Beacon Anchor Quarry Saffron Willow Cobalt"
    " Falcon Maple Ember Cinder Marlin Pebble Thistle Rowan Bramble Compass Sable Tundra Aurora Zephyr"
)
_KINDS = (
    "Instruments Catering Logistics Textiles Printing Bakery Software Optics Gardens Furniture Tools Paper Glass Motors Books"
    " Dental Travel Energy Foods Design"
)
_FORMS = {
    "US": "Inc",
    "GB": "Ltd",
    "DE": "GmbH",
    "FR": "SARL",
    "ES": "S.L.",
    "PL": "Sp. z o.o.",
    "NL": "B.V.",
    "MA": "SARL",
}
#: One of these per company; the usual ones stand more than once.
_ROLES = "info sales info office contact info hello info admin support info accounts info"


def employers(country: Ints, rng: Rng) -> Ints:
    """A company of each one's own country: a few are large, most have a handful of people among the customers."""
    each = max(4, len(country) // 400)
    place = np.minimum((each * rng.random(len(country)) ** 1.6).astype(np.int64), each - 1)
    return place * len(COUNTRIES) + country


def names(company: Ints) -> Texts:
    """`Copper Bakery Ltd`, with the legal form of the country."""
    forms = [_FORMS.get(COUNTRIES[place].code, "") for place in (company % len(COUNTRIES)).tolist()]
    return texts(
        " ".join(filter(None, (trade, kind, number, form)))
        for (trade, kind, number), form in zip(_parts(company), forms, strict=True)
    )


def domains(company: Ints) -> Texts:
    """`copperbakery.example.com`."""
    return texts(f"{trade}{kind}{number}.example.com".lower() for trade, kind, number in _parts(company))


def roles(company: Ints) -> Texts:
    """The mailbox that several people of the company answer: `info@copperbakery.example.com`."""
    words = _ROLES.split()
    return texts(
        f"{words[number // len(COUNTRIES) % len(words)]}@{domain}"
        for number, domain in zip(company.tolist(), domains(company), strict=True)
    )


def _parts(company: Ints) -> list[tuple[str, str, str]]:
    trades, kinds = _words()
    room = len(trades) * len(kinds)
    found = []
    for number in company.tolist():
        mixed, again = number * 37 % room, number // room
        found.append((trades[mixed // len(kinds)], kinds[mixed % len(kinds)], str(again) if again else ""))
    return found


@cache
def _words() -> tuple[list[str], list[str]]:
    return _TRADES.split(), _KINDS.split()
