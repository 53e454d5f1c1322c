"""Form posts: who may post, how bodies are read, what is kept, and when two posts are one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.webform.body import kind_of
from connectors.webform.config import WebformConfig
from connectors.webform.source import Webform
from hub.contract import Request

Make = Callable[..., Any]
FIELDS = {"name": "Ada Nowak", "email": "ada@example.com", "message": "Hello\r\nthere"}
CONSENTS = [
    {"field": "news", "purpose": "newsletter", "wording": "Send me news.", "policy_version": "2026-07"},
    {"field": "calls", "purpose": "marketing", "channel": "phone", "wording": "Call me."},
]


def test_a_browsers_post(bench: Make, record: Make) -> None:
    received = bench().browser(FIELDS)
    assert (received.status, received.location, received.body) == (303, "?sent=1", "")
    kept = record(received)
    assert kept.pop("id").startswith("words:")
    assert kept == {
        "form": "contact",
        "received_at": "2026-07-30T12:00:00.000Z",
        "fields": FIELDS,
        "consents": [],
        "meta": {
            "origin": "https://www.example.com",
            "page": "https://www.example.com/contact",
            "browser": "Chrome",
            "language": "de-CH",
            "ip_truncated": "192.0.2.0",
            "signed": False,
        },
    }


def test_a_program_gets_json_and_a_browser_its_thanks(bench: Make) -> None:
    assert bench().browser(FIELDS, accept="application/json").status == 202
    assert (
        bench(thanks_url="https://www.example.com/thanks").browser(FIELDS).location
        == "https://www.example.com/thanks"
    )


# --- who may post --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://www.example.com", 303),
        ("https://WWW.example.com", 303),
        ("https://hub.example.net", 303),  # the hub's own page
        ("http://www.example.com", 403),
        ("https://www.example.com:8443", 403),
        ("https://www.example.com.evil.example.org", 403),
        ("https://evil.example.org", 403),
        ("null", 403),
        ("", 403),
        ("http://[", 403),
    ],
)
def test_only_forms_of_allowed_sites(bench: Make, origin: str, status: int) -> None:
    assert bench().browser(FIELDS, origin=origin).status == status


def test_any_site_when_said_so(bench: Make) -> None:
    assert bench(allowed_origins=["*"]).browser(FIELDS, origin="null").status == 303
    assert bench(allow_unsigned=True, allowed_origins=[]).browser(FIELDS, origin="null").status == 303
    assert bench(page=False).browser(FIELDS, origin="https://hub.example.net").status == 403


@pytest.mark.parametrize(
    "origin", ["www.example.com", "https://", "https://a.example.com/form", "ftp://a.example.com", "a"]
)
def test_an_origin_that_is_none(bench: Make, origin: str) -> None:
    with pytest.raises(ValueError, match="scheme and host only"):
        bench(allowed_origins=[origin])


def test_a_robot_hears_thanks_and_leaves_nothing(bench: Make, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        received = bench().browser(FIELDS | {"_website": "http://spam.example.org"})
    honest = bench().browser(FIELDS | {"_website": "  "})
    assert received.page is None
    assert honest.page is not None
    assert (received.status, received.body, received.location) == (
        honest.status,
        honest.body,
        honest.location,
    )
    assert [getattr(item, "action", "") for item in caplog.records] == ["webform.honeypot"]
    assert "spam" not in caplog.text


def test_another_trap(bench: Make, record: Make) -> None:
    assert bench(honeypot="fax").browser(FIELDS | {"fax": "1"}).page is None
    assert (
        record(bench(honeypot="fax").browser(FIELDS | {"_website": "kept"}))["fields"]["_website"] == "kept"
    )


# --- bodies --------------------------------------------------------------------------------------------------------


def multipart(*parts: tuple[str, bytes], boundary: str = "b0undary") -> tuple[bytes, dict[str, str]]:
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    return body + f"--{boundary}--\r\n".encode(), {
        "content_type": f"multipart/form-data; boundary={boundary}"
    }


def test_multipart_with_an_upload(bench: Make, record: Make) -> None:
    body, headers = multipart(
        ('name="email"', b"ada@example.com"),
        ('name="topic"', b"a"),
        ('name="topic"', "é".encode()),
        ('name="cv"; filename="C:\\\\docs\\\\cv.pdf"\r\nContent-Type: application/pdf', b"%PDF-1.7 ..."),
        ('name="empty"; filename=""\r\nContent-Type: application/octet-stream', b""),
    )
    one = bench()
    kept = record(one.send(body, one_browser(headers)))
    assert kept["fields"] == {"email": "ada@example.com", "topic": ["a", "é"]}
    assert kept["files"] == [{"field": "cv", "name": "cv.pdf", "size": 12}]


def one_browser(headers: dict[str, str]) -> dict[str, str]:
    base = {"origin": "https://www.example.com", "host": "hub.example.net", "accept": "application/json"}
    return base | {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--c\r\n\r\n"),
        ("multipart/form-data; boundary=b", b"\x00\xff" * 50),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n' + b"X: y\r\n" * 5000,
        ),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(1001))),
    ],
)
def test_a_body_that_is_not_what_it_says(bench: Make, code: Make, content_type: str, body: bytes) -> None:
    assert code(bench().send(body, one_browser({"content_type": content_type}))) == "HUB-4210"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[1, 2]", b'"text"', b"null", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": "\xff"}', b"\xff\xfe{\x00}\x00",
        b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", b'{"a": ' + b"[" * 400 + b"]" * 400 + b"}",
        b'{"a": "\\ud800"}', b'{"\\ud800": 1}', b'{"a": 1} {"b": 2}',
    ],
)  # fmt: skip
def test_json_that_cannot_be_kept_is_refused_and_nothing_breaks(bench: Make, code: Make, body: bytes) -> None:
    assert code(bench().program(body)) == "HUB-4210"


def test_any_json_object_goes_in_untouched(bench: Make, record: Make) -> None:
    body = {
        "order": {"lines": [{"sku": "A", "n": 1.5}], "id": 2**64 - 1},
        "nul": "a\x00b",
        "rtl": "\u202eabc",
        "none": None,
    }
    assert record(bench().program(body))["fields"] == body
    assert record(bench().program(b'{"id": 123456789012345678901234}'))["fields"] == {
        "id": "123456789012345678901234"
    }
    assert record(bench().program(b'\xef\xbb\xbf{"a": 1}'))["fields"] == {"a": 1}
    assert record(bench().program(b'{"a": 1, "a": 2}'))["fields"] == {"a": 2}


def test_a_page_that_is_not_utf_8(bench: Make, record: Make) -> None:
    kept = record(
        bench().send(b"name=Andr%E9+%80", one_browser({"content_type": "application/x-www-form-urlencoded"}))
    )
    assert kept["fields"] == {"name": "André €"}
    assert kept["meta"]["charset"] == "windows-1252"


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/xml", "application/octet-stream", "nonsense"]
)
def test_a_type_nobody_understands(bench: Make, code: Make, content_type: str) -> None:
    assert code(bench().send(b"x", one_browser({"content_type": content_type}))) == "HUB-4213"


@pytest.mark.parametrize("body", [b"", b"name=&email=", b"_id=1&name=+", b"=x", b"_website="])
def test_nothing_filled_in(bench: Make, code: Make, body: bytes) -> None:
    sent = one_browser({"content_type": "application/x-www-form-urlencoded"})
    assert code(bench().send(body, sent)) == "HUB-4211"


def test_a_browser_sees_a_page_for_a_refusal(bench: Make) -> None:
    received = bench().browser(FIELDS, origin="https://evil.example.org")
    assert received.content_type == "text/html"
    assert 'role="alert"' in received.body
    assert "HUB-4212" in received.body


@given(
    st.binary(max_size=400),
    st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
    ),
)
def test_no_bytes_break_the_receiver(body: bytes, content_type: str) -> None:
    request = Request(
        "POST", "/in/x", {}, {"content-type": content_type}, body, datetime(2026, 7, 30, tzinfo=UTC)
    )
    context = SimpleNamespace(connection="x", log=logging.getLogger("t"))
    received = Webform(WebformConfig(allow_unsigned=True)).receive(request, context)  # type: ignore[arg-type]
    if received.page is None:
        assert received.status in (202, 400, 422)
    else:
        orjson.dumps(received.page.records[0])


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/json; charset=utf-8", "json"),
        ("Application/CloudEvents+JSON", "json"),
        ("json", ""),
        ("text/json", ""),
    ],
)
def test_kinds(content_type: str, kind: str) -> None:
    assert kind_of(content_type) == kind


# --- consent -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["on", "yes", "1", "true", "YES", ["0", "1"]])
def test_a_ticked_box_is_a_consent_with_its_proof(bench: Make, record: Make, value: Any) -> None:
    fields = [*FIELDS.items(), *(("news", item) for item in ([value] if isinstance(value, str) else value))]
    assert record(bench(consents=CONSENTS).browser(fields))["consents"] == [
        {
            "field": "news",
            "purpose": "newsletter",
            "channel": "email",
            "status": "granted",
            "wording": "Send me news.",
            "policy_version": "2026-07",
            "captured_at": "2026-07-30T12:00:00.000Z",
            "form": "contact",
        }
    ]


@pytest.mark.parametrize("value", ["", "0", "off", "no", "false"])
def test_an_unticked_box_says_nothing(bench: Make, record: Make, value: str) -> None:
    assert record(bench(consents=CONSENTS).browser(FIELDS | {"news": value}))["consents"] == []


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (True, "granted"),
        ("revoked", "revoked"),
        ("Denied", "denied"),
        (False, ""),
        (None, ""),
        (1, ""),
        ({}, ""),
        ([], ""),
    ],
)
def test_a_program_may_say_more(bench: Make, record: Make, value: Any, status: str) -> None:
    consents = record(bench(consents=CONSENTS).program(FIELDS | {"calls": value}))["consents"]
    assert [item["status"] for item in consents] == ([status] if status else [])


# --- once ----------------------------------------------------------------------------------------------------------


def test_a_double_click_is_one_submission(bench: Make, record: Make) -> None:
    one = bench()
    first = record(one.browser(FIELDS | {"_id": "abc"}))["id"]
    one.now += timedelta(days=2)
    assert record(one.browser(FIELDS | {"_id": "abc"}))["id"] == first
    assert record(one.browser(FIELDS | {"_id": "abc", "message": "another"}))["id"] != first, (
        "sent again with other words"
    )
    assert record(one.browser(FIELDS | {"_id": "abd"}))["id"] != first, "the same words on purpose"


def test_without_a_hidden_id_the_words_decide_for_ten_minutes(bench: Make, record: Make) -> None:
    one = bench()
    first = record(one.browser(FIELDS))["id"]
    one.now += timedelta(seconds=5)
    assert record(one.browser(FIELDS))["id"] == first
    one.now += timedelta(minutes=10)
    assert record(one.browser(FIELDS))["id"] != first


def test_an_event_id_is_the_id_whatever_comes_with_it(bench: Make, record: Make) -> None:
    assert record(bench().program({"a": 1}, event="evt_9"))["id"] == "event:evt_9"
    assert record(bench().program({"a": 2}, event="evt_9", offset=60))["id"] == "event:evt_9"


def test_who_did_not_sign_cannot_take_an_id_away(bench: Make, record: Make) -> None:
    open_form = bench(id_field="order")
    unsigned = record(open_form.browser({"order": "7"}, webhook_id="evt_9"))["id"]
    assert unsigned == "claimed-event:evt_9"
    assert record(open_form.browser({"order": "7"}))["id"] == "claimed-id:7"


@pytest.mark.parametrize(("value", "kept"), [("A-7", "id:A-7"), (7, "id:7"), (" 7 ", "id:7")])
def test_a_field_that_names_the_submission(bench: Make, record: Make, value: Any, kept: str) -> None:
    received = bench(id_field="order", allow_unsigned=True).send(
        json.dumps({"order": value}).encode(), {"content-type": "application/json"}
    )
    assert record(received)["id"] == f"claimed-{kept}"


@pytest.mark.parametrize("value", [None, "", [], {"a": 1}, 1.5, "x" * 300, "a\nb"])
def test_a_field_that_cannot_name_it(bench: Make, record: Make, value: Any) -> None:
    received = bench(id_field="order", allow_unsigned=True).send(
        json.dumps({"order": value, "x": 1}).encode(), {"content-type": "application/json"}
    )
    kept = record(received)["id"]
    assert len(kept) < 60
    assert kept.isprintable()


# --- pages ---------------------------------------------------------------------------------------------------------


def test_the_form_page(bench: Make) -> None:
    title = 'Write <us> & "win"'
    received = bench(title=title, consents=CONSENTS).send(b"", {}, method="GET")
    page = received.body
    assert (received.status, received.content_type) == (200, "text/html")
    assert "Write &lt;us&gt; &amp; &quot;win&quot;" in page and title not in page
    assert page.count("<label") == page.count("for=") == 8
    assert (
        'action="../in/form"' in page
        and "checked" not in page
        and "<script" not in page
        and "style=" not in page
    )
    assert bench().send(b"", {}, method="GET").body != bench().send(b"", {}, method="GET").body, (
        "another _id each time"
    )


def test_the_thanks_page_and_no_page(bench: Make) -> None:
    assert "has arrived" in bench(page=False).send(b"", {}, method="GET", sent="1").body
    assert bench(page=False).send(b"", {}, method="GET").status == 404


def test_check_tells_who_may_post(bench: Make) -> None:
    one = bench()
    assert one.connector.check(one.context).details == {
        "programs": "signed",
        "sites": "https://www.example.com",
    }
    closed = bench(signing_secret=None, allowed_origins=[], page=False)
    assert closed.connector.check(closed.context).details == {"programs": "nobody", "sites": "none"}
    assert "/in/form" in closed.connector.check(closed.context).message
