"""Mail made to break its reader: every message gives a record or a reason, in bounded time."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.mail.landing import land_mail
from hub.mail.mime import MAX_DEPTH, MAX_PARTS, parse
from hub.mail.parse import MailOrigin, MailReader
from hub.mail.people import OwnAddresses

READER = MailReader(OwnAddresses(frozenset(), frozenset({"shop.example"})), 20_000)
HEAD = b"From: Ann <ann@example.com>\nTo: x@shop.example\nSubject: s\nMessage-ID: <1@example.com>\n"
#: Seconds for one message of at most 10 MB; RELIABILITY says 2, and this machine may be busy.
SLOW = 4.0

NESTED = b"".join(
    b'--b%d\nContent-Type: multipart/mixed; boundary="b%d"\n\n' % (i, i + 1) for i in range(10_000)
)
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
HTML = HEAD + b"Content-Type: text/html\n\n"
SENDER = b"From: a@example.com\n"

CORPUS = {
    "nested 10,000 deep": HEAD + b'Content-Type: multipart/mixed; boundary="b0"\n\n' + NESTED,
    "10,000 parts": MIXED + b"--b\nContent-Type: text/plain\n\nx\n" * 10_000 + b"--b--",
    "one boundary for all levels": MIXED + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 10_000,
    "boundaries that are none": MIXED + b"--bb" * 2_000_000,
    "lines that are almost boundaries": MIXED + b"\n--bb" * 2_000_000,
    "no boundary named": HEAD + b"Content-Type: multipart/mixed\n\n--x\n\nhello\n--x--",
    "empty boundary": HEAD + b'Content-Type: multipart/mixed; boundary=""\n\n--\n\nhello',
    "boundary never closed": MIXED + b"--b\n\nhello",
    "10 MB subject": SENDER + b"Subject: " + b"x" * 10_000_000 + b"\n\nhello",
    "10 MB folded header": SENDER + b"Subject: " + b"x\n " * 3_000_000 + b"\n\nhello",
    "10 MB of headers": SENDER + b"X: y\n" * 2_000_000 + b"\nhello",
    "10 MB of receivers": SENDER + b"To: " + b"a@b.example, " * 800_000 + b"\n\nhello",
    "receivers in many headers": SENDER + (b"To: " + b"a@b.example," * 5_000 + b"\n") * 100 + b"\nhello",
    "brackets": b"From: " + b"(" * 60_000 + b"\nTo: " + b'"\\' * 30_000 + b"\n\nhello",
    "encoded words": SENDER + b"Subject: " + b"=?utf-8?q?=C3=?= " * 6_000 + b"\n\nhello",
    "half encoded words": SENDER + b"Subject: " + b"=?" * 30_000 + b"\n\nhello",
    "parameters": HEAD + b"Content-Type: multipart/mixed; " + b'a=";' * 20_000 + b"boundary=b\n\n--b\n\nx\n--b--",
    "split parameters": MIXED + (b"--b\nContent-Disposition: attachment; " + b"".join(b"filename*%d=a;" % i for i in range(200)) + b"\n\nx\n") * 300,
    "opening brackets": HTML + b"<" * 8_000_000,
    "comments": HTML + b"<!--" * 2_000_000,
    "scripts": HTML + b"<script" * 1_000_000,
    "entities": HTML + b"&#x" * 3_000_000,
    "quotes in quotes": HTML + b"<blockquote>x" * 700_000,
    "short lines": HEAD + b"\n" + b"a\n" * 5_000_000,
    "attributions": HEAD + b"\n" + (b"On " + b"x wrote " * 30 + b":\n") * 30_000,
    "headers in the text": HEAD + b"\n" + b"From: x\n" * 1_000_000,
    "dashes": HEAD + b"\n" + (b"-" * 190 + b"\n") * 30_000,
    "a signature of digits": HEAD + b"\nhello\n-- \n" + b"\n".join([b"tel: +1 ( " * 30] * 15),
    "base64": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"A" * 10_000_001,
    "quoted-printable": HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 10_000_000,
    "punycode": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 200_000 + b"-" + b"z" * 200_000,
    "utf-7": HEAD + b"Content-Type: text/plain; charset=utf-7\n\n" + b"+" * 2_000_000,
    "iso-2022-jp": HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + b"\x1b$B" * 1_000_000,
    "NUL": HEAD.replace(b"Ann", b"A\0nn") + b"\n" + b"\0" * 1_000,
    "bad UTF-8": HEAD.replace(b"Ann", b"\xff\xfe") + b"\n\xff\xfe\xf0\x80",
    "references": SENDER + (b"References: " + b"<a@b> " * 10_000 + b"\n") * 50 + b"\nhello",
    "delivery status": HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + b"a: b\n\n" * 1_000_000,
    "blank parts": MIXED + b"--b\n" + b"\n" * 8_000_000,
    "one long line": HEAD + b"\n" + b"a" * 10_000_000,
    "carriage returns": HEAD.replace(b"\n", b"\r") + b"\r\rhello",
    "empty From": b"From:\nTo:\nSubject:\n\nhello",
    "date out of range": SENDER + b"Date: Mon, 99 Foo 99999 99:99:99 +9999999\n\nhello",
}  # fmt: skip


def check(raw: bytes) -> None:
    landed = land_mail(READER, raw, MailOrigin("INBOX", size=len(raw)), "key")
    assert (landed.record is None) != (landed.broken is None)
    if landed.record is not None:
        # strict JSON in UTF-8: no half surrogates, no NaN
        text = json.dumps(landed.record, ensure_ascii=False, allow_nan=False).encode()
        assert b"\\u0000" not in text
        assert landed.record["id"]
        assert len(text) < 2_000_000
    else:
        assert landed.broken.code == "HUB-4130"
        assert len(landed.broken.payload) <= 65_536


@pytest.mark.parametrize("name", CORPUS)
def test_corpus(name):
    start = time.perf_counter()
    check(CORPUS[name])
    assert time.perf_counter() - start < SLOW


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3_000))
def test_any_bytes(raw):
    check(raw)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_after_a_good_start(raw):
    check(HEAD + raw)


NAMES = st.sampled_from(
    [b"From", b"To", b"Cc", b"Subject", b"Date", b"Message-ID", b"References", b"Content-Type", b"Content-Disposition",
     b"Content-Transfer-Encoding", b"Return-Path", b"Auto-Submitted", b"List-Post", b"X-Failed-Recipients", b"Received"]
)  # fmt: skip
PIECES = st.sampled_from(
    [b'"', b"<", b">", b"(", b")", b",", b";", b":", b"@", b"=?utf-8?B?", b"=?gb2312?Q?", b"?=", b"=", b"*0*=", b"%ff",
     b"multipart/mixed", b"multipart/report", b"message/delivery-status", b"text/html", b"boundary=b", b"charset=utf-16",
     b"charset=idna", b"ann@example.com", b"filename*=utf-8''%E5", b"base64", b"\n ", b"\xff", b"\xe4\xbd", b"\0", b"9999",
     b"Mon, 1 Jan 2026 00:00:00 +0000", b"--b\n", b"--b--", b"x" * 70]
)  # fmt: skip
VALUE = st.lists(PIECES, max_size=12).map(b"".join)
BODY = st.lists(
    st.sampled_from(
        [b"--b\n", b"--b--\n", b"\n", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: text/html\n", b"<p>x<",
         b"On Monday Ann wrote:\n", b"> quoted\n", b"-- \n", b"Tel: +1 202 555 0143\n", b"Best regards,\n", b"From: a\n",
         b"To: b\n", b"Subject: c\n", b"Final-Recipient: rfc822; a@example.com\n", b"Action: failed\n", b"\xff\xfe", b"=C3",
         b"Content-Transfer-Encoding: base64\n"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUE), max_size=12), BODY)
def test_shapes_of_mail_gone_wrong(headers, body):
    check(b"".join(name + b": " + value + b"\n" for name, value in headers) + b"\n" + body)


SAMPLES = [
    path.read_bytes() for path in sorted(Path(__file__).parents[2].glob("connectors/email/samples/*.eml"))
]


def mutated(chance: random.Random) -> bytes:
    """A sample with pieces flipped, cut, doubled, swapped with another's, or grown."""
    raw = bytearray(chance.choice(SAMPLES))
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) or 1)
        length = chance.choice((1, 2, 8, 40, 200))
        other = chance.choice(SAMPLES)
        start = chance.randrange(len(other))
        match chance.randrange(5):
            case 0:
                raw[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del raw[at : at + length]
            case 2:
                raw[at:at] = raw[at : at + length] * chance.choice((1, 2, 50))
            case 3:
                raw[at : at + length] = other[start : start + length]
            case _:
                raw[at:at] = chance.choice(
                    (b"\0", b"\xff\xfe", b"\n\n", b'"', b"<", b"=?", b"--", b";", b"\xe2\x80\xae", b"(" * 99)
                )
    return bytes(raw)


def check_mutations(count: int) -> None:
    chance = random.Random(2026)
    for number in range(count):
        raw = mutated(chance)
        start = time.perf_counter()
        check(raw)
        assert time.perf_counter() - start < 2, f"mutation {number} takes too long"


def test_samples_gone_wrong():
    check_mutations(3_000)


@pytest.mark.nightly
def test_samples_gone_wrong_100_000_times():
    check_mutations(100_000)


def test_limits_are_told():
    deep, wide = parse(CORPUS["nested 10,000 deep"]), parse(CORPUS["10,000 parts"])
    assert deep.defects == ("nested too deep",)
    assert wide.defects == ("too many parts",)
    assert len(wide.parts) == MAX_PARTS
    assert MAX_DEPTH < 100


def test_the_standard_parser_would_not_do():
    """Negative control: why the splitting is ours."""
    import email
    import email.policy

    with pytest.raises(RecursionError):
        email.message_from_bytes(CORPUS["nested 10,000 deep"], policy=email.policy.default)
