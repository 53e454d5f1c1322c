"""vCards: what is read is written back to the byte, values survive folds and escapes, a merge changes ours only."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.carddav.card import categories, fresh, is_person, merged, told, uid_of
from connectors.carddav.vcard import Card, Line, escaped, joined, split, unescaped

NOW = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
#: As a phone writes it: a picture over many lines, groups with labels, properties of the program's own.
PHONE = b"""BEGIN:VCARD\r
VERSION:3.0\r
PRODID:-//Example//Contacts 1.0//EN\r
UID:somebody\r
N:Ruiz;Ana;Mar\xc3\xada;Dr.;\r
FN:Dr. Ana Mar\xc3\xada Ruiz\r
ORG:Tea Ltd;Buying;Green\r
EMAIL;type=HOME:home@example.net\r
item1.EMAIL;TYPE=INTERNET,pref:old@example.com\r
item1.X-ABLabel:_$!<Work>!$_\r
TEL;TYPE="FAX,WORK":+1 202 555 0190\r
TEL;TYPE=CELL;X-NOTE="a;b:c,d":+1 202 555\r
  0111\r
CATEGORIES:friends,book\\, club\r
X-SOCIALPROFILE;type=example:https://social.example.com/ana\r
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAkGBxMTEhUTExMWFhUXGBgY\r
 GBgYFxgYGBcXGBgXGBgYHSggGBolHRcXITEhJSkrLi4uFx8zODMtNygtLisBCgoKDg0OGhAQGy0lHy\r
NOTE:first\\nsecond\r
REV:20200101T000000Z\r
END:VCARD\r
"""
text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
#: What a value may hold: control characters are left out, and there is one way to end a line.
plain = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)


def kept(before: Card, after: Card) -> list[bytes]:
    """Lines that the two have in common."""
    raw = {line.raw for line in after.lines}
    return [line.raw for line in before.lines if line.raw in raw]


def changed(before: Card, after: Card) -> tuple[set[str], set[str]]:
    """Values that are gone, and those that are new."""
    old, new = ({f"{line.name}:{line.value}" for line in card.lines} for card in (before, after))
    return old - new, new - old


@given(value=text)
def test_a_value_survives_escapes_and_folds(value: str) -> None:
    line = Line.of("NOTE", escaped(value))
    assert all(len(piece) <= 75 for piece in line.raw.split(b"\r\n"))
    assert all(piece.startswith(b" ") for piece in line.raw.split(b"\r\n")[1:-1])
    assert all(piece.decode("utf-8") is not None for piece in line.raw.split(b"\r\n")), "no character is cut"
    lines = re.sub(r"\r\n?", "\n", value)
    assert Line(line.raw).text == re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", "", lines)


@given(values=st.lists(plain, min_size=1, max_size=6), separator=st.sampled_from(",;"))
def test_parts_survive_what_is_in_them(values: list[str], separator: str) -> None:
    assert split(joined(values, separator), separator) == values


@given(value=text)
def test_no_value_makes_a_line_of_its_own(value: str) -> None:
    card = merged(fresh("c-1"), {"full_name": value, "title": value, "categories": [value]}, NOW)
    again = Card.parsed(card.data())
    assert {line.name for line in again.lines} <= {
        "BEGIN", "VERSION", "UID", "FN", "N", "TITLE", "CATEGORIES", "X-CUSTOMER-HUB-CATEGORIES", "END",
    }  # fmt: skip
    assert again.text("UID") == uid_of("c-1")


FOREIGN = st.lists(
    st.builds(
        lambda name, value, end: f"X-{name}:{escaped(value)}".encode() + end,
        st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True), plain, st.sampled_from([b"\r\n", b"\n", b"\r\n  more\r\n"]),
    ),
    max_size=8,
)  # fmt: skip


@given(foreign=FOREIGN, name=plain, email=st.emails())
def test_what_is_not_ours_is_kept_to_the_byte(foreign: list[bytes], name: str, email: str) -> None:
    data = b"BEGIN:VCARD\nVERSION:4.0\nFN:x\n" + b"".join(foreign) + b"END:VCARD"
    card = Card.parsed(data)
    assert card.data() == data
    after = merged(card, {"full_name": name, "email": email}, NOW)
    assert all(line in after.data() for line in foreign)
    assert told(Card.parsed(after.data()))["email"] == email
    assert merged(Card.parsed(after.data()), {"full_name": name, "email": email}, NOW).data() == after.data()


def test_what_a_card_holds() -> None:
    assert told(Card.parsed(PHONE)) == {
        "hub_id": None, "full_name": "Dr. Ana María Ruiz", "given_name": "Ana", "family_name": "Ruiz",
        "email": "old@example.com", "phone": "+1 202 555 0111", "organization": "Tea Ltd", "title": None,
        "categories": [],
    }  # fmt: skip


def test_a_change_touches_what_is_ours_only() -> None:
    before = Card.parsed(PHONE)
    after = merged(
        before,
        {
            "hub_id": "c-ana", "family_name": "Ruiz; Sol", "email": "new@example.com", "phone": "+12025550112",
            "organization": "Coffee, Inc", "title": "Buyer", "categories": ["vip"],
        },
        NOW,
    )  # fmt: skip
    assert changed(before, after) == (
        {
            "N:Ruiz;Ana;María;Dr.;", "EMAIL:old@example.com", "TEL:+1 202 555 0111", "ORG:Tea Ltd;Buying;Green",
            r"CATEGORIES:friends,book\, club", "REV:20200101T000000Z",
        },
        {
            r"N:Ruiz\; Sol;Ana;María;Dr.;", "EMAIL:new@example.com", "TEL:+12025550112",
            r"ORG:Coffee\, Inc;Buying;Green", "TITLE:Buyer", r"CATEGORIES:friends,book\, club,vip",
            "X-CUSTOMER-HUB-ID:c-ana", "X-CUSTOMER-HUB-CATEGORIES:vip", "REV:20260801T093000Z",
        },
    )  # fmt: skip
    assert len(kept(before, after)) == len(before.lines) - 6
    assert b"item1.EMAIL;TYPE=INTERNET,pref:new@example.com\r\n" in after.data()
    assert b'TEL;TYPE=CELL;X-NOTE="a;b:c,d":+12025550112\r\n' in after.data()
    assert PHONE[PHONE.index(b"PHOTO") : PHONE.index(b"REV")] in after.data()


def test_what_is_there_already_changes_nothing() -> None:
    card = Card.parsed(PHONE)
    assert merged(card, {"email": "old@example.com", "organization": "Tea Ltd", "title": None}, NOW) is card


def test_an_address_that_is_emptied_takes_its_label_with_it() -> None:
    after = merged(Card.parsed(PHONE), {"email": None, "phone": ""}, NOW)
    assert b"item1" not in after.data()
    assert told(after)["email"] == "home@example.net"
    assert told(after)["phone"] is None
    assert b"FAX" in after.data()


@pytest.mark.parametrize("other", ["HOME@example.net", "home@example.net"])
def test_an_address_that_is_there_already_is_not_there_twice(other: str) -> None:
    after = merged(Card.parsed(PHONE), {"email": "home@example.net"}, NOW)
    assert [line.text for line in after.all("EMAIL")] == ["home@example.net"]
    three = Card.parsed(PHONE.replace(b"EMAIL;type=HOME", b"EMAIL:x@example.net\r\nEMAIL;type=HOME"))
    after = merged(three, {"email": other}, NOW)
    assert told(after)["email"] == "home@example.net"
    assert [line.text for line in after.all("EMAIL")].count("home@example.net") == 1


def test_categories_of_other_people_stay() -> None:
    card = merged(Card.parsed(PHONE), {"categories": ["vip", "tea, green"]}, NOW)
    assert categories(card) == ["friends", "book, club", "vip", "tea, green"]
    assert told(card)["categories"] == ["vip", "tea, green"]
    card = merged(card, {"categories": ["Removed from hub"]}, NOW)
    assert categories(card) == ["friends", "book, club", "Removed from hub"]
    card = merged(card, {"categories": []}, NOW)
    assert categories(card) == ["friends", "book, club"]
    assert b"X-CUSTOMER-HUB" not in card.data()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"full_name": "Ben Ode"}, "Ben Ode;;;;"),
        ({"full_name": "Ben Ode", "family_name": "Ode"}, "Ode;;;;"),
        ({"full_name": "Ben Ode", "family_name": "Ode", "given_name": "Ben"}, "Ode;Ben;;;"),
    ],
)
def test_a_new_card_has_a_name_for_every_program(fields: dict[str, Any], name: str) -> None:
    card = merged(fresh("c-1"), fields, NOW)
    assert card.all("N")[0].value == name
    assert {key: value for key, value in told(card).items() if value and key != "categories"} == fields
    renamed = merged(card, {"full_name": "Ben Oda"}, NOW)
    assert renamed.all("N")[0].value == name.replace("Ben Ode;", "Ben Oda;")


def test_a_number_of_version_4_stays_an_address() -> None:
    card = Card.parsed(b"BEGIN:VCARD\nVERSION:4.0\nFN:x\nTEL;VALUE=uri;PREF=2:tel:+12025550100;ext=5\n"
                       b"TEL;VALUE=uri;PREF=1:tel:+12025550101\nEND:VCARD\n")  # fmt: skip
    assert told(card)["phone"] == "+12025550101"
    after = merged(card, {"phone": "+12025550102", "email": "a@example.com"}, NOW)
    assert b"TEL;VALUE=uri;PREF=1:tel:+12025550102\r\n" in after.data()
    assert b"EMAIL:a@example.com\r\n" in after.data()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<html>", b"BEGIN:VCARD\nVERSION:2.1\nFN:x\nEND:VCARD\n", b"BEGIN:VCARD\nFN:x\nEND:VCARD\n",
        b"BEGIN:VCARD\nVERSION:3.0\nFN:x\n", b"BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n" * 2,
    ],
)  # fmt: skip
def test_what_is_no_card_that_we_know_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"vCard|version"):
        Card.parsed(data)


def test_a_list_of_cards_is_no_person() -> None:
    assert is_person(Card.parsed(PHONE))
    group = PHONE.replace(b"X-SOCIALPROFILE", b"X-ADDRESSBOOKSERVER-KIND:group\r\nX-SOCIALPROFILE")
    assert not is_person(Card.parsed(group))


def test_an_escape_that_nobody_needs_is_only_a_character() -> None:
    assert unescaped(r"a\:b\N\\n") == "a:b\n\\n"
