"""The webhook destination, read by the library of those who wrote the standard: https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from connectors.webhook.config import WebhookConfig
from connectors.webhook.connector import Webhook
from hub import HttpOptions
from hub.foreign.environments import find, name_of
from hub.models import WriteRow
from hub.testing.driver import Clock, Driver
from hub.testing.fake_server import Answer, Asked, FakeServer
from tests.live.foreign.conftest import environment

pytestmark = pytest.mark.live
LIBRARY = "standardwebhooks==1.0.0"
SECRET, FORMER, FOREIGN = (
    "whsec_" + base64.b64encode(bytes(range(at, at + 32))).decode() for at in (0, 1, 2)
)
#: Says OK, or the name of the error.
VERIFY = """
import json, sys
from standardwebhooks.webhooks import Webhook
told = json.load(sys.stdin)
try:
    Webhook(told["secret"]).verify(told["body"].encode(), told["headers"])
    print("OK")
except Exception as error:
    print(type(error).__name__)
"""


class Receiver(FakeServer):
    """Keeps what it is sent."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(204)


class OnLoopback(Webhook):
    """The same with a host that may be private."""

    def http(self) -> HttpOptions:
        return HttpOptions(base_url=str(self.config.url), trusted_hosts=("127.0.0.1",))


@pytest.fixture
def python(tmp_path: Path) -> Path:
    environment(tmp_path, LIBRARY)
    return find(tmp_path, name_of(LIBRARY)).python


def verified(python: Path, secret: str, headers: Mapping[str, str], body: bytes) -> str:
    told = {"secret": secret, "headers": dict(headers), "body": body.decode()}
    done = subprocess.run(
        [python, "-c", VERIFY], input=json.dumps(told), capture_output=True, text=True, check=True, timeout=60,
        env={"PATH": os.environ.get("PATH", "")},
    )  # fmt: skip
    return done.stdout.strip()


def test_the_reference_library_knows_what_we_send(python: Path) -> None:
    config = WebhookConfig(url="http://127.0.0.1:1/in", secret=SECRET, former_secret=FORMER)  # type: ignore[arg-type]
    row = WriteRow(1, "upsert", "c1", None, {"name": "Zoë Example"}, "k1", {"name": "Zoë Example"})
    with Receiver() as receiver:
        config = config.model_copy(update={"url": f"{receiver.url}/in"})
        # The library reads the machine's clock and has no other.
        with Driver(OnLoopback(config), now=Clock(datetime.now().astimezone())()) as driver:
            driver.connector.write([row], driver.context)
        asked = receiver.requests[0]
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert verified(python, SECRET, headers, asked.body) == "OK"
    assert verified(python, FORMER, headers, asked.body) == "OK"
    assert verified(python, FOREIGN, headers, asked.body) == "WebhookVerificationError"
    changed = asked.body.replace(b"c1", b"c2")
    assert verified(python, SECRET, headers, changed) == "WebhookVerificationError"
