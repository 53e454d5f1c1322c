"""The mailbox for demos holds what it was given, once."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.email import hub_fakes
from connectors.email.fake import Letter, as_message, write_maildir

LETTERS = [
    Letter(
        ("王小明", "wang@example.cn"), [("Tea Shop", "hello@shop.example")], "订单 1042", "你好",
        datetime(2026, 7, 30, 18, 22, tzinfo=UTC), cc=[("Ann Lee", "ann@example.com")], html="<p>你好</p>",
        attachments=[("发票.pdf", b"%PDF")],
    ),
    Letter(
        ("Nora Fields", "nora@shop.example"), [("王小明", "wang@example.cn")], "Re: 订单 1042", "On its way",
        datetime(2026, 7, 30, 19, tzinfo=UTC), in_reply_to="x@example.cn", references=["x@example.cn"], folder="Sent",
    ),
]  # fmt: skip


def test_what_is_written_is_read(tmp_path, read):
    assert write_maildir(tmp_path / "Mail", LETTERS) == 2
    run = read({"kind": "maildir", "path": "Mail"})
    assert [(item["mailbox"], item["subject"], item["text"]) for item in run.records] == [
        ("INBOX", "订单 1042", "你好"),
        ("Sent", "Re: 订单 1042", "On its way"),
    ]
    assert run.records[0]["attachments"][0]["name"] == "发票.pdf"
    assert run.records[1]["thread_id"] == "x@example.cn"


def test_writing_again_adds_nothing(tmp_path, read):
    write_maildir(tmp_path / "Mail", LETTERS)
    first = read({"kind": "maildir", "path": "Mail"})
    assert write_maildir(tmp_path / "Mail", LETTERS) == 0
    assert read({"kind": "maildir", "path": "Mail"}, first.checkpoint).pages == []


def test_a_message_of_the_standard_library_will_do(tmp_path, read):
    message = as_message(LETTERS[0])
    assert [write_maildir(tmp_path / "Mail", [message]) for _ in range(2)] == [1, 0]
    assert read({"kind": "maildir", "path": "Mail"}).subjects == ["订单 1042"]


def test_it_is_found_by_its_hook():
    assert hub_fakes() == {"email": write_maildir}
