"""CardDAV under the kit: one address book by its sync-token, cards made where there are none, changed if they are as read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from connectors.carddav.card import ID
from connectors.carddav.fake import FakeCardDav
from hub.models import WriteRow
from hub.testing import Conformance
from tests.connectors.pushed import ANA, BAD, BEN, rows_of

ROOT = Path(__file__).parents[3]
BOOK = "/books/hub/contacts/"


def card(number: int, email: str = "", *more: str) -> str:
    lines = (
        "BEGIN:VCARD", "VERSION:3.0", f"UID:u{number}", f"FN:Person {number}", f"N:Person {number};;;;",
        f"EMAIL;TYPE=HOME:{email or f'p{number}@example.com'}", *more, "X-OTHER:stays", "END:VCARD", "",
    )  # fmt: skip
    return "\r\n".join(lines)


def cards(*numbers: int) -> dict[str, str]:
    return {f"c{number:03}.vcf": card(number) for number in numbers}


class TestCardDav(Conformance):
    """More cards than two requests bring."""

    connector = "carddav"
    wrong: ClassVar[Mapping[str, Any]] = {"password": "not-the-password-at-all"}
    listing = BOOK
    live = ROOT / "tests" / "live" / "carddav"

    def vendor(self, folder: Path) -> FakeCardDav:
        return FakeCardDav(cards=cards(*range(1, 231)))

    def config(self, vendor: FakeCardDav) -> Mapping[str, Any]:
        return {
            "url": f"{vendor.url}{BOOK}",
            "user": "hub-user",
            "password": vendor.token,
            "trusted_host": True,
            "requests_per_second": 1000,
        }

    def truth(self, vendor: FakeCardDav) -> Mapping[str, set[str]]:
        return {"cards": set(vendor.cards)}

    def change(self, vendor: FakeCardDav, now: datetime) -> Mapping[str, str]:
        vendor.put("c003.vcf", card(3, "", "TITLE:Renamed").encode())
        return {"cards": "c003.vcf"}

    def remove(self, vendor: FakeCardDav, now: datetime) -> Mapping[str, str]:
        vendor.drop("c004.vcf")
        return {"cards": "c004.vcf"}

    def forbid(self, vendor: FakeCardDav) -> None:
        vendor.forbidden = {BOOK}

    def rows(self) -> Sequence[WriteRow]:
        return rows_of("carddav", "cards", [ANA, BEN, BAD])

    def written(self, vendor: FakeCardDav) -> Sequence[str]:
        return [held for name in vendor.cards if (held := vendor.card(name).text(ID))]
