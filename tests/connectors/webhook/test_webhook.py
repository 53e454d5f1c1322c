"""Rows posted to a real receiver on loopback: what is signed, what is repeated, what is made of its answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.webhook.config import WebhookConfig
from connectors.webhook.connector import Webhook
from hub import (
    SCHEMES,
    AuthRefused,
    HttpOptions,
    Refused,
    Request,
    RowStatus,
    Unreachable,
    WriteRow,
    is_signed,
)
from hub.http import Limits
from hub.testing.driver import Driver
from hub.testing.fake_server import Answer, Asked, FakeServer

SAMPLES = Path(__file__).parents[3] / "connectors" / "webhook" / "samples"
KEY, OLD_KEY = bytes(range(32)), bytes(range(1, 33))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OLD_SECRET = "whsec_" + base64.b64encode(OLD_KEY).decode()


class Receiver(FakeServer):
    """Keeps the rows it is sent, and answers `reply`."""

    reply: Any = None

    def answer(self, asked: Asked) -> Answer:
        return Answer.json(self.reply) if self.reply is not None else Answer(204)

    def bodies(self) -> list[Any]:
        return [json.loads(asked.body) for asked in self.requests]


class OnLoopback(Webhook):
    """The same with a host that may be private."""

    def http(self) -> HttpOptions:
        return replace(super().http(), trusted_hosts=("127.0.0.1",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def rows(count: int = 2) -> list[WriteRow]:
    return [
        WriteRow(n, "upsert", f"c{n}", None, {"name": f"P{n}", "job": None}, f"k{n}", {"name": f"P{n}"})
        for n in range(count)
    ]


def driver(receiver: Receiver, **config: Any) -> Driver:
    made = WebhookConfig(url=receiver.url + "/in", secret=SECRET, **config)  # type: ignore[arg-type]
    return Driver(OnLoopback(made), limits=Limits(attempts=2))


def write(receiver: Receiver, sent: Sequence[WriteRow], **config: Any) -> dict[int, tuple[RowStatus, str]]:
    with driver(receiver, **config) as running:
        results = running.connector.write(sent, running.context)
    return {result.delivery_id: (result.status, result.remote_id or result.code) for result in results}


def test_rows_arrive_with_all_their_fields(receiver: Receiver) -> None:
    assert write(receiver, rows()) == {0: (RowStatus.OK, "c0"), 1: (RowStatus.OK, "c1")}
    (body,) = receiver.bodies()
    assert body["object"] == "customers"
    assert body["rows"][1] == {
        "id": "k1", "op": "upsert", "customer_id": "c1", "remote_id": None, "fields": {"name": "P1", "job": None},
    }  # fmt: skip


def test_or_with_those_that_changed(receiver: Receiver) -> None:
    write(receiver, rows(1), send="changed")
    assert receiver.bodies()[0]["rows"][0]["fields"] == {"name": "P0"}


def test_a_request_is_signed_so_that_a_changed_byte_shows(receiver: Receiver) -> None:
    write(receiver, rows(), former_secret=OLD_SECRET)
    asked = receiver.requests[0]
    content = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode()
    signatures = asked.headers["webhook-signature"].split()

    def fits(key: bytes, body: bytes) -> bool:
        return (
            "v1," + base64.b64encode(hmac.digest(key, content + body, hashlib.sha256)).decode() in signatures
        )

    assert fits(KEY, asked.body)
    assert fits(OLD_KEY, asked.body)
    assert not fits(KEY, asked.body.replace(b"P1", b"P2"))
    assert not fits(bytes(32), asked.body)


def test_our_own_receiver_knows_what_we_send(receiver: Receiver) -> None:
    write(receiver, rows(), former_secret=OLD_SECRET)
    asked = receiver.requests[0]
    headers = {name.lower(): value for name, value in asked.headers.items()}
    sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=UTC)
    arrived = Request("POST", "/in", {}, headers, asked.body, sent_at)
    for secret in (SECRET, OLD_SECRET):
        assert is_signed(SCHEMES["standard"], arrived, [secret])
        assert not is_signed(SCHEMES["standard"], replace(arrived, body=asked.body + b" "), [secret])
        late = replace(arrived, received_at=arrived.received_at + timedelta(seconds=301))
        assert not is_signed(SCHEMES["standard"], late, [secret])


def test_a_repetition_is_the_same_request_by_name_and_bytes(receiver: Receiver) -> None:
    receiver.hang_up(1)
    write(receiver, rows())
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    write(receiver, rows(3))
    assert receiver.requests[2].headers["webhook-id"] != first.headers["webhook-id"]


def test_the_receiver_may_say_something_of_each_row(receiver: Receiver) -> None:
    receiver.reply = {
        "results": [
            {"id": "k3", "status": "what?"},
            {"id": "k1", "status": "rejected", "code": "LOCKED", "message": "under legal hold"},
            {"id": "k0", "status": "ok", "remote_id": 21},
            {"id": "k4", "status": "gone"},
        ]
    }
    assert write(receiver, rows(5)) == {
        0: (RowStatus.OK, "21"),
        1: (RowStatus.REJECTED, "LOCKED"),
        3: (RowStatus.UNKNOWN, "HUB-7101"),
        4: (RowStatus.GONE, "HUB-7101"),
    }, "the third row has no result: the engine knows what that means"


def test_a_refused_batch_is_the_engines_to_halve(receiver: Receiver) -> None:
    receiver.fail(1, status=422)
    with pytest.raises(Refused):
        write(receiver, rows())


@pytest.mark.parametrize(("status", "error"), [(401, AuthRefused), (503, Unreachable)])
def test_other_failures_are_those_of_every_connector(
    receiver: Receiver, status: int, error: type[Exception]
) -> None:
    receiver.fail(5, status=status)
    with pytest.raises(error) as caught:
        write(receiver, rows())
    assert SECRET not in str(caught.value)


def test_the_check_posts_a_signed_ping(receiver: Receiver) -> None:
    with driver(receiver, bearer="token") as running:
        assert running.check().message == "the receiver took a signed ping"
    assert receiver.bodies() == [{"type": "ping", "rows": []}]
    assert receiver.requests[0].headers["authorization"] == "Bearer token"
    assert "webhook-signature" in receiver.requests[0].headers


@pytest.mark.parametrize("secret", ["", "plain", "whsec_short", "whsec_!!!!", OLD_SECRET[6:]])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(ValidationError) as caught:
        WebhookConfig(url="https://example.com", secret=secret)  # type: ignore[arg-type]
    assert "whsec_" in str(caught.value)
    assert not secret or secret not in str(caught.value).replace("whsec_`", "")


def test_the_samples_are_what_is_sent_and_understood(receiver: Receiver) -> None:
    request, answer = (json.loads((SAMPLES / f"{name}.json").read_text()) for name in ("request", "answer"))
    sent = [
        WriteRow(n, row["op"], row["customer_id"], row["remote_id"], row["fields"], row["id"])
        for n, row in enumerate(request["rows"])
    ]
    receiver.reply = answer
    assert write(receiver, sent) == {0: (RowStatus.OK, "21"), 1: (RowStatus.REJECTED, "LOCKED")}
    assert receiver.bodies() == [request]
