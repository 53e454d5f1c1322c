"""A vendor that does to a reader whatever vendors do: a real HTTP server with invented customers and orders.

    with HostileServer(1_000) as server:
        inject(server, Fault("throttle", times=2, options={"retry_after": "3"}))
        httpx.get(f"{server.url}/cursor/customers", headers={"Authorization": f"Bearer {server.token}"})
        server.ledger.waits()        # how long the client really stayed away
        server.ledger.sent()         # how often each record went out

`GET /STYLE/STREAM`, in every style of paging that vendors have (see `hostile_paging`); `limit`, `since` and `until`
(by `updated_at`), `sort` (`updated_at` or `id`). Streams: `customers`, `orders`, and `customers/ID/orders`.
`GET /me` tells who asks; `POST /oauth/token` renews a token; `POST /batch/customers` writes.

As a process of its own, for other programs: `python -m hub.testing.hostile --records 200000 --fault throttle:after=3`.
`GET /_ledger` tells what was served, `POST /_faults` plans faults.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from hub.testing.fake_server import Answer, Asked, FakeServer
from hub.testing.hostile_faults import Fault, inject
from hub.testing.hostile_paging import STYLES, listing
from hub.testing.hostile_records import Table, customers, orders


class HostileServer(FakeServer):
    """Its `tables` may be changed while it serves, through their methods."""

    def __init__(
        self,
        records: int = 1000,
        *,
        token: str = "hostile-token",  # noqa: S107 - of the fake, worth nothing
        lifetime: int | None = None,
        same_second: int = 1,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """records: of each stream. lifetime: answers after which a token expires. same_second: neighbours that share
        their time of change; more than a page holds makes a page border within one second."""
        super().__init__(clock=clock)
        self.tables: dict[str, Table] = {
            "customers": customers(records, same_second),
            "orders": orders(records, same_second),
        }
        self.token = token
        self.refresh_token = "hostile-refresh-0"  # noqa: S105 - of the fake
        self.lifetime = lifetime
        #: Streams the token may read.
        self.may_read = set(self.tables)
        #: Pages never end: each says that there is more, and the same records come again.
        self.endless = False
        #: Rows that were written, by key of idempotency.
        self.written: dict[str, dict[str, Any]] = {}
        self._left = lifetime
        self._tokens = 0

    def handle(self, asked: Asked) -> Answer | None:
        """The answer with the planned faults in it; questions about the server itself are no part of its story."""
        if asked.path == "/_ledger":
            return Answer.json(self.told())
        if asked.path == "/_faults":
            for text in asked.body.decode().split():
                inject(self, Fault.parse(text))
            return Answer.json({})
        return super().handle(asked)

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/token":
            return self._renewed(asked)
        if not self._knows(asked):
            return Answer.json({"error": "invalid_token"}, 401)
        if asked.path == "/me":
            return Answer.json({"account": "hostile", "may_read": sorted(self.may_read)})
        parts = asked.path.strip("/").split("/")
        if parts == ["batch", "customers"] and asked.method == "POST":
            return self._write(asked)
        return self._list(parts, asked)

    # --- reading -------------------------------------------------------------------------------------------------

    def _list(self, parts: list[str], asked: Asked) -> Answer:
        style, name = parts[0], parts[-1]
        if style not in STYLES or name not in self.tables or len(parts) not in (2, 4):
            return Answer.json({"error": "not_found"}, 404)
        if name not in self.may_read:
            return Answer.json({"error": "missing_scope"}, 403)
        table = self.tables[name]
        if len(parts) == 4:  # customers/ID/orders
            table = table.of_parent(parts[2])
        return listing(style, table, asked, self.url, endless=self.endless)

    # --- credentials ---------------------------------------------------------------------------------------------

    def _knows(self, asked: Asked) -> bool:
        if _credential(asked) != self.token:
            return False
        if self._left is not None:
            self._left -= 1
            return self._left >= 0
        return True

    def _renewed(self, asked: Asked) -> Answer:
        """A new access token; a refresh token works once, as with vendors who rotate them."""
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        grant = form.get("grant_type")
        if grant == "refresh_token" and form.get("refresh_token") != self.refresh_token:
            return Answer.json({"error": "invalid_grant"}, 400)
        if grant not in ("refresh_token", "client_credentials"):
            return Answer.json({"error": "unsupported_grant_type"}, 400)
        self._tokens += 1
        self.token, self._left = f"hostile-token-{self._tokens}", self.lifetime
        self.refresh_token = f"hostile-refresh-{self._tokens}"
        told: dict[str, Any] = {"access_token": self.token, "token_type": "Bearer", "expires_in": 3600}
        return Answer.json(told | ({"refresh_token": self.refresh_token} if grant == "refresh_token" else {}))

    # --- writing -------------------------------------------------------------------------------------------------

    def _write(self, asked: Asked) -> Answer:
        """Upserts `{"records": [{…}]}`, one result a record, in order; with `mode=create` it adds always.
        A record without an e-mail address is refused."""
        table = self.tables["customers"]
        results: list[dict[str, Any]] = []
        key = asked.headers.get("idempotency-key", "")
        if key and key in self.written:
            return Answer.json(self.written[key])
        for record in orjson.loads(asked.body)["records"]:
            if "@" not in str(record.get("email", "")):
                results.append({"status": "invalid", "error": "invalid_email"})
                continue
            known = table.find("email", record["email"]) if asked.query.get("mode") != "create" else None
            number = known["id"] if known else table.next_id()
            table.save({**(known or {}), **record, "id": number}, self.clock())
            results.append({"status": "updated" if known else "created", "id": number})
        told = {"results": results}
        if key:
            self.written[key] = told
        return Answer.json(told)

    # --- its story -----------------------------------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """What was served, for a program: requests, faults played, waits kept or not, records sent and how often."""
        with self.lock:
            sent = self.ledger.sent()
            return {
                "requests": len(self.ledger.served),
                "faults": dict(self.ledger.faults()),
                "waits": [
                    {"path": one.path, "asked": one.asked, "waited": round(one.waited, 3)}
                    for one in self.ledger.waits()
                ],
                "sent": len(sent),
                "sent_twice": sum(1 for count in sent.values() if count > 1),
            }


def _credential(asked: Asked) -> str:
    """The token, wherever it travels: bearer, basic (as the password), a header of its own, or the address."""
    kind, _, value = asked.headers.get("authorization", "").partition(" ")
    if kind == "Bearer":
        return value
    if kind == "Basic":
        return base64.b64decode(value).decode().partition(":")[2]
    return asked.headers.get("x-api-key") or asked.query.get("api_key", "")


def main(arguments: list[str] | None = None) -> None:
    """Serve until standard input ends. Prints one line of JSON when ready: `{"url": …, "token": …}`."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="python -m hub.testing.hostile", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--same-second", type=int, default=1)
    parser.add_argument("--lifetime", type=int, help="answers after which a token expires")
    parser.add_argument("--endless", action="store_true", help="pages never end")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND:NAME=VALUE,…")
    asked = parser.parse_args(arguments)
    server = HostileServer(asked.records, lifetime=asked.lifetime, same_second=asked.same_second)
    server.endless = asked.endless
    for text in asked.fault:
        inject(server, Fault.parse(text))
    server.start(asked.port)
    sys.stdout.write(
        orjson.dumps(
            {"url": server.url, "token": server.token, "refresh_token": server.refresh_token}
        ).decode()
        + "\n"
    )
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
