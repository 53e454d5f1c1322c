"""A ShipStation-shaped account (V2) on loopback, for tests: pages with totals, and webhooks signed with a key of its own."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from hub import Request
from hub.testing.fake_server import Answer, Asked, FakeServer

#: List -> the field and the parameter of its lower bound.
_BOUNDS = {"shipments": ("modified_at", "modified_at_start"), "labels": ("created_at", "created_at_start")}


def written(moment: datetime) -> str:
    """A moment as ShipStation writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class FakeStation(FakeServer):
    """Its `rows` are lists of records by the vendor's word, shaped as the API gives them."""

    def __init__(
        self,
        shipments: Iterable[Any] = (),
        labels: Iterable[Any] = (),
        *,
        key: str = "key-of-the-fake",
    ) -> None:
        super().__init__()
        self.rows = {"shipments": list(shipments), "labels": list(labels)}
        self.key = key

    @cached_property
    def private_key(self) -> rsa.RSAPrivateKey:
        """What its webhooks are signed with."""
        return rsa.generate_private_key(65537, 2048)

    def change(self, name: str, place: int, /, **fields: Any) -> dict[str, Any]:
        """Change some fields of a record now."""
        with self.lock:
            row: dict[str, Any] = self.rows[name][place]
            row.update(fields, modified_at=written(self.clock()))
            return row

    def event(self, path: str, kind: str, at: datetime) -> Request:
        """The webhook that it sends when something happened to what is at a path."""
        body = orjson.dumps({"resource_url": f"{self.url}{path}", "resource_type": kind})
        stamp = written(at)
        made = self.private_key.sign(stamp.encode() + b"." + body, padding.PKCS1v15(), SHA256())
        headers = {
            "content-type": "application/json",
            "x-shipengine-rsa-sha256-key-id": "key-1",
            "x-shipengine-rsa-sha256-signature": base64.b64encode(made).decode(),
            "x-shipengine-timestamp": stamp,
        }
        return Request("POST", "/in/shipping", {}, headers, body, at)

    def answer(self, asked: Asked) -> Answer:
        name = asked.path.strip("/")
        if name == "jwks":
            return Answer.json({"keys": [self._public()]})
        if asked.headers.get("api-key") != self.key:
            return _refused("unauthorized", 401)
        if name not in self.rows:
            return _refused("not_found", 404)
        return _page(name, [row for row in self.rows[name] if _is_asked(name, row, asked.query)], asked.query)

    def _public(self) -> Mapping[str, str]:
        numbers = self.private_key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": "key-1",
            "n": _text(numbers.n),
            "e": _text(numbers.e),
        }


def _text(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()


def _refused(code: str, status: int) -> Answer:
    error = {"error_source": "shipstation", "error_type": "security", "error_code": code, "message": code}
    return Answer.json({"request_id": "r-1", "errors": [error]}, status)


def _is_asked(name: str, row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    field, bound = _BOUNDS[name]
    if "batch_id" in query and row.get("batch_id") != query["batch_id"]:
        return False
    return bool(row[field] >= query[bound]) if bound in query else True


def _page(name: str, rows: list[Any], query: Mapping[str, str]) -> Answer:
    page, size = int(query.get("page", 1)), int(query.get("page_size", 25))
    rows = sorted(rows, key=lambda row: str(row["created_at"]))
    told = {"total": len(rows), "page": page, "pages": -(-len(rows) // size)}
    return Answer.json({name: rows[(page - 1) * size : page * size], **told, "links": {}})
