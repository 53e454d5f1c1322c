"""What goes to a CardDAV server and what comes from it: conditions, discovery, tokens, and XML that cannot be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.carddav import dav
from connectors.carddav.card import uid_of
from connectors.carddav.connector import CardDav
from connectors.carddav.dav import DAV
from connectors.carddav.fake import FakeCardDav
from hub.errors import AuthRefused, BadAnswer, ConfigError, CursorGone
from hub.models import Page, RowStatus
from hub.testing import NOON, Driver
from hub.testing.fake_server import Answer, Asked
from tests.connectors.carddav.test_conformance import BOOK, TestCardDav, card, cards
from tests.connectors.pushed import ANA, BEN, rows_of

NAME = f"{uid_of('c-ana')}.vcf"


def driver_of(fake: FakeCardDav, **config: Any) -> Driver:
    driver = Driver(CardDav(CardDav.Config(**{**TestCardDav().config(fake), **config})), now=NOON)
    fake.clock = driver.clock
    return driver


def asked(fake: FakeCardDav) -> list[str]:
    return [f"{one.method} {one.path.removeprefix(BOOK)}".strip() for one in fake.requests]


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_new_card_is_made_where_there_is_none() -> None:
    with FakeCardDav() as fake, driver_of(fake) as driver:
        (result,) = driver.connector.write(rows_of("carddav", "cards", [ANA]), driver.context)
    put = fake.requests[-1]
    assert (put.method, put.path, put.headers["if-none-match"]) == ("PUT", f"{BOOK}{NAME}", "*")
    assert put.headers["content-type"] == "text/vcard; charset=utf-8"
    assert put.body.decode().split("\r\n") == [
        "BEGIN:VCARD", "VERSION:3.0", f"UID:{uid_of('c-ana')}", "FN:Ana Ruiz", "N:Ruiz;Ana;;;",
        "X-CUSTOMER-HUB-ID:c-ana", "EMAIL;TYPE=INTERNET:ana.ruiz@example.com", "TEL:+12025550111", "ORG:Tea Ltd",
        "TITLE:Buyer", "CATEGORIES:vip", "X-CUSTOMER-HUB-CATEGORIES:vip", "END:VCARD", "",
    ]  # fmt: skip
    assert (result.status, result.remote_id) == (RowStatus.OK, NAME)
    assert result.fields == dict(rows_of("carddav", "cards", [ANA])[0].fields)


def test_a_card_that_is_there_is_merged_not_overwritten() -> None:
    with FakeCardDav(cards={NAME: card(1, "", "NOTE:by hand")}) as fake, driver_of(fake) as driver:
        rows = rows_of("carddav", "cards", [ANA])
        (result,) = driver.connector.write(rows, driver.context)
        (again,) = driver.connector.write(rows, driver.context)
    assert (result.status, again.status) == (RowStatus.OK, RowStatus.OK)
    assert asked(fake)[1:] == [f"PUT {NAME}", f"GET {NAME}", f"PUT {NAME}", f"PUT {NAME}", f"GET {NAME}"]
    assert b"NOTE:by hand\r\nX-OTHER:stays\r\n" in fake.cards[NAME]
    assert fake.card(NAME).text("EMAIL") == "ana.ruiz@example.com"


@pytest.mark.parametrize(("edits", "status"), [(1, RowStatus.OK), (9, RowStatus.RETRYABLE)])
def test_who_edits_meanwhile_is_not_overwritten(edits: int, status: RowStatus) -> None:
    (row,) = rows_of("carddav", "cards", [ANA])
    with FakeCardDav(cards=cards(1)) as fake, driver_of(fake) as driver:

        def edit(got: Asked, good: Answer) -> Answer:
            nonlocal edits
            if got.method == "GET" and edits:
                edits -= 1
                fake.put("c001.vcf", card(1, "", f"NOTE:edit {edits}").encode())
            return good

        fake.spoil(edit, times=99)
        known = replace(row, remote_id="c001.vcf", changed={"title": "Buyer"})
        (result,) = driver.connector.write([known], driver.context)
    assert result.status is status
    text = fake.cards["c001.vcf"]
    assert b"NOTE:edit" in text
    assert (b"TITLE:Buyer" in text) is (status is RowStatus.OK)


def test_who_is_gone_is_told_and_a_delete_is_one() -> None:
    (row,) = rows_of("carddav", "cards", [ANA])
    with FakeCardDav(cards=cards(1, 2)) as fake, driver_of(fake) as driver:
        (gone,) = driver.connector.write(
            [replace(row, remote_id="c9.vcf", changed={"title": "x"})], driver.context
        )
        for _ in range(2):
            (result,) = driver.connector.write(
                [replace(row, remote_id="c002.vcf", op="delete")], driver.context
            )
            assert result.status is RowStatus.OK
    assert gone.status is RowStatus.GONE
    assert list(fake.cards) == ["c001.vcf"]


@pytest.mark.parametrize("text", ["BEGIN:VCARD\r\nVERSION:2.1\r\nFN:x\r\nEND:VCARD\r\n", "nothing"])
def test_a_card_that_cannot_be_read_is_left_as_it_is(text: str) -> None:
    (row,) = rows_of("carddav", "cards", [ANA])
    with FakeCardDav(cards={"old.vcf": text}) as fake, driver_of(fake) as driver:
        known = replace(row, remote_id="old.vcf", changed={"title": "x"})
        (result,) = driver.connector.write([known], driver.context)
    assert (result.status, result.code) == (RowStatus.REJECTED, "HUB-4878")
    assert fake.cards["old.vcf"].decode() == text


def test_a_server_without_etags_is_not_written_to() -> None:
    (row,) = rows_of("carddav", "cards", [ANA])
    with FakeCardDav(cards=cards(1)) as fake, driver_of(fake) as driver:
        driver.check()
        fake.spoil(lambda _, good: replace(good, headers={}), times=9)
        with pytest.raises(BadAnswer, match="HUB-4871"):
            driver.connector.write([replace(row, remote_id="c001.vcf")], driver.context)
    assert "PUT" not in {one.method for one in fake.requests}


def test_a_card_that_the_server_does_not_take_is_told() -> None:
    with FakeCardDav() as fake, driver_of(fake) as driver:
        driver.check()
        fake.fail(1, status=412, path=NAME)
        (result,) = driver.connector.write(rows_of("carddav", "cards", [ANA]), driver.context)
    assert (result.status, result.code) == (RowStatus.REJECTED, "HUB-4877")


def test_our_id_counts_more_than_the_address_and_all_of_an_address_are_told() -> None:
    group = card(5, "a_b@example.com", "X-ADDRESSBOOKSERVER-KIND:group")
    there = {
        "1.vcf": card(1, "A_B@example.com"), "2.vcf": card(2, "axb@example.com"), "3.vcf": card(3, "a_b@example.com"),
        "4.vcf": card(4, "x@example.net", "X-CUSTOMER-HUB-ID:c-ben"), "5.vcf": group,
    }  # fmt: skip
    goldens = [{**ANA, "email": "a_b@example.com"}, {**BEN, "email": "a_b@example.com"}]
    rows = rows_of("carddav", "cards", goldens)
    with FakeCardDav(cards=there) as fake, driver_of(fake) as driver:
        found = driver.connector.lookup(rows, driver.context)
    assert [[one.remote_id for one in found[row.delivery_id]] for row in rows] == [
        ["1.vcf", "3.vcf"],
        ["4.vcf"],
    ]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_all_that_is_there_is_listed() -> None:
    more = {"g.vcf": card(5, "", "KIND:group"), "z.vcf": "nothing"}
    with FakeCardDav(cards={**cards(*range(1, 231)), **more}) as fake, driver_of(fake) as driver:
        found = {
            one.remote_id: one.fields
            for page in driver.connector.scan("cards", driver.context)
            for one in page
        }
    assert set(found) == {*cards(*range(1, 231)), "z.vcf"}
    assert found["z.vcf"] == {}


def test_a_token_that_the_server_forgot_is_told() -> None:
    with FakeCardDav(cards=cards(1, 2, 3)) as fake, driver_of(fake) as driver:
        driver.pull()
        fake.drop("c002.vcf")
        fake.oldest = 99
        with pytest.raises(CursorGone):
            driver.pull()


def test_a_server_that_cannot_tell_what_changed_is_read_whole() -> None:
    with FakeCardDav(cards=cards(1, 2, 3)) as fake, driver_of(fake) as driver:
        fake.syncs = False
        assert "every run reads all" in driver.check().details["changes"]
        driver.pull()
        fake.drop("c002.vcf")
        pages = list(read_all(driver))
    assert [one["id"] for page in pages for one in page.records] == ["c001.vcf", "c003.vcf"]
    assert pages[-1].scan_complete


def read_all(driver: Driver) -> list[Page]:
    from hub import Checkpoint, Selection, StreamSelection

    selection = Selection((StreamSelection("cards"),), until=NOON)
    return list(driver.connector.read(selection, Checkpoint(), driver.context))


def short(good: Answer) -> Answer:
    """The list of cards ends early, and says so."""
    told = f"<d:response><d:href>{BOOK}</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
    return replace(good, body=good.body.replace(b"</d:multistatus>", f"{told}</d:multistatus>".encode()))


def test_a_list_that_is_cut_short_is_no_list() -> None:
    with FakeCardDav(cards=cards(1, 2)) as fake, driver_of(fake) as driver:
        driver.check()
        fake.spoil(lambda _, good: short(good), times=9, after=1)
        with pytest.raises(BadAnswer, match="HUB-4872"):
            list(driver.connector.scan("cards", driver.context))


def test_changes_that_come_in_parts_are_all_asked_for() -> None:
    with FakeCardDav(cards=cards(*range(1, 8))) as fake, driver_of(fake) as driver:
        fake.most = 3
        pages = read_all(driver)
    assert [one["id"] for page in pages for one in page.records] == list(cards(*range(1, 8)))
    assert pages[-1].checkpoint == {"token": "urn:fake:7"}


# --- where it is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/", "/books/hub", "/books/hub/", BOOK.rstrip("/"), BOOK])
def test_the_address_book_is_found_from_any_address(path: str) -> None:
    with FakeCardDav() as fake:

        def slashed(got: Asked, good: Answer) -> Answer:
            return good if got.path.endswith("/") else fake.listing(replace(got, path=f"{got.path}/"))

        fake.spoil(slashed, times=9)
        with driver_of(fake, url=f"{fake.url}{path}") as driver:
            assert driver.check().details["address book"] == "Contacts"


def moved(to: str) -> Callable[[Asked, Answer], Answer]:
    """The well-known address leads somewhere; nothing else tells of a user."""

    def answer(got: Asked, good: Answer) -> Answer:
        if got.path == "/.well-known/carddav":
            return Answer(301, headers={"Location": to})
        return replace(good, body=b"<html>") if got.path == "/" else good

    return answer


def test_the_well_known_address_is_followed_on_the_same_server_only() -> None:
    with FakeCardDav() as fake:
        fake.spoil(moved("/books/hub/"), times=9)
        with driver_of(fake, url=fake.url) as driver:
            assert driver.check().details["address book"] == "Contacts"
    with FakeCardDav() as fake:
        fake.spoil(moved("https://p01-contacts.example.com/"), times=9)
        with (
            driver_of(fake, url=fake.url) as driver,
            pytest.raises(ConfigError, match=r"p01-contacts\.example\.com") as no,
        ):
            driver.check()
    assert no.value.code == "HUB-4873"


def test_what_is_no_such_server_is_told_so() -> None:
    with FakeCardDav() as fake:
        fake.spoil(lambda *_: Answer(200, b"<html>Welcome</html>"), times=99)
        with driver_of(fake, url=fake.url) as driver, pytest.raises(ConfigError, match="HUB-4873"):
            driver.check()
    with (
        FakeCardDav() as fake,
        driver_of(fake, password="not-the-password") as driver,
        pytest.raises(AuthRefused),
    ):
        driver.check()


def test_a_token_opens_as_well() -> None:
    with FakeCardDav() as fake, driver_of(fake, user="", password=None, token=fake.token) as driver:
        driver.check()
    assert fake.requests[0].headers["authorization"] == f"Bearer {fake.token}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://dav.example.com"}, {"url": "dav.example.com"}, {"url": "https://me:pw@dav.example.com"},
        {"user": ""}, {"password": None}, {"token": "as well as a password"},
    ],
)  # fmt: skip
def test_a_connection_that_cannot_be_right_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"url|token"):
        CardDav.Config(**{"url": "https://dav.example.com", "user": "me", "password": "a password", **wrong})


# --- XML -------------------------------------------------------------------------------------------------------------

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<d:multistatus xmlns:d="DAV:">&b;</d:multistatus>"""


@pytest.mark.parametrize(
    "data",
    [
        LAUGHS, LAUGHS.decode().replace("<?xml version=\"1.0\"?>", "").encode("utf-16"),
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><d:multistatus xmlns:d='DAV:'/>",
        b"<d:multistatus xmlns:d='DAV:'>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</d:multistatus>",
        b"<d:multistatus xmlns:d='DAV:'>", b"", b"{}", b"<html/>", b"<multistatus/>", b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_what_is_no_answer_of_webdav_or_a_trap_is_refused(data: bytes) -> None:
    with pytest.raises(BadAnswer, match="HUB-4870"):
        dav.multistatus(data)


def test_an_answer_is_read_whatever_its_prefixes() -> None:
    data = b"""<multistatus xmlns="DAV:" xmlns:k="urn:ietf:params:xml:ns:carddav"><response><href>https://x.example.com/b%c3%a4/a@b.vcf
    </href><propstat><prop><getetag>"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat><propstat><prop><k:address-data/>
    </prop><status>HTTP/1.1 404 Not Found</status></propstat></response><sync-token>t</sync-token></multistatus>"""
    answer = dav.multistatus(data)
    (one,) = answer.responses
    assert (one.path, one.status, answer.token) == ("/b%C3%A4/a@b.vcf", None, "t")
    assert (one.text(f"{DAV}getetag"), set(one.props)) == ('"1"', {f"{DAV}getetag"})


def test_a_question_holds_values_as_text() -> None:
    asked = dav.parsed(dav.query([("EMAIL", "<a&b>@example.com")]))
    assert asked is not None
    assert [one.text for one in asked.iter() if one.text] == ["<a&b>@example.com"]
