"""The IMAP walk against servers that others wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from imap_tools.imap_utf7 import utf7_encode

from hub import AuthRefused, ConfigError, Unreachable

from .conftest import Run, dovecot, free_port, mailbox

pytestmark = pytest.mark.live


def letter(
    number: int, *, subject: str = "", sender: str = "Bo Example <bo@example.com>", text: str = "Hello"
) -> bytes:
    return (
        f"From: {sender}\r\nTo: hello@shop.example\r\nSubject: {subject or f'letter {number}'}\r\n"
        f"Date: Thu, 30 Jul 2026 18:22:{number % 60:02} +0000\r\nMessage-ID: <{number}@mail.example.com>\r\n\r\n{text}\r\n"
    ).encode()


def test_first_run_reads_all_and_the_next_one_only_what_is_new(folder, read):
    for number in range(5):
        folder.add(letter(number))
    config = folder.server.config(folders=[folder.name])
    first = read(config)
    assert first.subjects == [f"letter {number}" for number in range(5)]
    assert [record["uid"] for record in first.records] == sorted(record["uid"] for record in first.records)
    assert read(config, first.checkpoint).pages == []
    folder.add(letter(9))
    second = read(config, first.checkpoint)
    assert second.subjects == ["letter 9"]
    assert read(config, second.checkpoint).pages == []


def test_nothing_changes_on_the_server(folder, read):
    folder.add(letter(1))
    assert len(read(folder.server.config(folders=[folder.name])).records) == 1
    folder.client.select(folder.name, readonly=True)
    _, data = folder.client.fetch("1", "(FLAGS)")
    assert b"\\Seen" not in data[0]


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_run_that_was_cut_off_goes_on_in_the_middle_of_a_folder(folder, read, pages):
    for number in range(7):
        folder.add(letter(number))
    config = folder.server.config(folders=[folder.name], page_size=2)
    first = read(config, stop_after=pages)
    assert len(first.records) == 2 * pages
    rest = read(config, first.checkpoint)
    assert first.subjects + rest.subjects == [f"letter {number}" for number in range(7)]


def test_a_folder_that_was_numbered_anew_is_read_again(folder, read):
    name = f"{folder.name}v"
    folder.create(name)
    folder.add(letter(1), folder=name)
    config = folder.server.config(folders=[name])
    first = read(config)
    folder.delete(name)
    while True:  # UIDVALIDITY is made of seconds on some servers
        folder.create(name)
        folder.add(letter(1), folder=name)
        folder.add(letter(2), folder=name)
        again = read(config, first.checkpoint)
        if again.records and again.records[0]["uidvalidity"] != first.records[0]["uidvalidity"]:
            break
        folder.delete(name)
    assert again.subjects == ["letter 1", "letter 2"]
    assert again.records[0]["id"] == first.records[0]["id"]
    assert again.checkpoint["folders"][name]["uidvalidity"] == again.records[0]["uidvalidity"]


def test_a_message_keeps_its_key_when_it_is_moved(folder, read):
    other = f"{folder.name}x"
    folder.create(other)
    folder.add(letter(1))
    config = folder.server.config(folders=[folder.name, other])
    first = read(config)
    folder.client.select(folder.name)
    assert folder.client.copy("1", other)[0] == "OK"
    folder.client.store("1", "+FLAGS", "\\Deleted")
    folder.client.expunge()
    moved = read(config, first.checkpoint)
    assert [record["mailbox"] for record in moved.records] == [other]
    assert moved.records[0]["id"] == first.records[0]["id"]


def test_words_in_every_script(folder, read):
    folder.add(
        letter(
            1,
            subject="=?utf-8?B?6K6i5Y2V?= =?utf-8?Q?=E9=97=AE=E9=A2=98?=",
            sender="=?gb2312?B?zfXQocP3?= <wang@example.cn>",
        )
    )
    folder.add(
        letter(2, subject="=?iso-2022-jp?B?GyRCQ21KOBsoQg==?=", sender='"Zoë Müller" <zoe@example.com>')
    )
    folder.add(letter(3, subject="=?koi8-r?B?+sHLwdo=?="))
    run = read(folder.server.config(folders=[folder.name]))
    assert run.subjects == ["订单问题", "注文", "Заказ"]
    assert [record["from"][0]["name"] for record in run.records[:2]] == ["王小明", "Zoë Müller"]


def test_a_folder_name_in_another_script(folder, read):
    name = f"订单 & 更多 {folder.name}"
    wire = '"' + utf7_encode(name).decode() + '"'
    folder.create(wire)
    folder.add(letter(1), folder=wire)
    assert read(folder.server.config(folders=[name])).records[0]["mailbox"] == name


def test_the_sent_mail_is_read_by_default(server, read):
    name = {"pymap": "Sent", "dovecot": '"Gesendete Objekte"'}[server.name]
    with mailbox(server, "unrelated") as box:
        box.add(letter(77, sender="someone@alias.example", subject="from us"), folder=name)
    ours = [record for record in read(server.config()).records if record["subject"] == "from us"]
    assert [record["mailbox"] for record in ours] == [name.strip('"')]
    assert ours[0]["participants"][0]["is_own"], "whoever sends from our Sent folder is one of us"


def test_a_large_message_is_read_by_its_beginning(folder, read):
    folder.add(letter(1, text="It starts here.\r\n" + "x" * 400_000))
    folder.add(letter(2))
    run = read(folder.server.config(folders=[folder.name], max_size=100_000))
    assert run.subjects == ["letter 1", "letter 2"]
    large = run.records[0]
    assert large["text"].startswith("It starts here.")
    assert large["text_truncated"]
    assert large["size"] > 400_000


def test_limit_and_since(folder, read):
    for number in range(5):
        folder.add(letter(number))
    config = folder.server.config(folders=[folder.name])
    some = read(config, limit=2)
    assert len(some.records) == 2
    assert len(read(config, some.checkpoint).records) == 3
    back = read(config, some.checkpoint, since=datetime.now(UTC) - timedelta(days=2))
    assert len(back.records) == 5, "since looks back"
    assert back.checkpoint is None, "and leaves the cursor alone"
    assert read(config, since=datetime.now(UTC) + timedelta(days=3)).records == []


def test_what_is_no_mail_becomes_a_broken_record(folder, read):
    folder.add(b"\r\nno headers at all\r\n")
    folder.add(letter(1))
    run = read(folder.server.config(folders=[folder.name]))
    assert run.subjects == ["letter 1"]
    assert [item.code for page in run.pages for item in page.broken] == ["HUB-4130"]


def test_an_unchanged_mailbox_costs_one_question_per_folder(folder, read, wire):
    folder.add(letter(1))
    config = folder.server.config(folders=[folder.name, "INBOX"])
    first = read(config)
    line = wire(folder.server.port)
    read(config | {"port": line.port}, first.checkpoint)
    commands = [words[1].upper() for words in (said.split() for said in line.said) if len(words) > 1]
    assert commands.count("STATUS") == 2
    assert not {"SELECT", "EXAMINE", "UID", "FETCH"}.intersection(commands)


def test_folders_are_only_examined(folder, read, wire):
    folder.add(letter(1))
    line = wire(folder.server.port)
    assert len(read(folder.server.config(folders=[folder.name], port=line.port)).records) == 1
    said = " ".join(line.said).upper()
    assert "EXAMINE" in said
    assert "SELECT" not in said
    assert "BODY[" not in said


@pytest.mark.parametrize("bytes_", [1_000, 5_000, 9_000])
def test_a_line_that_breaks_loses_nothing(folder, read, wire, bytes_):
    for number in range(20):
        folder.add(letter(number, text="y" * 500))
    config = folder.server.config(folders=[folder.name], page_size=3)
    cut, line = Run(), wire(folder.server.port, cut_after=bytes_)
    with pytest.raises(Unreachable, match="HUB-4102"):
        read(config | {"port": line.port}, into=cut)
    rest = read(config, cut.checkpoint)
    assert len(cut.records) < 20
    assert cut.subjects + rest.subjects == [f"letter {number}" for number in range(20)]


def test_wrong_password(server, read):
    with pytest.raises(AuthRefused, match="HUB-4101") as refused:
        read(server.config(password="wrong"))
    assert "wrong" not in f"{refused.value!r}{refused.value}"


def test_wrong_token(server, read):
    with pytest.raises(AuthRefused, match="HUB-4101"):
        read(server.config(password=None, oauth_token="expired"))


def test_nothing_listens(server, read):
    with pytest.raises(Unreachable, match="HUB-4102"):
        read(server.config(port=free_port()))


def test_unknown_folder_lists_those_there_are(folder, read):
    with pytest.raises(ConfigError, match="HUB-4104") as error:
        read(folder.server.config(folders=["Nowhere"]))
    assert folder.name in error.value.hint


def test_a_certificate_of_ones_own(read):
    with dovecot(tls=True) as server:
        config = server.config(host="localhost", tls="starttls")
        with pytest.raises(ConfigError, match="HUB-4106"):
            read(config)
        assert read(config | {"ca_file": server.ca}).records == []
        with pytest.raises(ConfigError, match="HUB-4110"):
            read(config | {"ca_file": "missing.pem"})


def test_the_second_client_is_a_real_one(folder):
    """Negative control of "nothing changes": an ordinary client does set \\Seen."""
    folder.add(letter(1))
    folder.client.select(folder.name)
    folder.client.fetch("1", "(BODY[])")
    _, data = folder.client.fetch("1", "(FLAGS)")
    assert b"\\Seen" in data[0]
