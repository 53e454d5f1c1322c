"""Addresses as people and vendors write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.bad_value import BadValue
from hub.canonical.email import email_domain, normalise_email

GOOD = {
    "jane@example.com": "jane@example.com",
    "  Jane.Doe@Example.COM \n": "jane.doe@example.com",
    "Jane Doe <Jane@Example.com>": "jane@example.com",
    '"Doe, Jane" <jane@example.com>': "jane@example.com",
    "<jane@example.com>": "jane@example.com",
    "mailto:jane@example.com?subject=Hello": "jane@example.com",
    "MAILTO:jane%2Bshop@example.com": "jane+shop@example.com",
    "jane@example.com;": "jane@example.com",
    "'jane@example.com'": "jane@example.com",
    "jane@example.com.": "jane@example.com",
    "jane@bücher.example": "jane@xn--bcher-kva.example",
    "jane@BÜCHER.example": "jane@xn--bcher-kva.example",
    "王小明@例子.example": "王小明@xn--fsqu00a.example",
    "jane＠example．com": "jane@example.com",
    "jane\u200b@example.com\ufeff": "jane@example.com",
    "o'brien+news@example.co.uk": "o'brien+news@example.co.uk",
    "a..b.@example.com": "a..b.@example.com",
    "JOSÉ@example.com": "josé@example.com",
}

BAD = [
    "jane", "jane@", "@example.com", "jane@localhost", "jane@example", "jane doe@example.com",
    "a@example.com, b@example.com", "a@b@example.com", "jane@-example.com", "jane@example-.com",
    "jane@exa mple.com", "jane@example..com", "jane@.example.com", "jane@192.0.2.1", "jane@[192.0.2.1]",
    "jane@example.com\nBcc: all@example.com", "ja\x00ne@example.com", "<jane@example.com", "n/a", "-", "@",
    "j" * 65 + "@example.com", "jane@" + "a" * 64 + ".com", "jane@" + "abc." * 80 + "com",
    "x" * 100_000, 12, True, ["jane@example.com"], {"email": "jane@example.com"}, "jane@xn--\u0378.com",
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), GOOD.items())
def test_an_address_is_made_bare(raw: str, expected: str) -> None:
    assert normalise_email(raw) == expected


@pytest.mark.parametrize("raw", BAD)
def test_anything_else_is_refused_without_naming_it(raw: object) -> None:
    with pytest.raises(BadValue) as caught:
        normalise_email(raw)
    assert caught.value.code == "HUB-3210"
    assert "jane" not in str(caught.value)


@pytest.mark.parametrize("raw", [None, "", "  \n"])
def test_nothing_is_absent(raw: object) -> None:
    assert normalise_email(raw) is None


def test_the_domain_of_an_address() -> None:
    assert email_domain("jane@example.com") == "example.com"


@given(st.one_of(st.emails(), st.text(), st.text(alphabet="aA.@<>: ,üß＠\u200b\x01-İſ", max_size=30)))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    try:
        once = normalise_email(raw)
    except BadValue:
        return
    assert normalise_email(once) == once


@given(st.emails(domains=st.sampled_from(["example.com", "mail.example.org"])))
def test_every_ordinary_address_is_accepted(raw: str) -> None:
    assert normalise_email(raw) == raw.lower()
