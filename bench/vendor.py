"""A vendor server for benches: customers over loopback HTTP, pages serialised once, a process of its own.

    python bench/vendor.py --records 100000 --page 250 --port 0

Prints its port. `GET /customers?page=N&per_page=250[&updated_since=TIME]` answers `{"data": [...], "next": N+1|null}`;
`POST /change?share=0.01` changes that share of the records; `GET /truth` tells how many there are and a checksum of
(id, email), so that a bench can prove its rows before it counts a time.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import socketserver
import sys
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import orjson

GIVEN = [
    "Ada",
    "Jan",
    "Eva",
    "Omar",
    "Lena",
    "Mateo",
    "Chloé",
    "Björn",
    "Zofia",
    "Anaïs",
    "Luca",
    "Nadia",
    "Tomás",
    "Greta",
    "Ivo",
    "Maya",
    "Noé",
    "Olga",
    "Rui",
    "Selma",
]
FAMILY = [
    "Nowak",
    "Lis",
    "Kos",
    "Ruiz",
    "Weber",
    "Rossi",
    "Dubois",
    "Öström",
    "Kowalska",
    "Silva",
    "Novák",
    "Haas",
    "Meyer",
    "Costa",
    "Petit",
    "Ferri",
    "Lang",
    "Mora",
    "Vega",
    "Sand",
]
CITIES = [
    "Springfield",
    "Riverton",
    "Fairview",
    "Georgetown",
    "Clinton",
    "Salem",
    "Madison",
    "Arlington",
    "Ashland",
    "Dover",
]
START = datetime(2026, 1, 1, tzinfo=UTC)


def record(number: int, version: int = 0) -> dict[str, object]:
    """One invented customer; about one in twenty shares an e-mail with an earlier one."""
    dice = random.Random(number)
    given, family = dice.choice(GIVEN), dice.choice(FAMILY)
    mail = number if dice.random() >= 0.05 or number < 100 else dice.randrange(1, number)
    changed = START + timedelta(seconds=number) if not version else START + timedelta(days=30, seconds=number)
    return {
        "id": number,
        "email": f"customer{mail}@example.com",
        "first_name": given,
        "last_name": family,
        "phone": f"+1202{2000000 + number:07d}",
        "company": "" if dice.random() < 0.7 else f"{family} Works",
        "job_title": dice.choice(["", "buyer", "owner", "clerk"]),
        "language": dice.choice(["en", "de", "pl", "fr"]),
        "status": dice.choice(["active", "active", "active", "inactive"]),
        "orders_count": dice.randrange(20),
        "total_spent": f"{dice.randrange(100000) / 100:.2f}",
        "note": "" if not version else f"changed {version}",
        "created_at": (START - timedelta(days=dice.randrange(900))).isoformat().replace("+00:00", "Z"),
        "updated_at": changed.isoformat().replace("+00:00", "Z"),
        "address": {
            "line1": f"{dice.randrange(1, 999)} Main Street",
            "line2": "",
            "city": dice.choice(CITIES),
            "region": "IL",
            "postcode": f"{dice.randrange(10000, 99999)}",
            "country": "US",
        },
    }


class Vendor:
    """The records, and their pages as bytes."""

    def __init__(self, count: int, per_page: int) -> None:
        self.records = [record(number) for number in range(1, count + 1)]
        self.per_page = per_page
        self.pages: list[bytes] = []
        #: (updated_at, place) of every record, in order.
        self._times: list[tuple[str, int]] = []
        self._serialise()

    def _serialise(self) -> None:
        self._times = sorted((str(item["updated_at"]), n) for n, item in enumerate(self.records))
        chunks = [self.records[i : i + self.per_page] for i in range(0, len(self.records), self.per_page)]
        self.pages = [
            orjson.dumps({"data": chunk, "next": n + 2 if n + 1 < len(chunks) else None})
            for n, chunk in enumerate(chunks)
        ]

    def page(self, query: dict[str, str]) -> bytes:
        number = int(query.get("page", "1"))
        since = query.get("updated_since")
        if since is None:
            return self.pages[number - 1] if number <= len(self.pages) else b'{"data":[],"next":null}'
        found = self._since(since)
        start = (number - 1) * self.per_page
        more = start + self.per_page < len(found)
        return orjson.dumps(
            {"data": found[start : start + self.per_page], "next": number + 1 if more else None}
        )

    def _since(self, since: str) -> list[dict[str, object]]:
        """Records changed since a time, by the index that any vendor has for it."""
        return [self.records[n] for _, n in self._times[bisect_left(self._times, (since, -1)) :]]

    def change(self, share: float) -> int:
        picked = random.Random(1).sample(range(len(self.records)), int(len(self.records) * share))
        for index in picked:
            self.records[index] = record(index + 1, version=1)
        self._serialise()
        return len(picked)

    def truth(self) -> dict[str, object]:
        text = "\n".join(sorted(f"{item['id']} {item['email']}" for item in self.records))
        return {"records": len(self.records), "checksum": hashlib.sha256(text.encode()).hexdigest()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vendor: Vendor

    def _send(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/truth":
            self._send(orjson.dumps(self.vendor.truth()))
        else:
            self._send(self.vendor.page(query))

    def do_POST(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(orjson.dumps({"changed": self.vendor.change(float(query["share"][0]))}))

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the bench prints its own lines."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=250)
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    Handler.vendor = Vendor(args.records, args.page)
    with Server(("127.0.0.1", args.port), Handler) as server:
        print(server.server_address[1], flush=True)
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
