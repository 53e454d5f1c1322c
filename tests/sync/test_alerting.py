"""Alerts through the engine: what is told, to whom, how often, and what becomes of a channel that does not answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.canonical.time import from_text, to_text
from hub.contract import Context
from hub.errors import AuthRefused, ConfigError, DestinationError, Unreachable
from hub.models import Checkpoint, Page, Selection
from hub.settings import load
from hub.store.alerts import AlertRow
from hub.store.api import open_store
from hub.sync import alerting
from hub.sync.notices import deliver, trial

from .receivers import SECRET, MailServer, Receiver
from .scripted import Project

PERSON = {"id": 1, "name": "Ann Lee", "email": "ann@example.com", "phone": "+1 202 555 0101"}
BAD = {"id": {}, "name": "Bob Secretive", "email": "bob@example.com"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def configure(project: Project, alerts: str) -> None:
    """Says who is told."""
    path = project.folder / "hub.yaml"
    path.write_text(path.read_text() + "alerts:\n" + alerts)
    project.reopen()


def webhook(receiver: Receiver, path: str = "/in", **more: str) -> str:
    extra = "".join(f"      {name}: {value}\n" for name, value in more.items())
    return (
        f"    ops:\n      kind: webhook\n      trusted_hosts: [127.0.0.1]\n{extra}"
        f"      config: {{url: 'plain:{receiver.url}{path}', secret: plain:{SECRET}}}\n"
    )


def run(project: Project, *names: str) -> None:
    """`hub sync`, and what comes after it."""
    result = project.sync(*(names or ("shop",)))
    project.engine.watch([one.connection for one in result.runs])


def failing(error: Exception) -> Callable[..., Iterator[Page]]:
    def pages(selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        raise error
        yield

    return pages


def later(project: Project, minutes: float) -> None:
    """What waits is due after so many minutes."""
    for notice in project.engine.store.alerts.waiting():
        due = to_text(from_text(notice.next_at) - timedelta(minutes=minutes))
        project.engine.store.driver.execute(
            "UPDATE alert_notices SET next_at = ? WHERE id = ?", (due, notice.id)
        )


def changes(receiver: Receiver) -> list[tuple[str, str, str]]:
    return [(told["type"], told["rule"], told["connection"]) for told in receiver.told]


def test_a_failure_is_told_once_and_its_end_once(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.pages = failing(RuntimeError("ann@example.com has no name"))
    for _ in range(3):
        run(project)
    assert changes(receiver) == [("alert.opened", "failed", "shop")]
    project.script.people(PERSON)
    for _ in range(2):
        run(project)
    assert changes(receiver)[1:] == [("alert.closed", "failed", "shop")]
    project.script.pages = failing(RuntimeError("again"))
    run(project)
    assert changes(receiver)[2:] == [("alert.opened", "failed", "shop")]
    opened = receiver.told[0]
    assert opened["detail"]["code"] == "HUB-6015"
    assert opened["detail"]["run_id"] in opened["message"]


def test_without_kept_state_it_would_be_told_again(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.pages = failing(RuntimeError("broken"))
    for _ in range(2):
        run(project)
        project.engine.store.driver.execute("DELETE FROM alerts")
    assert changes(receiver) == [("alert.opened", "failed", "shop")] * 2


def test_refused_credentials_are_their_own_rule(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.pages = failing(AuthRefused("HUB-4001", "the credentials were refused"))
    run(project)
    run(project)
    project.script.people(PERSON)
    run(project)
    assert changes(receiver) == [("alert.opened", "auth", "shop"), ("alert.closed", "auth", "shop")]


def test_what_heals_by_itself_is_told_when_it_does_not(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.pages = failing(Unreachable("HUB-4010", "no answer"))
    run(project)
    run(project)
    assert receiver.told == []
    run(project)
    assert changes(receiver) == [("alert.opened", "failed", "shop")]


def test_a_share_of_refused_rows_and_a_full_quarantine(project: Project, receiver: Receiver) -> None:
    configure(project, "  partial_rows: 4\n  quarantine: 1\n  channels:\n" + webhook(receiver))
    project.script.people(PERSON, *[{**PERSON, "id": number} for number in (2, 3)], BAD, {**BAD, "name": 1})
    for _ in range(2):
        run(project)
    assert sorted(changes(receiver)) == [
        ("alert.opened", "partial", "shop"),
        ("alert.opened", "quarantine", "shop"),
    ]
    store = project.engine.store
    store.rejects.drop([one.id for one in store.rejects.find()])
    project.engine.watch(["shop"])
    project.engine.watch(["shop"])
    assert sorted(changes(receiver)[2:]) == [
        ("alert.closed", "partial", "shop"),
        ("alert.closed", "quarantine", "shop"),
    ]


def test_a_source_that_looks_emptied(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    whole: dict[str, Any] = {"scan": "s1", "scan_complete": True}
    people = [{**PERSON, "id": number, "email": f"p{number}@example.com"} for number in range(40)]
    project.script.people(*people, **whole)
    run(project)
    project.script.people(*people[:5], scan="s2", scan_complete=True)
    run(project)
    run(project)
    assert changes(receiver) == [("alert.opened", "guard", "shop")]
    assert receiver.told[0]["detail"]["code"] == "HUB-6020"


def test_what_does_not_run_any_more(project: Project, receiver: Receiver) -> None:
    text = (project.folder / "hub.yaml").read_text()
    scheduled = text.replace("shop: {connector: scripted}", "shop: {connector: scripted, schedule: 15m}")
    (project.folder / "hub.yaml").write_text(scheduled)
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.people(PERSON)
    run(project)
    store, settings, now = project.engine.store, project.engine.settings, datetime.now(UTC)
    for minutes in (30, 50, 60, 70):
        alerting.look(store, settings, now=now + timedelta(minutes=minutes))
        alerting.send(store, settings, now=now + timedelta(minutes=minutes))
    assert changes(receiver) == [("alert.opened", "stale", "shop")]
    project.engine.watch()
    project.engine.watch()
    assert changes(receiver)[1:] == [("alert.closed", "stale", "shop")]


def test_two_that_look_at_once_tell_once(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.pages = failing(RuntimeError("broken"))
    project.sync("shop")
    with open_store(project.folder / "hub.db") as other:
        for store in (project.engine.store, other):
            alerting.look(store, project.engine.settings)
        for store in (other, project.engine.store):
            alerting.send(store, project.engine.settings)
    assert changes(receiver) == [("alert.opened", "failed", "shop")]


def test_a_notice_is_signed_and_holds_nobodys_data(project: Project, receiver: Receiver) -> None:
    configure(project, "  quarantine: 0\n  channels:\n" + webhook(receiver, "/in/token-of-the-address"))
    project.script.people(PERSON, BAD)
    run(project)
    (asked,) = receiver.requests
    assert receiver.signed(asked)
    sent = asked.body.decode() + str(dict(asked.headers))
    for word in ("ann", "bob", "Lee", "Secretive", "example.com", "555", SECRET.removeprefix("whsec_")):
        assert word not in sent, word
    kept = str(project.query("SELECT * FROM alerts") + project.query("SELECT * FROM run_events"))
    assert "token-of-the-address" not in kept
    assert "bob" not in kept


def test_slack_and_mail(project: Project, receiver: Receiver, mail: MailServer) -> None:
    configure(
        project,
        "  channels:\n"
        "    chat: {kind: slack, trusted_hosts: [127.0.0.1], config: {url: 'plain:"
        + receiver.url
        + "/hook'}}\n"
        "    mail:\n      kind: email\n"
        f"      config: {{host: 127.0.0.1, port: {mail.port}, tls: none, user: hub, password: plain:mail-secret,\n"
        "        from: hub@example.com, to: [ops@example.com, boss@example.com]}\n",
    )
    project.script.pages = failing(RuntimeError("broken"))
    run(project)
    (told,) = receiver.told
    assert list(told) == ["text"]
    assert told["text"].startswith("Alert shop: failed (since ")
    (message,) = mail.mails
    assert message["Subject"] == "Customer Hub: Alert shop: failed"
    assert message["From"] == "hub@example.com"
    assert mail.recipients == ["ops@example.com", "boss@example.com"]
    assert len(mail.logins) == 1
    assert "the last pull failed with HUB-6015." in message.get_content()
    assert "mail-secret" not in message.as_string()


def test_a_channel_hears_of_its_rules_only(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver, rules="[stale, auth]"))
    project.script.pages = failing(RuntimeError("broken"))
    run(project)
    assert receiver.told == []
    project.script.pages = failing(AuthRefused("HUB-4001", "no"))
    run(project)
    assert changes(receiver) == [("alert.opened", "auth", "shop")]


def test_who_is_added_later_hears_of_what_is_open(project: Project, receiver: Receiver) -> None:
    project.script.pages = failing(RuntimeError("broken"))
    run(project)
    configure(project, "  channels:\n" + webhook(receiver))
    run(project)
    assert changes(receiver) == [("alert.opened", "failed", "shop")]


def test_a_connection_that_is_no_more_has_no_alerts(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.pages = failing(RuntimeError("broken"))
    run(project)
    path = project.folder / "hub.yaml"
    path.write_text(path.read_text().replace("  shop: {connector: scripted}\n", ""))
    project.reopen()
    project.engine.watch()
    assert changes(receiver)[1:] == [("alert.closed", "failed", "shop")]


# --- delivery ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_delivered_waits_longer_each_time_in_order(
    project: Project, receiver: Receiver
) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    alerts = project.engine.store.alerts
    receiver.fail(3, status=503)
    project.script.pages = failing(RuntimeError("broken"))
    run(project)
    project.script.people(PERSON)
    run(project)
    assert len(receiver.requests) == 1, "the second waits behind the first"
    waits = []
    for _ in range(2):
        later(project, 3000)
        project.engine.watch()
        first = alerts.waiting()[0]
        waits.append((from_text(first.next_at) - datetime.now(UTC)).total_seconds())
    assert first.attempts == 3
    assert waits[0] < waits[1]
    assert [one.attempts for one in alerts.waiting()] == [3, 0]
    later(project, 3000)
    project.engine.watch()
    assert changes(receiver)[3:] == [("alert.opened", "failed", "shop"), ("alert.closed", "failed", "shop")]
    names = [asked.headers["webhook-id"] for asked in receiver.requests]
    assert len(set(names[:4])) == 1, "a repetition is known as one"
    assert names[4] != names[0]
    assert alerts.waiting() == []


def test_a_notice_is_given_up_in_the_end(project: Project, receiver: Receiver) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    receiver.fail(1000, status=500)
    project.script.pages = failing(RuntimeError("broken"))
    run(project)
    for _ in range(len(alerting.DISTANCES)):
        later(project, 3000)
        project.engine.watch()
    assert project.engine.store.alerts.waiting() == []
    assert len(receiver.requests) == len(alerting.DISTANCES) + 1
    assert project.column("SELECT message FROM run_events WHERE level = 'error' AND kind = 'alert'") == [
        "A notice could not be delivered, and is given up"
    ]


def test_a_channel_that_is_down_hurts_neither_the_run_nor_the_other(
    project: Project, receiver: Receiver, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mail.refuses_login = True
    configure(
        project,
        "  channels:\n"
        f"    broken: {{kind: email, config: {{host: 127.0.0.1, port: {mail.port}, tls: none, user: hub,\n"
        "      password: plain:mail-secret, from: hub@example.com, to: ops@example.com}}\n"
        "    unset: {kind: slack, config: {url: env:NOT_SET_ANYWHERE}}\n" + webhook(receiver),
    )
    project.script.pages = failing(RuntimeError("broken"))
    with caplog.at_level(logging.INFO):
        run(project)
    assert changes(receiver) == [("alert.opened", "failed", "shop")]
    assert {one.channel: one.error for one in project.engine.store.alerts.waiting()} == {
        "broken": "HUB-6040",
        "unset": "HUB-1020",
    }
    assert "mail-secret" not in caplog.text + str([record.__dict__ for record in caplog.records])


def test_whatever_goes_wrong_is_logged_and_not_raised(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    project.engine.store.driver.execute("DROP TABLE alerts")
    run(project)
    assert "alerts could not be looked at" in caplog.text


def test_one_that_is_asked_to_stop_sends_nothing_and_forgets_nothing(
    project: Project, receiver: Receiver
) -> None:
    configure(project, "  channels:\n" + webhook(receiver))
    project.script.pages = failing(RuntimeError("broken"))
    result = project.sync("shop")
    project.engine.stop()
    project.engine.watch([one.connection for one in result.runs])
    assert receiver.told == []
    project.reopen()
    project.engine.watch()
    assert changes(receiver) == [("alert.opened", "failed", "shop")]


def test_a_private_address_is_refused_unless_it_is_named(project: Project, receiver: Receiver) -> None:
    told = webhook(receiver).replace("trusted_hosts: [127.0.0.1]", "trusted_hosts: []")
    configure(project, "  channels:\n" + told)
    channel = project.engine.settings.alerts.channels["ops"]
    with pytest.raises(DestinationError) as caught:
        deliver(channel, trial("ops", datetime.now(UTC)))
    assert caught.value.code == "HUB-4050"
    assert receiver.requests == []
    assert str(receiver.url) not in str(caught.value)


def test_a_server_without_tls_gets_neither_a_password_nor_a_notice(
    project: Project, mail: MailServer
) -> None:
    configure(
        project,
        f"  channels:\n    mail: {{kind: email, config: {{host: 127.0.0.1, port: {mail.port}, user: hub,\n"
        "      password: plain:mail-secret, from: hub@example.com, to: ops@example.com}}\n",
    )
    with pytest.raises(DestinationError) as caught:
        deliver(project.engine.settings.alerts.channels["mail"], trial("mail", datetime.now(UTC)))
    assert caught.value.code == "HUB-6040"
    assert mail.logins == []
    assert mail.mails == []


def test_an_alert_is_what_was_written(project: Project) -> None:
    store = project.engine.store
    number = store.connections.connection_id("shop", "scripted")
    row = AlertRow(
        number, "stale", "open", "2026-07-30T18:22:41.000Z", message="m", detail={"a": 1}, told=True
    )
    store.alerts.put([row])
    store.alerts.mute(number, "loop", "2026-07-30T18:22:41.000Z", "2026-07-30T18:22:41.000Z")
    assert store.alerts.find(open_only=True) == [row]
    assert [one.rule for one in store.alerts.find(number)] == ["loop", "stale"]


# --- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "code", "where", "words"),
    [
        ("kind: pigeon", "HUB-1004", "hub.yaml:4", "webhook"),
        ("kind: slack\n      rules: [stael]", "HUB-1004", "hub.yaml:5", "stale"),
    ],
)
def test_a_wrong_channel_is_told_by_line(
    project: Project, channel: str, code: str, where: str, words: str
) -> None:
    path = project.folder / "hub.yaml"
    path.write_text(f"alerts:\n  channels:\n    ops:\n      {channel}\n")
    with pytest.raises(ConfigError) as caught:
        load(project.folder)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert words in caught.value.hint


@pytest.mark.parametrize(
    ("kind", "config", "code", "line"),
    [
        ("slack", "{}", "HUB-1005", 5),
        ("slack", "{url: https://hooks.example.com/T1}", "HUB-1022", 5),
        ("slack", "{url: 'plain:ftp://hooks.example.com/T1'}", "HUB-1004", 5),
        ("webhook", "{url: 'plain:https://example.com', secret: plain:short}", "HUB-1004", 5),
        ("email", "{host: mail.example.com, from: hub@example.com, to: ops}", "HUB-1004", 5),
        ("email", "{host: mail.example.com, sender: hub@example.com, to: a@example.com}", "HUB-1003", 5),
        (
            "email",
            "{host: mail.example.com, tls: none, user: a, password: plain:b, from: a@example.com, to: a@example.com}",
            "HUB-1004",
            5,
        ),
    ],
)
def test_a_wrong_config_is_told_by_line_without_its_secret(
    project: Project, kind: str, config: str, code: str, line: int
) -> None:
    path = project.folder / "hub.yaml"
    path.write_text(f"alerts:\n  channels:\n    ops:\n      kind: {kind}\n      config: {config}\n")
    channel = load(project.folder).alerts.channels["ops"]
    with pytest.raises(ConfigError) as caught:
        deliver(channel, trial("ops", datetime.now(UTC)))
    assert (caught.value.code, caught.value.where) == (code, f"hub.yaml:{line}")
    assert "hooks.example.com" not in str(caught.value)
    assert "short" not in str(caught.value)
