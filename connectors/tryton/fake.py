"""A Tryton-shaped database on loopback, for tests: parties with what belongs to them, domains, times as objects."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from hub.testing.fake_server import Answer, Asked
from hub.testing.fake_tables import FakeTables

_MODEL = "/crm/rest/model/party.party"
_LISTS = ("contact_mechanisms", "identifiers", "addresses")


class FakeTryton(FakeTables):
    """Its table is `parties`, shaped as the interface gives them, with times as text."""

    def __init__(self, *, token: str = "key-of-the-fake", parties: Iterable[Any] = ()) -> None:  # noqa: S107 - worth nothing
        super().__init__({"parties": parties}, token=token)
        self._number = 1000

    def refusal(self, status: int, word: str) -> Answer:
        return Answer(status, b"<!doctype html><title>Refused</title>", {"content-type": "text/html"})

    def listing(self, asked: Asked) -> Answer:
        rows, id_ = self.tables["parties"], asked.path.removeprefix(_MODEL).strip("/")
        match asked.method, id_:
            case "GET", "":
                return self._search(asked)
            case "POST", "":
                party: dict[str, Any] = {
                    "id": self._next(),
                    "name": None,
                    "code": None,
                    "active": True,
                    "lang": None,
                }
                party |= {"create_date": self._now(), **{name: [] for name in _LISTS}}
                rows.append(party)
                return self._written(party, asked)
        there = next((row for row in rows if str(row["id"]) == id_), None)
        if there is None:
            return self.refusal(404, "Not Found")
        match asked.method:
            case "PUT":
                return self._written(there, asked)
            case "DELETE":
                rows.remove(there)
                return Answer(204)
        return Answer.json(_with_moments(there))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _now(self) -> str:
        return self.clock().astimezone(UTC).isoformat()

    def _search(self, asked: Asked) -> Answer:
        domain, ((name, way),) = (
            orjson.loads(base64.urlsafe_b64decode(asked.query[key])) for key in ("d", "o")
        )
        if not any(one[0] == "active" for one in domain):
            domain = [["active", "in", [True]], *domain]
        rows = sorted(self.tables["parties"], key=lambda row: row[name], reverse=way == "DESC")
        found = [row for row in rows if all(_holds(row, one) for one in domain)]
        size = int(asked.headers["range"].removeprefix("records=0-"))
        some = found[:size]
        count = "*" if len(found) >= 10 * size else len(found)
        answer = Answer.json(_with_moments(some))
        return replace(answer, headers={**answer.headers, "content-range": f"records 0-{len(some)}/{count}"})

    def _written(self, party: Any, asked: Asked) -> Answer:
        for name, value in orjson.loads(asked.body).items():
            if name in _LISTS:
                for order in value:
                    self._ordered(party[name], *order)
            else:
                party[name] = value
        party["last_modified_at"] = self._now()
        return Answer.json(_with_moments(party))

    def _ordered(self, rows: list[Any], how: str, *told: Any) -> None:
        if how == "create":
            rows += [{"type": None, **values, "id": self._next()} for values in told[0]]
        elif how == "write":
            next(row for row in rows if row["id"] in told[0]).update(told[1])
        else:
            rows[:] = [row for row in rows if row["id"] not in told[0]]


def _holds(row: Any, clause: Any) -> bool:
    if clause[0] == "OR":
        return any(_holds(row, one) for one in clause[1:])
    name, how, wanted = clause
    if how == "where":
        return any(all(_holds(one, each) for each in wanted) for one in row[name])
    above, _, last = name.rpartition(".")
    told = [one.get(last) for one in row[above]] if above else [row.get(last)]
    return any(_compared(value, how, wanted) for value in told if value is not None)


def _compared(value: Any, how: str, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        parts = {name: part for name, part in wanted.items() if name != "__class__"}
        value, wanted = datetime.fromisoformat(value), datetime(**parts, tzinfo=UTC)
    match how:
        case "=":
            return bool(value == wanted)
        case ">":
            return bool(int(value) > wanted)
        case ">=":
            return bool(value >= wanted)
        case "ilike":
            return bool(value.lower() == wanted.lower())
    assert how == "in", how
    return value in wanted


def _with_moments(value: Any) -> Any:
    """Times as Tryton writes them."""
    if isinstance(value, list):
        return [_with_moments(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _moment(one) if name in ("create_date", "last_modified_at") and one else _with_moments(one)
        for name, one in value.items()
    }


def _moment(text: str) -> Any:
    at = datetime.fromisoformat(text)
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{name: getattr(at, name) for name in names}}
