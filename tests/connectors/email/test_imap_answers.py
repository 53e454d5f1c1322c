"""Servers that answer oddly, refuse, or are of another make."""

from __future__ import annotations

import pytest

from hub import AuthRefused, BadAnswer, Unreachable

from .conftest import letter
from .imap_script import scripted


def item(number: int, uid: int, raw: bytes, *, before: str = "", after: str = "") -> bytes:
    """A FETCH answer with a literal."""
    return (
        f"* {number} FETCH ({before}UID {uid} BODY[] {{{len(raw)}}}\r\n".encode() + raw + f"{after})".encode()
    )


def fetch(bodies: dict[int, bytes], **odd):
    """Envelopes and bodies of messages, by UID."""

    def answer(command: str):
        if "RFC822.SIZE" in command:
            return [
                f'* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)} INTERNALDATE "30-Jul-2026 18:22:41 +0000" FLAGS ())'
                for uid, raw in bodies.items()
            ]
        return odd.get("lines") or [item(uid, uid, raw) for uid, raw in bodies.items()]

    return answer


ONE, TWO = letter(1), letter(2)
OWN = {"own_domains": ["shop.example"]}


def test_the_script_is_a_server(read):
    with scripted(UID_FETCH=fetch({1: ONE, 2: TWO})) as server:
        run = read(server.config | OWN)
        assert run.subjects == ["letter 1", "letter 2"]
        assert run.records[0]["internal_date"] == "2026-07-30T18:22:41.000Z"
        assert run.checkpoint == {"folders": {"INBOX": {"uidvalidity": 7, "last_uid": 2, "modseq": None}}}


@pytest.mark.parametrize(
    "lines",
    [
        [item(1, 1, ONE, after=" FLAGS (\\Seen)"), item(2, 2, TWO, before="FLAGS () ")],
        [
            "* 1 FETCH (FLAGS (\\Seen))",
            item(1, 1, ONE),
            "* 9 EXISTS",
            item(2, 2, TWO),
            "* 2 FETCH (FLAGS ())",
        ],
        [item(2, 2, TWO), item(1, 1, ONE)],
        [item(1, 1, ONE), item(2, 2, TWO), item(9, 9, letter(9))],
    ],
    ids=["attributes around", "unasked news between", "another order", "more than asked"],
)
def test_answers_of_many_shapes(read, lines):
    with scripted(UID_FETCH=fetch({1: ONE, 2: TWO}, lines=lines)) as server:
        assert read(server.config | OWN).subjects == ["letter 1", "letter 2"]


def test_a_message_in_quotes_or_none_at_all(read):
    lines = ['* 1 FETCH (UID 1 BODY[] "Subject: short")', "* 2 FETCH (UID 2 BODY[] NIL)"]
    with scripted(UID_FETCH=fetch({1: ONE, 2: TWO}, lines=lines)) as server:
        run = read(server.config | OWN)
        assert run.subjects == ["short"]
        assert [(broken.code, broken.key) for broken in run.broken] == [("HUB-4130", "INBOX/7/2")]


def test_the_last_message_is_named_again_by_an_open_range_and_dropped(read):
    cursor = {"folders": {"INBOX": {"uidvalidity": 7, "last_uid": 2, "modseq": None}}}
    status = ["* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 9 MESSAGES 2)"]
    with scripted(STATUS=status, UID_SEARCH=["* SEARCH 2"]) as server:
        run = read(server.config | OWN, cursor)
        assert "UID SEARCH UID 3:*" in server.said
        assert run.records == []
        assert run.checkpoint["folders"]["INBOX"]["last_uid"] == 8, "so that the next run need not look"


def test_a_message_that_is_not_handed_over_is_told(read):
    def answer(command):
        if "RFC822.SIZE" in command:
            return fetch({1: ONE, 2: TWO})(command)
        return [item(1, 1, ONE)] if command.startswith("UID FETCH 1") else ["NO damaged"]

    with scripted(UID_FETCH=answer) as server:
        run = read(server.config | OWN)
        assert run.subjects == ["letter 1"]
        assert [(broken.code, broken.key) for broken in run.broken] == [("HUB-4132", "INBOX/7/2")]


def test_a_message_that_went_meanwhile_is_no_loss(read):
    def search(command):
        return ["* SEARCH 1 2"] if "*" in command else ["* SEARCH"]

    with scripted(UID_FETCH=fetch({1: ONE}), UID_SEARCH=search) as server:
        run = read(server.config | OWN)
        assert (run.subjects, run.broken) == (["letter 1"], [])


def test_a_server_that_hands_over_nothing_is_asked_another_time(read):
    def answer(command):
        return fetch({1: ONE, 2: TWO})(command) if "RFC822.SIZE" in command else ["NO sorry"]

    with scripted(UID_FETCH=answer) as server, pytest.raises(Unreachable, match="HUB-4103"):
        read(server.config | OWN)


@pytest.mark.parametrize("said", ["NO [UNAVAILABLE] later", "NO Request is throttled", "NO [LIMIT] too many"])
def test_throttling_loses_nothing(read, said):
    def answer(command):
        return fetch({1: ONE, 2: TWO})(command) if "RFC822.SIZE" in command else [said]

    with scripted(UID_FETCH=answer) as server, pytest.raises(Unreachable, match="HUB-4103"):
        read(server.config | OWN)


@pytest.mark.parametrize(
    ("said", "error", "code"),
    [
        ("NO [AUTHENTICATIONFAILED] Invalid credentials for u (p)", AuthRefused, "HUB-4101"),
        ("NO login failed", AuthRefused, "HUB-4101"),
        ("NO [ALERT] Too many simultaneous connections", Unreachable, "HUB-4103"),
        ("NO [UNAVAILABLE] Temporary authentication failure", Unreachable, "HUB-4103"),
    ],
)
def test_refusals_at_the_door(read, said, error, code):
    with scripted(AUTHENTICATE=[said]) as server, pytest.raises(error, match=code) as refused:
        read(server.config | OWN)
    assert "(p)" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_server_that_is_no_mail_server(read):
    with (
        scripted(greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server,
        pytest.raises(BadAnswer, match="HUB-4105"),
    ):
        read(server.config | OWN)


def test_a_server_that_hangs_up(read):
    with scripted(greeting=b"* BYE too busy\r\n") as server, pytest.raises((Unreachable, BadAnswer)):
        read(server.config | OWN)


def test_log_in_where_plain_is_not_offered(read):
    with scripted(
        CAPABILITY=["* CAPABILITY IMAP4rev1"], LOGIN=[], UID_FETCH=fetch({1: ONE, 2: TWO})
    ) as server:
        assert len(read(server.config | OWN).records) == 2
        assert any(said.startswith("LOGIN") for said in server.said)


def test_unchanged_by_modseq_where_uidnext_is_not_told(read):
    cursor = {"folders": {"INBOX": {"uidvalidity": 7, "last_uid": 2, "modseq": 41}}}
    with_modseq = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=PLAIN CONDSTORE"]}
    for modseq, looked in ((41, False), (42, True)):
        status = [f"* STATUS INBOX (UIDVALIDITY 7 HIGHESTMODSEQ {modseq})"]
        with scripted(STATUS=status, UID_SEARCH=["* SEARCH 2"], **with_modseq) as server:
            read(server.config | OWN, cursor)
            assert any("HIGHESTMODSEQ" in said for said in server.said)
            assert any(said.startswith("UID SEARCH") for said in server.said) is looked


def test_gmail_is_read_by_all_mail_without_drafts(read):
    folders = [
        '* LIST (\\HasNoChildren) "/" "INBOX"',
        '* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"',
        '* LIST (\\All \\HasNoChildren) "/" "[Gmail]/All Mail"',
        '* LIST (\\HasNoChildren \\Sent) "/" "[Gmail]/Sent Mail"',
    ]

    def answer(command):
        if "RFC822.SIZE" not in command:
            return [item(1, 1, ONE)]
        lines = fetch({1: ONE, 2: TWO})(command)
        return [
            line.replace("FLAGS ()", "FLAGS (\\Draft)", 1) if "UID 2 " in line else line for line in lines
        ]

    gmail = ["* CAPABILITY IMAP4rev1 AUTH=PLAIN X-GM-EXT-1 CONDSTORE"]
    with scripted(CAPABILITY=gmail, LIST=folders, UID_FETCH=answer) as server:
        run = read(server.config | OWN)
        assert [record["mailbox"] for record in run.records] == ["[Gmail]/All Mail"]
    with scripted(LIST=folders, UID_FETCH=fetch({1: ONE, 2: TWO})) as server:
        run = read(server.config | OWN)
        assert {record["mailbox"] for record in run.records} == {"INBOX", "[Gmail]/Sent Mail"}


def test_many_messages_are_asked_for_in_ranges(read):
    bodies = {uid: letter(uid) for uid in (*range(1, 6), 9, 11)}
    found = ["* SEARCH " + " ".join(map(str, bodies))]
    with scripted(UID_FETCH=fetch(bodies), UID_SEARCH=found) as server:
        assert len(read(server.config | OWN).records) == 7
        assert any(said.startswith("UID FETCH 1:5,9,11 ") for said in server.said)
