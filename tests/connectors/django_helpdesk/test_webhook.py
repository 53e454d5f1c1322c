"""What the help desk posts: believed only with the word, and equal to what its list tells."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.django_helpdesk.client import plain
from connectors.django_helpdesk.webhook import receive
from hub import Request

SAMPLES = Path(__file__).parents[3] / "connectors" / "django_helpdesk" / "samples"
WORD = "a-long-random-word"
BODY = (SAMPLES / "webhook_followup.json").read_bytes()


def arrived(body: bytes = BODY, query: dict[str, str] | None = None, **headers: str) -> Request:
    return Request("POST", "/in/desk", query or {}, headers, body, datetime(2026, 7, 30, tzinfo=UTC))


def basic(word: str) -> str:
    return "Basic " + b64encode(f"hub:{word}".encode()).decode()


@pytest.mark.parametrize(
    "request_",
    [
        arrived(query={"token": WORD}),
        arrived(authorization=basic(WORD)),
        arrived(authorization=basic(WORD).replace("Basic", "basic")),
    ],
)
def test_with_the_word_the_ticket_lands(request_):
    answer = receive(request_, SecretStr(WORD))
    assert answer.status == 202
    assert answer.page is not None
    assert (answer.page.stream, answer.page.checkpoint, answer.page.scan) == ("tickets", None, None)
    assert answer.page.records[0]["id"] == 61


@pytest.mark.parametrize(
    "request_",
    [
        arrived(), arrived(query={"token": ""}), arrived(query={"token": WORD + "x"}), arrived(query={"token": "ü"}),
        arrived(query={"token": "\ud800"}), arrived(query={"Token": WORD}), arrived(authorization=f"Bearer {WORD}"),
        arrived(authorization="Basic %%%"), arrived(authorization=basic("other"), query={"token": WORD}),
    ],
)  # fmt: skip
def test_without_it_nothing_does(request_):
    answer = receive(request_, SecretStr(WORD))
    assert (answer.page, answer.status) == (None, 401)
    assert json.loads(answer.body)["error"]["code"] == "HUB-4412"
    assert WORD not in answer.body


def test_a_connection_without_a_word_takes_nothing():
    assert receive(arrived(query={"token": ""}), None).status == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"ticket": []}', b'{"ticket": {"id": "x"}}', b"\xff", b"[" * 100_000],
)
def test_a_body_that_is_no_ticket(body):
    answer = receive(arrived(body, query={"token": WORD}), SecretStr(WORD))
    assert (answer.page, answer.status) == (None, 400)
    assert json.loads(answer.body)["error"]["code"] == "HUB-4413"


@given(body=st.binary(max_size=200))
def test_any_bytes_are_answered(body):
    assert receive(arrived(body, query={"token": WORD}), SecretStr(WORD)).status in (202, 400)


def test_a_webhook_and_the_list_say_the_same():
    listed = next(
        each for each in json.loads((SAMPLES / "tickets.json").read_text())["results"] if each["id"] == 61
    )
    answer = receive(arrived(query={"token": WORD}), SecretStr(WORD))
    assert answer.page is not None
    assert list(answer.page.records) == [plain(listed)]
