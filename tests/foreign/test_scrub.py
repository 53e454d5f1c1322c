"""What programs say is fit to be shown: no secret, no person, no body; and still tells what happened."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import AuthRefused, HubError, MissingScope, SourceError, Unreachable
from hub.foreign.airbyte import Fault
from hub.foreign.failures import exit_failure, fault_failure
from hub.foreign.scrub import LONGEST, LOOKED_AT, READ, Scrub

SECRET = "s3cr3t-of-nobody"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ConnectionError: timed out after 30 s", "ConnectionError: timed out after 30 s"),
        (f"password is {SECRET}!", "password is ***!"),
        ("no customer ann.lee+x@mail.example.com", "no customer ***"),
        ("call +1 202 555 0143 now", "call *** now"),
        ("GET https://ann:pw@api.example.com/v1/people?email=ann failed", "GET https://api.example.com/… failed"),
        ("postgresql://hub:pw@db.example.com/crm refused", "postgresql://db.example.com/… refused"),
        ('Answer: {"name": "Ann Lee", "id": 7}', "Answer: {…}"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: ***"),
        ("api_key=K17 was refused", "api_key=*** was refused"),
        ("sk_live_4242424242AbCdEf4242 is wrong", "*** is wrong"),
        ("2026-07-30 12:00:00,123 | ERROR | no such table", "2026-07-30 12:00:00,123 | ERROR | no such table"),
        ("column \"n\" of relation does not exist", "column \"n\" of relation does not exist"),
        ("two\nlines\tof talk", "two lines of talk"),
    ],
)  # fmt: skip
def test_what_is_shown(said: str, shown: str) -> None:
    assert Scrub([SECRET])(said) == shown


@given(
    st.text(max_size=600), st.text("abcdefghij0123456789-", min_size=8, max_size=30), st.text(max_size=600)
)
def test_no_secret_survives_wherever_it_stands(before: str, secret: str, after: str) -> None:
    said = Scrub([secret])(f"{before} {secret} {after}")
    assert secret not in said
    assert len(said) <= LONGEST


@pytest.mark.parametrize("talk", ["[,", "{:", "a", "token", "a-", "1 ", "x@", "http://", "1-", "[", "a1-"])
def test_talk_that_is_made_to_be_slow(talk: str) -> None:
    began = time.perf_counter()
    assert len(Scrub([SECRET])(talk * 100_000)) <= LONGEST
    assert time.perf_counter() - began < 0.5


def test_half_a_secret_is_not_shown_where_a_text_is_cut() -> None:
    for before in (at for cut in (0, LONGEST, LOOKED_AT, READ) for at in range(max(cut - 40, 0), cut + 40)):
        body = "{" + "x" * before
        assert SECRET[:6] not in Scrub([SECRET])(f"{body},:}} {SECRET} tail")
        assert SECRET[:6] not in Scrub([SECRET])("x" * before + SECRET)


def test_a_secret_that_is_new_is_hidden_from_then_on() -> None:
    scrub = Scrub([])
    assert scrub("word of-nobody") == "word of-nobody", "the control"
    scrub.learn(["of-nobody"])
    assert scrub("word of-nobody") == "word ***"


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        (
            ["requests.HTTPError: 401 Client Error: Unauthorized for url: https://x.example.com/a"],
            AuthRefused,
        ),
        (["HttpError: 403 Forbidden"], MissingScope),
        (["urllib3: Max retries exceeded"], Unreachable),
        (["HTTPError: 503 Server Error"], Unreachable),
        (["KeyError: 'id'"], SourceError),
        ([], SourceError),
        (["401 Unauthorized", *["later talk"] * 20, "KeyError: 'x'"], SourceError),
    ],
)
def test_last_words_tell_who_must_act(tail: list[str], kind: type[HubError]) -> None:
    assert type(exit_failure(1, tail, Scrub([]), "shop")) is kind


def test_the_line_that_says_what_happened_is_shown() -> None:
    tail = [
        "Traceback (most recent call last):",
        "ValueError: no such field",
        '  File "x.py", line 3, in f',
        "    raise X",
        "^^^^",
    ]
    error = exit_failure(1, tail, Scrub([]), "shop")
    assert error.message == "it ended with exit code 1: ValueError: no such field"
    assert "SIGKILL" in exit_failure(-9, tail, Scrub([]), "shop").message


def test_many_faults_are_told_short() -> None:
    faults = [Fault(f"s{n}", "transient_error", f"no {n}") for n in range(5)]
    error = fault_failure(faults, Scrub([]), "shop")
    assert isinstance(error, Unreachable)
    assert error.message == "s0: no 0; s1: no 1; s2: no 2; and 2 more"
