"""Our own addresses and domains, from what a mailbox and its settings say."""

from __future__ import annotations

import pytest

from hub.mail import OwnAddresses


@pytest.mark.parametrize(
    ("mailbox", "domains", "ours"),
    [
        ("nora@shop.example", (), {"shop.example"}),
        ("nora@shop.example", (" @Tea.example", ""), {"tea.example"}),
        ("nora@gmail.com", (), set()),
        ("nora@gmail.com", ("gmail.com",), set()),
        ("nora@gmail.com", ("gmail.com", "shop.example"), {"shop.example"}),
    ],
)
def test_without_a_domain_it_is_the_mailboxs_own_and_never_a_public_one(
    mailbox: str, domains: tuple[str, ...], ours: set[str]
) -> None:
    assert OwnAddresses.of(mailbox, "", domains).domains == ours


def test_addresses_are_told_with_commas_in_any_case() -> None:
    own = OwnAddresses.of("Nora@Shop.example", "Sales@other.example, ,tea@gmail.com", ())
    assert own.addresses == {"nora@shop.example", "sales@other.example", "tea@gmail.com"}
    assert own.owns("bo@eu.shop.example")
    assert not own.owns("bo@other.example")
