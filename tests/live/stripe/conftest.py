"""localstripe, a Stripe that others wrote, with an account's worth of objects made over its own interface."""

from __future__ import annotations

import http.server
import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub import Request
from hub.models import Json
from hub.plugins import load_plugins
from hub.testing.driver import Clock
from hub.testing.session import Session
from tests.live.servers import free_port, python_with, started

HERE = Path(__file__).parent
#: localstripe wants keys that begin so.
KEY = "sk_test_of_a_hub"
WEBHOOK_SECRET = "whsec_of_the_webhooks"
#: Seconds that an event may take; localstripe waits one before it sends any.
PATIENCE = 60
CARD = {
    "type": "card",
    "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"},
}


@dataclass
class Account:
    """One account at localstripe, as its owner works with it."""

    address: str
    python: Path
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {KEY}"})

    def post(self, path: str, **fields: Json) -> dict[str, Any]:
        """Makes or changes an object."""
        answer = self.client.post(path, json=fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()) if answer.content else {}

    def delete(self, path: str) -> None:
        """Takes an object away."""
        assert self.client.delete(path).status_code == 200

    def ids(self) -> dict[str, set[str]]:
        """What is there, as Stripe's own library counts it."""
        told = subprocess.run(
            [str(self.python), str(HERE / "counted.py"), self.address],
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr.decode()
        return {kind: set(ids) for kind, ids in json.loads(told.stdout).items()}

    def paying(self, number: int) -> str:
        """A customer who has a subscription, with the invoice and the charge that come of it."""
        customer = self.post(
            "/v1/customers", name=f"Person {number}", email=f"person{number}@example.com", phone="+12025550123",
        )["id"]  # fmt: skip
        method = self.post("/v1/payment_methods", **CARD)["id"]
        self.post(f"/v1/payment_methods/{method}/attach", customer=customer)
        self.post(f"/v1/customers/{customer}", invoice_settings={"default_payment_method": method})
        self.post("/v1/subscriptions", customer=customer, items=[{"plan": "pro"}])
        return str(customer)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """25 customers, 12 of them with a subscription; one of these is cancelled, and one payment given back."""
    python = python_with("localstripe", "localstripe==1.15.*", "stripe>=13,<17")
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [str(python), str(HERE / "localstripe_on_loopback.py"), str(port)]
    with started(command, tmp_path / "localstripe.log", port):
        made = Account(address, python)
        made.post(
            "/v1/plans", id="pro", amount=2000, currency="usd", interval="month", product={"name": "Pro"}
        )
        for number in range(12):
            made.paying(number)
        for number in range(12, 25):
            made.post("/v1/customers", name=f"Person {number}", email=f"person{number}@example.com")
        made.post("/v1/refunds", charge=min(made.ids()["charges"]))
        made.delete(f"/v1/subscriptions/{min(made.ids()['subscriptions'])}")
        yield made
        made.client.close()


@pytest.fixture
def session(account: Account, tmp_path: Path) -> Iterator[Session]:
    """Our connection to it, seven objects a page, with the clock of the server."""
    config: dict[str, Json] = {
        "base_url": f"{account.address}/v1",
        "api_key": KEY,
        "page_size": 7,
        "webhook_secret": WEBHOOK_SECRET,
    }
    now = datetime.now(UTC)
    with Session(load_plugins().connector("stripe"), config, tmp_path, clock=Clock(now)) as opened:
        yield opened


class Inbox(http.server.ThreadingHTTPServer):
    """Takes what is sent, as it arrived, for the test to hand over."""

    def __init__(self) -> None:
        self._arrived: queue.Queue[Request] = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Handler)

    def put(self, request: Request) -> None:
        self._arrived.put(request)

    def event(self, kind: str, id_: str) -> Request:
        """The request that tells of this; what was sent late, of something else, is passed over."""
        while True:
            request = self._arrived.get(timeout=PATIENCE)
            told = json.loads(request.body)
            if (told["type"], told["data"]["object"]["id"]) == (kind, id_):
                return request

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in/billing"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.put(Request("POST", self.path, {}, headers, body, datetime.now(UTC)))
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def inbox(account: Account) -> Iterator[Inbox]:
    """Where localstripe sends its events, signed."""
    with Inbox() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        account.post("/_config/webhooks/hub", url=server.address, secret=WEBHOOK_SECRET)
        yield server
        server.shutdown()
        thread.join()
