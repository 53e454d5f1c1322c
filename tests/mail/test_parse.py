"""What a message becomes: keys, threads, direction, people, kinds, attachments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.mail.parse import NotMail
from hub.mail.people import OwnAddresses, is_list, is_machine, is_no_reply, is_role

from .letters import letter


def people(record):
    return {item["address"]: item for item in record["participants"]}


def customers(record):
    return {item["address"] for item in record["participants"] if item["is_customer"]}


def test_the_same_message_has_the_same_key_wherever_it_is(record):
    received = b"Received: from a by b; Thu, 30 Jul 2026 18:22:44 +0000\nStatus: RO\n" + letter(1)
    assert record(letter(1))["id"] == record(received, mailbox="All Mail")["id"]
    assert record(letter(1))["id"] == record(letter(1).replace(b"\n", b"\r\n"))["id"]


def test_a_sender_that_gives_all_its_mails_one_id_loses_none(record):
    one = letter(1, Message_ID="<form@localhost>")
    two = letter(1, Message_ID="<form@localhost>", Date="Thu, 30 Jul 2026 18:25:00 +0000")
    assert record(one)["id"] != record(two)["id"]


def test_without_a_message_id_the_content_is_the_key(record):
    bare = {"Message_ID": ""}
    assert record(letter(1, **bare))["id"] == record(letter(1, **bare).replace(b"\n", b"\r\n"))["id"]
    assert record(letter(1, **bare))["id"] != record(letter(1, "Other text", **bare))["id"]
    assert record(letter(1, **bare))["id"].startswith("no-id#")


def test_an_endless_message_id_is_no_endless_key(record):
    assert len(record(letter(1, Message_ID=f"<{'x' * 480}@example.com>"))["id"]) < 100


def test_threads(record):
    root = record(letter(1))
    answer = record(letter(2, In_Reply_To="<1@mail.example.com>", References="<1@mail.example.com>"))
    later = record(letter(3, References="<1@mail.example.com>\n <2@mail.example.com>"))
    assert {item["thread_id"] for item in (root, answer, later)} == {"1@mail.example.com"}
    assert (answer["in_reply_to"], later["in_reply_to"]) == ("1@mail.example.com", "2@mail.example.com")


@pytest.mark.parametrize(
    ("sender", "to", "direction"),
    [
        ("ann@example.com", "hello@shop.example", "inbound"),
        ("nora@shop.example", "ann@example.com", "outbound"),
        ("nora@eu.shop.example", "team@shop.example", "internal"),
        ("nora@shop.example", "team@shop.example, ann@example.com", "outbound"),
        ("nora@shop.example", "", "outbound"),
        ("nora@othershop.example", "ann@example.com", "inbound"),
    ],
)
def test_direction(record, sender, to, direction):
    assert record(letter(1, From=sender, To=to))["direction"] == direction


def test_whoever_sends_from_our_sent_folder_is_one_of_us(record):
    sent = record(letter(1, From="nora@alias.example", To="ann@example.com"), mailbox="Sent", sent=True)
    assert sent["direction"] == "outbound"
    assert people(sent)["nora@alias.example"]["is_employee"]
    assert customers(sent) == {"ann@example.com"}


def test_who_is_a_customer(record):
    found = record(
        letter(
            1,
            To="Hello <hello@shop.example>, Bo <bo@example.org>, no-reply@example.org, wrong@localhost",
            Cc="discuss-request@lists.example.org, nora@shop.example, info@example.org",
            Reply_To="Ann Home <ann@home.example>",
        )
    )
    assert customers(found) == {"bo@example.com", "ann@home.example", "bo@example.org", "info@example.org"}
    cast = people(found)
    assert cast["nora@shop.example"]["is_employee"]
    assert not cast["hello@shop.example"]["is_employee"], "a desk of ours is no colleague"
    assert cast["info@example.org"]["is_role"]
    assert "wrong@localhost" not in cast


def test_each_address_takes_part_once(record):
    found = record(
        letter(1, To="bo@example.com, ann@example.com", Cc="Ann@Example.com", Reply_To="bo@example.com")
    )
    assert [(item["role"], item["address"]) for item in found["participants"]] == [
        ("from", "bo@example.com"),
        ("to", "ann@example.com"),
    ]


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, "message"),
        ({"Auto_Submitted": "no"}, "message"),
        ({"Auto_Submitted": "auto-replied; owner=x"}, "auto_reply"),
        ({"X_Autoreply": "yes"}, "auto_reply"),
        ({"Precedence": "auto_reply"}, "auto_reply"),
        ({"Subject": "Out of office: back on Monday"}, "auto_reply"),
        ({"Subject": "Abwesenheitsnotiz"}, "auto_reply"),
        ({"Subject": "自动回复: 订单"}, "auto_reply"),
        ({"Subject": "How do I set up an automatic reply?"}, "message"),
        ({"List_Id": "<x.example.org>"}, "list"),
        ({"List_Unsubscribe": "<https://example.org/leave>"}, "list"),
        ({"Precedence": "bulk"}, "list"),
        ({"Return_Path": "<>", "Subject": "Undelivered Mail Returned to Sender"}, "bounce"),
        ({"From": "MAILER-DAEMON@mx.example.org", "Subject": "failure notice"}, "bounce"),
        ({"X_Failed_Recipients": "jo@example.org"}, "bounce"),
        ({"Subject": "My parcel could not be delivered"}, "message"),
    ],
)
def test_kinds(record, headers, kind):
    assert record(letter(1, **headers))["kind"] == kind


def test_a_bounce_in_words(record):
    text = "The following address failed:\n\n  <jo.rivera@example.org>:\n    550 5.1.1 no such user\n"
    found = record(letter(1, text, From="MAILER-DAEMON@mx.example.org", Subject="failure notice"))
    assert found["bounce"] == {"recipient": "jo.rivera@example.org", "status": "5.1.1", "permanent": True}
    assert customers(found) == set()


@pytest.mark.parametrize(
    ("action", "status", "kind", "permanent"),
    [
        ("failed", "5.1.1", "bounce", True),
        ("failed", "4.2.2", "bounce", False),
        ("delayed", "4.4.1", "bounce", False),
        ("delivered", "2.0.0", "delivered", None),
        ("relayed", "2.0.0", "delivered", None),
    ],
)
def test_delivery_reports(record, action, status, kind, permanent):
    report = f"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; jo@example.org\nAction: {action}\nStatus: {status}\n"
    found = record(_report("delivery-status", report))
    assert found["kind"] == kind
    assert (found["bounce"] or {}).get("permanent") is permanent
    assert found["in_reply_to"] == "original@shop.example"


def test_a_report_on_several_is_about_the_one_that_failed(record):
    report = (
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@example.org\nAction: delivered\n\n"
        "Final-Recipient: rfc822; b@example.org\nAction: failed\nStatus: 5.0.0\n"
    )
    assert record(_report("delivery-status", report))["bounce"]["recipient"] == "b@example.org"


@pytest.mark.parametrize(
    ("type_", "kind"), [("disposition-notification", "opened"), ("feedback-report", "complaint")]
)
def test_other_reports(record, type_, kind):
    assert record(_report(type_, "Original-Recipient: rfc822; jo@example.org\n"))["kind"] == kind


def _report(type_, content):
    body = (
        f"--r\nContent-Type: message/{type_}\n\n{content}\n--r\nContent-Type: message/rfc822\n\n"
        "Message-ID: <original@shop.example>\nSubject: x\n\nbody\n--r--"
    )
    return letter(1, body, From="postmaster@mx.example.org", Content_Type="multipart/report; boundary=r")


def test_the_signature_is_the_senders(record):
    text = "Hello\n\n-- \nBo Example\nT: +1 202 555 0143\nBlue Lantern Ltd"
    inbound = record(letter(1, text))
    assert people(inbound)["bo@example.com"]["phone"] == "+1 202 555 0143"
    assert people(inbound)["bo@example.com"]["company"] == "Blue Lantern Ltd"
    outbound = record(letter(1, text, From="nora@shop.example", To="ann@example.com"))
    assert outbound["signature"] is None
    assert all("phone" not in item for item in outbound["participants"])


def test_attachments_are_named_never_kept(record):
    parts = (
        "--b\nContent-Type: text/plain\n\nSee below\n"
        '--b\nContent-Type: application/pdf; name="=?utf-8?B?5Y+R56Wo?=.pdf"\nContent-Transfer-Encoding: base64\n\nc2VjcmV0IGNvbnRlbnQ=\n'
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=note.txt\n\nattached words\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: x@example.org\nSubject: inner\n\ninner words\n--b--"
    )
    found = record(letter(1, parts, Content_Type="multipart/mixed; boundary=b"))
    assert [(item["name"], item["type"], item["size"]) for item in found["attachments"][:2]] == [
        ("发票.pdf", "application/pdf", 14),
        ("note.txt", "text/plain", 14),
    ]
    assert found["attachments"][2]["type"] == "message/rfc822"
    assert len(found["attachments"][0]["sha256"]) == 16
    assert found["text"] == "See below"
    assert "secret" not in str(found)


def test_the_plain_text_goes_before_html(record):
    parts = "--b\nContent-Type: text/html; charset=utf-8\n\n<p>html words</p>\n--b\nContent-Type: text/plain\n\nplain words\n--b--"
    assert record(letter(1, parts, Content_Type="multipart/alternative; boundary=b"))["text"] == "plain words"
    assert record(letter(1, "<p>Hi <b>Ann</b></p>", Content_Type="text/html"))["text"] == "Hi Ann"


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", "Grüße".encode(), "Grüße"),
        ("iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("iso-8859-1", "Grüße".encode(), "Grüße"),  # says Latin-1, is UTF-8
        ("us-ascii", "“quoted”".encode("cp1252"), "“quoted”"),
        ("utf-8", "Grüße".encode("latin-1"), "Grüße"),  # says UTF-8, is Latin-1
        ("gb2312", "訂單".encode("gb18030"), "訂單"),  # says GB 2312, needs more
        ("x-unknown", "Grüße".encode(), "Grüße"),
        ("shift_jis", "注文①".encode("cp932"), "注文①"),
        ("utf-8", "你好".encode() + b"\xff!", "你好\ufffd!"),
        ("zlib", b"x", "x"),
    ],
)
def test_charsets_as_they_are_misused(record, charset, content, text):
    raw = letter(1, "", Content_Type=f"text/plain; charset={charset}") + content
    assert record(raw)["text"] == text


def test_eight_bit_headers(record):
    assert record(letter(1, Subject="Grüße 你好"))["subject"] == "Grüße 你好"
    raw = letter(1, Content_Type="text/plain; charset=gb18030", Subject="MARK").replace(
        b"MARK", "订单".encode("gb18030")
    )
    assert record(raw)["subject"] == "订单"


def test_a_wrong_clock_does_not_reach_the_time_line(record):
    arrived = datetime(2026, 7, 30, 18, 0, tzinfo=UTC)
    ahead = record(letter(1, Date="Thu, 30 Jul 2099 18:22:41 +0000"), arrived=arrived)
    assert (ahead["occurred_at"], ahead["date"]) == ("2026-07-30T18:00:00.000Z", "2099-07-30T18:22:41.000Z")
    assert (
        record(letter(1, Date="1 Jan 1970 00:00:00 +0000"), arrived=arrived)["occurred_at"]
        == "2026-07-30T18:00:00.000Z"
    )
    late = record(letter(1, Date="Wed, 1 Jul 2026 10:00:00 +0000"), arrived=arrived)
    assert late["occurred_at"] == "2026-07-01T10:00:00.000Z", "mail may take its time"
    hop = b"Received: from a by b; Thu, 30 Jul 2026 18:22:44 +0000\n"
    assert record(hop + letter(1, Date="nonsense"))["occurred_at"] == "2026-07-30T18:22:44.000Z"


def test_how_much_text_is_kept(record):
    raw = letter(1, "word " * 1_000 + "\n\nOn Thu, 30 Jul 2026, Ann wrote:\n> " + "old " * 2_000)
    assert len(record(raw, keep_body=100)["text"]) == 100
    assert record(raw, keep_body=100)["text_truncated"]
    assert len(record(raw)["quoted"]) == 2_000
    none = record(raw, keep_body=0)
    assert (none["text"], none["quoted"], none["signature_text"]) == (None, None, None)
    assert "word" not in str(none)


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n\x00", b"hello world\n", b"{}", b"X: y\n\nbody"]
)
def test_what_is_no_mail(record, raw):
    with pytest.raises(NotMail):
        record(raw)


def test_kinds_of_addresses():
    assert all(map(is_no_reply, ("noreply@x.example", "no-reply@x.example", "do_not_reply@x.example", "donotreply@x.example",
                                 "dont-reply@x.example", "news.noreply@x.example", "noreply+7@x.example")))  # fmt: skip
    assert not any(map(is_no_reply, ("reply@x.example", "norah@x.example", "nora.reply@x.example")))
    assert all(
        map(
            is_machine,
            ("MAILER-DAEMON@x".lower(), "postmaster@x", "bounces+7=a@x", "notifications@x", "newsletter@x"),
        )
    )
    assert not any(map(is_machine, ("bounceland@x", "ann@x", "systema@x")))
    assert (
        is_list("owner-news@x.example")
        and is_list("all@lists.example.org")
        and not is_list("ann@example.org")
    )
    assert is_role("info@x.example") and is_role("sales+eu@x.example") and not is_role("informa@x.example")
    us = OwnAddresses(frozenset({"shop@gmail.example"}), frozenset({"shop.example"}))
    assert us.owns("shop@gmail.example") and us.owns("a@b.shop.example") and not us.owns("a@notshop.example")
    assert not us.owns("") and not us.owns("other@gmail.example")
