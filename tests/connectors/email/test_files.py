"""Maildir, .eml folders and mbox files: first run, what is new, what changed, what went wrong."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime

import pytest

from connectors.email import files, mbox
from connectors.email.config import EmailConfig
from connectors.email.source import Email
from hub import Checkpoint, ConfigError, Selection, StreamSelection

from .conftest import NOW, context, letter


@pytest.fixture
def maildir(tmp_path):
    """put(name, raw, place) into a Maildir"""
    root = tmp_path / "Mail"

    def put(name, raw, place="new", folder=""):
        target = root / folder / place
        target.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(raw)
        return target / name

    put.root = root
    return put


MAILDIR = {"kind": "maildir", "path": "Mail"}


def test_maildir_first_run_then_only_what_is_new(maildir, read):
    for number in range(3):
        maildir(f"170000000{number}.M1.host", letter(number))
    first = read(MAILDIR)
    assert first.subjects == ["letter 0", "letter 1", "letter 2"]
    assert read(MAILDIR, first.checkpoint).pages == []
    maildir("0000000001.arrives-late-with-an-old-name", letter(9))
    assert read(MAILDIR, first.checkpoint).subjects == ["letter 9"]


def test_maildir_flags_and_the_move_to_cur_are_not_news(maildir, read):
    path = maildir("1700000001.M1.host", letter(1))
    first = read(MAILDIR)
    cur = maildir.root / "cur"
    cur.mkdir()
    path.rename(cur / "1700000001.M1.host:2,S")
    assert read(MAILDIR, first.checkpoint).pages == []
    (cur / "1700000001.M1.host:2,S").rename(cur / "1700000001.M1.host:2,RS")
    assert read(MAILDIR, first.checkpoint).pages == []
    assert read(MAILDIR).records[0]["flags"] == ["\\Answered", "\\Seen"]


def test_maildir_a_message_moved_between_folders_keeps_its_key(maildir, read):
    path = maildir("1700000001.M1.host", letter(1))
    first = read(MAILDIR)
    other = maildir.root / ".Archive.2026" / "cur"
    other.mkdir(parents=True)
    path.rename(other / "1700000001.M1.host:2,S")
    moved = read(MAILDIR, first.checkpoint)
    assert [item["mailbox"] for item in moved.records] == ["Archive/2026"]
    assert moved.records[0]["id"] == first.records[0]["id"]


def test_maildir_folders(maildir, read):
    maildir("1.a", letter(1))
    maildir("2.a", letter(2, From="nora@alias.example", To="bo@example.com"), folder=".Sent")
    maildir("3.a", letter(3), folder=".Junk")
    maildir("4.a", letter(4), folder="Nested/Trash")
    maildir("5.a", letter(5), folder=".&i6JTVQ-")
    run = read(MAILDIR)
    assert {item["mailbox"] for item in run.records} == {"INBOX", "Sent", "订单"}
    assert next(item for item in run.records if item["mailbox"] == "Sent")["direction"] == "outbound"
    assert read(MAILDIR | {"folders": ["junk"]}).subjects == ["letter 3"]
    with pytest.raises(ConfigError, match="HUB-4104") as error:
        read(MAILDIR | {"folders": ["Nowhere"]})
    assert "Junk" in error.value.hint


@pytest.mark.parametrize("stop_after", [1, 2])
def test_maildir_resumes_in_the_middle(maildir, read, stop_after):
    for number in range(7):
        maildir(f"170000000{number}.M1.host", letter(number))
    config = MAILDIR | {"page_size": 3}
    first = read(config, stop_after=stop_after)
    rest = read(config, first.checkpoint)
    assert first.subjects + rest.subjects == [f"letter {number}" for number in range(7)]


def test_maildir_limit_since_and_full(maildir, read):
    for number in range(5):
        path = maildir(f"170000000{number}.M1.host", letter(number))
        os.utime(path, (1_785_000_000 + number * 86_400,) * 2)
    some = read(MAILDIR, limit=2)
    assert len(some.records) == 2
    assert len(read(MAILDIR, some.checkpoint).records) == 3
    assert len(read(MAILDIR, some.checkpoint, full=True).records) == 5
    back = read(MAILDIR, some.checkpoint, since=datetime.fromtimestamp(1_785_000_000 + 3 * 86_400, UTC))
    assert back.subjects == ["letter 3", "letter 4"]
    assert back.checkpoint is None


def test_maildir_forgets_what_is_gone_and_reads_what_comes_back(maildir, read):
    path = maildir("1.a", letter(1))
    maildir("2.a", letter(2))
    first = read(MAILDIR)
    path.unlink()
    second = read(MAILDIR, first.checkpoint)
    assert second.records == []
    assert len(second.checkpoint["seen"]["INBOX"]) < len(first.checkpoint["seen"]["INBOX"])
    maildir("1.a", letter(1))
    assert read(MAILDIR, second.checkpoint).subjects == ["letter 1"]


def test_maildir_what_cannot_be_read_is_told_each_time_until_it_can(maildir, read):
    maildir("1.a", letter(1))
    cur = maildir.root / "cur"
    cur.mkdir()
    (cur / "2.a:2,S").symlink_to(cur / "2.a:2,S")
    first = read(MAILDIR)
    assert first.subjects == ["letter 1"]
    assert [(item.code, item.key) for item in first.broken] == [("HUB-4133", "INBOX/2.a")]
    assert [item.code for item in read(MAILDIR, first.checkpoint).broken] == ["HUB-4133"]
    (cur / "2.a:2,S").unlink()
    (cur / "2.a:2,S").write_bytes(letter(2))
    assert read(MAILDIR, first.checkpoint).subjects == ["letter 2"]


def test_maildir_drafts_wait_until_they_are_sent(maildir, read):
    path = maildir("1.a:2,DS", letter(1), place="cur")
    assert read(MAILDIR).pages == []
    path.rename(maildir.root / "cur" / "1.a:2,S")
    assert read(MAILDIR).subjects == ["letter 1"]


def test_maildir_what_is_no_plain_file_is_left_alone(maildir, read):
    maildir("1.a", letter(1))
    cur = maildir.root / "cur"
    cur.mkdir()
    os.mkfifo(cur / "3.pipe")
    (cur / "4.dir").mkdir()
    maildir(".hidden", letter(5))
    run = read(MAILDIR)
    assert (run.subjects, run.broken) == (["letter 1"], [])


def test_maildir_a_file_renamed_between_listing_and_opening(maildir, read, monkeypatch):
    path = maildir("1.a", letter(1))
    listed = list(files.maildir_files(maildir.root))
    (maildir.root / "cur").mkdir()
    path.rename(maildir.root / "cur" / "1.a:2,S")
    monkeypatch.setattr(files.FileWalk, "_files", lambda self, folder: iter(listed))
    assert read(MAILDIR).subjects == ["letter 1"]
    (maildir.root / "cur" / "1.a:2,S").unlink()
    gone = read(MAILDIR)
    assert (gone.records, gone.broken) == ([], [])


def test_maildir_that_is_none(read, tmp_path):
    (tmp_path / "Mail").mkdir()
    with pytest.raises(ConfigError, match="HUB-4110"):
        read(MAILDIR)


def test_a_large_message_is_read_by_its_beginning(maildir, read):
    maildir("1.a", letter(1, "It starts here.\n" + "x" * 300_000))
    large = read(MAILDIR | {"max_size": 100_000}).records[0]
    assert large["text"].startswith("It starts here.")
    assert large["text_truncated"]
    assert large["size"] > 300_000


EML = {"kind": "eml", "path": "saved"}


def test_eml_folder(read, tmp_path):
    root = tmp_path / "saved"
    (root / "2026").mkdir(parents=True)
    (root / "one.eml").write_bytes(letter(1))
    (root / "2026" / "TWO.EML").write_bytes(letter(2))
    (root / "readme.txt").write_text("not mail")
    (root / "picture.eml").write_bytes(b"\x89PNG\r\n\x1a\n")
    first = read(EML)
    assert sorted(first.subjects) == ["letter 1", "letter 2"]
    assert [(item.code, item.payload) for item in first.broken] == [("HUB-4130", b"\x89PNG\r\n\x1a\n")]
    assert read(EML, first.checkpoint).pages == []
    (root / "one.eml").write_bytes(letter(11))
    (root / "three.eml").write_bytes(letter(3))
    assert sorted(read(EML, first.checkpoint).subjects) == ["letter 11", "letter 3"]
    with pytest.raises(ConfigError, match="HUB-4110"):
        read(EML | {"path": "nowhere"})


MBOX = {"kind": "mbox", "path": "box"}


def entry(raw: bytes) -> bytes:
    return b"From bo@example.com Thu Jul 30 18:22:41 2026\n" + raw.replace(b"\nFrom ", b"\n>From ") + b"\n"


def test_mbox_grows(read, tmp_path):
    box = tmp_path / "box"
    box.write_bytes(entry(letter(1)) + entry(letter(2)))
    first = read(MBOX)
    assert first.subjects == ["letter 1", "letter 2"]
    assert first.records[0]["internal_date"] == "2026-07-30T18:22:41.000Z"
    assert read(MBOX, first.checkpoint).pages == []
    with box.open("ab") as file:
        file.write(entry(letter(3)))
    second = read(MBOX, first.checkpoint)
    assert second.subjects == ["letter 3"]
    assert read(MBOX, second.checkpoint).pages == []


@pytest.mark.parametrize("stop_after", [1, 2])
def test_mbox_resumes_in_the_middle(read, tmp_path, stop_after):
    (tmp_path / "box").write_bytes(b"".join(entry(letter(number)) for number in range(7)))
    config = MBOX | {"page_size": 3}
    first = read(config, stop_after=stop_after)
    rest = read(config, first.checkpoint)
    assert first.subjects + rest.subjects == [f"letter {number}" for number in range(7)]


def test_mbox_rewritten_is_read_again(read, tmp_path):
    box = tmp_path / "box"
    box.write_bytes(entry(letter(1)) + entry(letter(2)))
    first = read(MBOX)
    box.write_bytes(entry(b"Status: RO\n" + letter(1)) + entry(letter(2)) + entry(letter(3)))
    again = read(MBOX, first.checkpoint)
    assert again.subjects == ["letter 1", "letter 2", "letter 3"]
    assert [item["id"] for item in again.records[:2]] == [item["id"] for item in first.records]
    box.write_bytes(entry(letter(2)))
    assert read(MBOX, again.checkpoint).subjects == ["letter 2"], "messages were deleted"


def test_mbox_lines_that_look_like_a_beginning(read, tmp_path):
    text = "one\n\nFrom here on it gets better.\nFrom bo@example.com Thu Jul 30 18:22:41 2026\nno blank line before that"
    (tmp_path / "box").write_bytes(
        b"From - Thu Jul 30 18:22:41 2026\n" + letter(1, text) + b"\n" + entry(letter(2))
    )
    run = read(MBOX)
    assert run.subjects == ["letter 1", "letter 2"]
    assert run.records[0]["text"] == text
    escaped = letter(3, "one\n\nFrom ann@example.com Thu Jul 30 18:22:41 2026\n>From deeper")
    (tmp_path / "box").write_bytes(entry(escaped))
    assert (
        read(MBOX).records[0]["text"] == "one\n\nFrom ann@example.com Thu Jul 30 18:22:41 2026\nFrom deeper"
    )


def test_mbox_folder(read, tmp_path):
    box = tmp_path / "box"
    (box / "Archive.sbd").mkdir(parents=True)
    (box / "Inbox").write_bytes(entry(letter(1)))
    (box / "Inbox.msf").write_text("// an index, no mailbox")
    (box / "Sent").write_bytes(entry(letter(2, From="nora@alias.example", To="bo@example.com")))
    (box / "Archive.sbd" / "2026.mbox").write_bytes(entry(letter(3)))
    (box / "Trash").write_bytes(entry(letter(4)))
    run = read(MBOX)
    assert {item["mailbox"]: item["direction"] for item in run.records} == {
        "Inbox": "inbound",
        "Sent": "outbound",
        "Archive/2026": "inbound",
    }
    shutil.rmtree(box)
    with pytest.raises(ConfigError, match="HUB-4110"):
        read(MBOX)


def test_mbox_in_use_is_left_for_the_next_run(read, tmp_path):
    (tmp_path / "box").write_bytes(entry(letter(1)))
    (tmp_path / "box.lock").touch()
    assert read(MBOX).pages == []
    (tmp_path / "box.lock").unlink()
    assert read(MBOX).subjects == ["letter 1"]


def test_mbox_a_huge_message_is_not_held_in_memory(tmp_path):
    box = tmp_path / "box"
    box.write_bytes(entry(letter(1, "start\n" + "y" * 2_000_000)) + entry(letter(2)))
    with box.open("rb") as file:
        large, small = mbox.slices(file, 0, box.stat().st_size, 500_000)
    assert len(large.raw) < 500_000 < large.size
    assert b"letter 2" in small.raw


def test_mbox_without_a_beginning_is_a_broken_record(read, tmp_path):
    (tmp_path / "box").write_bytes(b"just text\n\n" + entry(letter(1)))
    run = read(MBOX)
    assert run.subjects == ["letter 1"]
    assert [item.code for item in run.broken] == ["HUB-4130"]


def test_stopping_ends_at_a_checkpoint(maildir, tmp_path):
    for number in range(5):
        maildir(f"{number}.a", letter(number))
    source = Email(EmailConfig(**MAILDIR, own_domains=["shop.example"], page_size=2))
    wanted = Selection((StreamSelection("messages"),), NOW)
    pages = list(source.read(wanted, Checkpoint(), context(tmp_path, stopping=lambda: True)))
    assert [len(page.records) for page in pages] == [2]
    assert pages[0].checkpoint is not None


def test_check_counts_the_folders(maildir, tmp_path):
    maildir("1.a", letter(1))
    maildir("2.a", letter(2), folder=".Sent")
    result = Email(EmailConfig(**MAILDIR, own_domains=["shop.example"])).check(context(tmp_path))
    assert result.details == {"folders": "INBOX, Sent"}
