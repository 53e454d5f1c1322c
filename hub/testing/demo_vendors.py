"""The demo's shop and help desk, answering on loopback: in this process, or in one of their own.

A process of their own, because a sync forks one for each connection, and a process that serves has threads that
must not be forked.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from hub.errors import ConfigError
from hub.plugins import load_plugins
from hub.testing.demo_world import NOW, DemoWorld, demo_world
from hub.testing.fake_server import FakeServer

#: Connection -> where its vendor listens, if that is free; else anywhere.
PORTS: Mapping[str, int] = {"shop": 8322, "helpdesk": 8323}
#: What the vendors want to see. They are invented, and so are these.
SHOP_KEY, SHOP_SECRET = "ck_demo", "cs_demo"
DESK_EMAIL, DESK_TOKEN = "admin@tea.example.com", "demo-token"
#: Seconds for the process to be there.
START = 60


@contextmanager
def vendors(
    world: DemoWorld, ports: Mapping[str, int] = PORTS, *, fixed: bool = False
) -> Iterator[dict[str, int]]:
    """The vendors answer inside the `with`; gives their ports.

    fixed: on these ports and no others; raises ConfigError HUB-9042 when one is taken.
    """
    fakes = load_plugins().fakes()
    told = {
        "shop": fakes["woocommerce"](
            world.shop_customers, world.shop_orders, key=SHOP_KEY, secret=SHOP_SECRET, clock=_clock
        ),
        "helpdesk": fakes["zendesk"](
            world.desk_users,
            world.desk_organizations,
            world.desk_tickets,
            email=DESK_EMAIL,
            token=DESK_TOKEN,
            clock=_clock,
        ),
    }
    with ExitStack() as stack:
        found = {}
        for name, fake in told.items():
            assert isinstance(fake, FakeServer), f"the fake of {name} serves"
            found[name] = _start(fake, ports[name], fixed=fixed)
            stack.callback(fake.stop)
        yield found


def _clock() -> datetime:
    """Never before the demo's present, or the vendors would hold back what has yet to happen."""
    return max(datetime.now(UTC), NOW)


def _start(fake: FakeServer, port: int, *, fixed: bool) -> int:
    try:
        url = fake.start(port)
    except OSError as error:
        if not fixed:
            return _start(fake, 0, fixed=True)
        raise ConfigError(
            "HUB-9042",
            f"the demo's vendors cannot listen on 127.0.0.1 port {port}: {error.strerror}",
            hint="Perhaps they are running already; if something else took the port, make the demo anew.",
        ) from None
    return int(url.rpartition(":")[2])


class Process:
    """The vendors in a process of their own, which ends with ours. Use it in a `with`."""

    def __init__(self) -> None:
        # Not from the current folder: whatever lies there is none of our business.
        command = [sys.executable, "-P", "-m", __name__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ports(self) -> dict[str, int]:
        """Where they listen; waits until they do. Raises ConfigError HUB-9042 when they do not."""
        assert self._process.stdout is not None, "a pipe was asked for"
        line = self._process.stdout.readline()
        if not line:
            raise ConfigError(
                "HUB-9042", f"the demo's vendors did not start: exit code {self._process.wait(START)}"
            )
        found: dict[str, int] = json.loads(line)
        return found

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        # The end of its input tells it to go.
        try:
            self._process.communicate(timeout=START)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def _main() -> None:
    """Serves until the input ends, so that nobody is left behind when the parent is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    with vendors(demo_world()) as ports:
        print(json.dumps(ports), flush=True)  # noqa: T201 - how the parent hears of it
        sys.stdin.read()


if __name__ == "__main__":
    _main()
