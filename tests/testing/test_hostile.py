"""The hostile server, seen by a plain client: what it promises to do to a reader it really does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hub.errors import ConfigError
from hub.testing.fake_server import Answer, Asked
from hub.testing.hostile import HostileServer
from hub.testing.hostile_bodies import emptied
from hub.testing.hostile_faults import KINDS, Fault, inject
from hub.testing.hostile_paging import STYLES
from hub.testing.hostile_records import START, stamp

COUNT = 57


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer(COUNT, same_second=25) as running:
        yield running


@pytest.fixture
def client(server: HostileServer) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=5
    ) as made:
        yield made


def pages(client: httpx.Client, style: str, stream: str = "customers", **query: Any) -> Iterator[list[Any]]:
    """Follows a style to its end, as its documentation says."""
    url = f"/{style}/{stream}"
    params: Any = {"limit": 10, **query}
    while True:
        answer = client.get(url, params=params)
        answer.raise_for_status()
        body = answer.json()
        rows = body if isinstance(body, list) else body["data"]
        yield rows
        match style:
            case "page":
                if body["page"] >= body["pages"]:
                    return
                params["page"] = body["page"] + 1
            case "offset":
                params["offset"] = params.get("offset", 0) + len(rows)
                if params["offset"] >= body["total"]:
                    return
            case "cursor":
                if not body["meta"]["has_more"]:
                    return
                params["after"] = body["meta"]["after"]
            case "json_link" | "link_header":
                link = (
                    body["links"]["next"] if style == "json_link" else answer.links.get("next", {}).get("url")
                )
                if not link:
                    return
                url, params = link, None
            case "keyset":
                if len(rows) < 10:
                    return
                params["after_id"] = rows[-1]["id"]
            case _:
                return


def ids(client: httpx.Client, style: str, **query: Any) -> list[int]:
    return [row["id"] for rows in pages(client, style, **query) for row in rows]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_hands_out_every_record_once(
    server: HostileServer, client: httpx.Client, style: str
) -> None:
    assert sorted(ids(client, style)) == list(range(1, COUNT + 1))
    assert set(server.ledger.sent().values()) == {1}
    assert len(server.ledger.sent()) == COUNT


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "link_header", "json_link", "single"])
def test_since_and_until_choose_by_time_of_change(client: httpx.Client, style: str) -> None:
    since, until = stamp(START + timedelta(seconds=1)), stamp(START + timedelta(seconds=2))
    assert ids(client, style, since=since, until=until) == list(range(25, 50))


def test_a_page_border_lies_within_one_second(client: httpx.Client) -> None:
    first, second = list(pages(client, "cursor"))[:2]
    assert first[-1]["updated_at"] == second[0]["updated_at"]


def test_records_of_a_parent(client: httpx.Client) -> None:
    found = [row for rows in pages(client, "cursor", "customers/8/orders") for row in rows]
    assert found
    assert {row["customer_id"] for row in found} == {8}
    assert client.get("/cursor/customers/9000/orders").json()["data"] == []


def test_changes_come_last_and_what_is_buried_tells_so(server: HostileServer, client: httpx.Client) -> None:
    now = START + timedelta(days=1)
    table = server.tables["customers"]
    table.change(3, now, name="Renamed")
    table.bury(4, now)
    table.remove(5)
    assert [row for rows in pages(client, "cursor", since=stamp(now)) for row in rows] == [
        {**table[3], "name": "Renamed"},
        {"id": 4, "deleted": True, "updated_at": stamp(now)},
    ]
    assert 5 not in ids(client, "page")
    assert len(table.keys()) == COUNT - 2


@pytest.mark.parametrize("style", ["page", "cursor", "link_header", "json_link"])
def test_endless_pages(server: HostileServer, client: httpx.Client, style: str) -> None:
    server.endless = True
    told = pages(client, style)
    first = [row["id"] for row in next(told)]
    for _ in range(20):
        assert [row["id"] for row in next(told)] == first


def test_nonsense_is_refused(client: httpx.Client) -> None:
    assert client.get("/cursor/customers", params={"after": "nonsense"}).status_code == 400
    assert client.get("/spiral/customers").status_code == 404
    assert client.get("/cursor/nothing").status_code == 404


# --- credentials ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"Authorization": "Bearer hostile-token"}},
        {"auth": ("anybody", "hostile-token")},
        {"headers": {"X-Api-Key": "hostile-token"}},
        {"params": {"api_key": "hostile-token"}},
    ],
)
def test_the_token_travels_in_any_way(server: HostileServer, sent: Any) -> None:
    assert httpx.get(server.url + "/me", **sent).status_code == 200


def test_wrong_credentials_and_missing_scope(server: HostileServer, client: httpx.Client) -> None:
    assert httpx.get(server.url + "/me").status_code == 401
    server.may_read = {"orders"}
    assert client.get("/page/customers").status_code == 403
    assert client.get("/page/orders").status_code == 200


def test_a_token_expires_in_mid_run_and_a_refresh_token_works_once() -> None:
    with HostileServer(50, lifetime=2) as server:
        old = {"Authorization": f"Bearer {server.token}"}
        assert [httpx.get(server.url + "/me", headers=old).status_code for _ in range(3)] == [200, 200, 401]
        form = {"grant_type": "refresh_token", "refresh_token": server.refresh_token}
        told = httpx.post(server.url + "/oauth/token", data=form).json()
        new = {"Authorization": f"Bearer {told['access_token']}"}
        assert httpx.get(server.url + "/me", headers=new).status_code == 200
        assert httpx.post(server.url + "/oauth/token", data=form).json() == {"error": "invalid_grant"}
        assert told["refresh_token"] == server.refresh_token


# --- faults --------------------------------------------------------------------------------------------------------


def test_a_fault_is_data() -> None:
    assert Fault.parse("throttle:times=2,after=3,path=orders,retry_after=2.5") == Fault(
        "throttle", 2, 3, "orders", {"retry_after": "2.5"}
    )
    assert Fault.parse("repeat:times=0").times > 1_000_000
    for wrong in ("trottle", "throttle:times=two"):
        with pytest.raises(ConfigError, match="HUB-4701"):
            Fault.parse(wrong)
    assert {kind.expect for kind in KINDS.values()} == {"all", "rejects", "error"}


@pytest.mark.parametrize(("told", "asked"), [("", None), ("2", 2.0), ("2.5", 2.5), ("date+3", 3.0)])
def test_throttling_in_every_notation(
    server: HostileServer, client: httpx.Client, told: str, asked: float | None
) -> None:
    now = datetime(2026, 7, 30, 12, tzinfo=UTC)
    server.clock = lambda: now
    inject(server, Fault("throttle", options={"retry_after": told}))
    refused = client.get("/page/customers")
    assert refused.status_code == 429
    assert ("retry-after" in refused.headers) is (asked is not None)
    assert server.ledger.served[-1].asked_wait == asked
    assert client.get("/page/customers").status_code == 200


def test_the_ledger_tells_who_did_not_wait(server: HostileServer, client: httpx.Client) -> None:
    now = datetime(2026, 7, 30, 12, tzinfo=UTC)
    server.clock = lambda: now
    for patience in (1.0, 3.0):
        inject(server, Fault("throttle", options={"retry_after": "2"}))
        client.get("/page/customers")
        now += timedelta(seconds=patience)
        client.get("/page/customers")
    assert [(wait.asked, wait.waited, wait.honoured) for wait in server.ledger.waits()] == [
        (2.0, 1.0, False),
        (2.0, 3.0, True),
    ]


def seen(server: HostileServer, client: httpx.Client, text: str) -> httpx.Response:
    """The second page, with a fault in it."""
    inject(server, Fault.parse(text))
    client.get("/page/customers", params={"limit": 10})
    return client.get("/page/customers", params={"limit": 10, "page": 2})


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("burst:after=1,status=500", lambda answer: answer.status_code == 500),
        ("expired:after=1", lambda answer: answer.status_code == 401),
        ("repeat:after=1", lambda answer: answer.json()["data"][0]["id"] == 1),
        ("missing:after=1", lambda answer: answer.json() == {"data": [], "page": 2, "pages": 6, "total": 57}),
        ("html:after=1", lambda answer: "text/html" in answer.headers["content-type"]),
        ("error_body:after=1", lambda answer: (answer.status_code, *answer.json()) == (200, "error")),
        ("redirect:after=1,to=private", lambda answer: "169.254" in answer.headers.get("location", "")),
        ("redirect:after=1,to=circle", lambda answer: answer.headers.get("location") == "/page/customers"),
        ("drift:after=1", lambda answer: "invented_field" in answer.json()["data"][0]),
        ("duplicate:after=1", lambda answer: [row["id"] for row in answer.json()["data"]][:3] == [11, 11, 12]),
        ("malformed:after=1,how=nan", lambda answer: b'"spoiled": NaN' in answer.content),
        ("malformed:after=1,how=half", lambda answer: rb'"spoiled": "\ud800"' in answer.content),
        ("malformed:after=1,how=deep", lambda answer: answer.content.count(b'{"a":') == 10_000),
        ("malformed:after=1,how=text", lambda answer: isinstance(answer.json()["data"][5], str)),
        ("malformed:after=1,how=no_key", lambda answer: "id" not in answer.json()["data"][5]),
    ],
)  # fmt: skip
def test_spoiled_answers(
    server: HostileServer, client: httpx.Client, text: str, holds: Callable[[httpx.Response], bool]
) -> None:
    assert holds(seen(server, client, text))
    server.heal()
    good = client.get("/page/customers", params={"limit": 10, "page": 2})
    assert not holds(good), "a good answer must not look like the spoiled one"
    assert [row["id"] for row in good.json()["data"]] == list(range(11, 21))


@pytest.mark.parametrize("text", ["truncate:after=1", "hang_up:after=1", "lost_answer:after=1"])
def test_broken_transfers(server: HostileServer, client: httpx.Client, text: str) -> None:
    with pytest.raises(httpx.TransportError):
        seen(server, client, text)
    assert server.ledger.sent()["11"] == 0


def test_a_lost_answer_was_carried_out(server: HostileServer, client: httpx.Client) -> None:
    body = {"records": [{"email": "new@example.org"}]}
    inject(server, Fault("lost_answer"))
    with pytest.raises(httpx.TransportError):
        client.post("/batch/customers", json=body, headers={"Idempotency-Key": "k1"})
    assert server.tables["customers"].find("email", "new@example.org")
    again = client.post("/batch/customers", json=body, headers={"Idempotency-Key": "k1"}).json()
    assert again == {"results": [{"status": "created", "id": COUNT + 1}]}


def test_writing_gives_one_result_a_record(client: httpx.Client) -> None:
    body = {"records": [{"email": "person3@example.com", "name": "New Name"}, {"email": "nobody"}]}
    told = client.post("/batch/customers", json=body).json()["results"]
    assert told == [{"status": "updated", "id": 3}, {"status": "invalid", "error": "invalid_email"}]


def test_a_bomb_is_small_and_unpacks_to_much(server: HostileServer, client: httpx.Client) -> None:
    inject(server, Fault("bomb"))
    with client.stream("GET", "/page/customers") as answer:
        packed = sum(map(len, answer.iter_raw()))
    assert answer.headers["content-encoding"] == "gzip"
    assert packed < 1024 * 1024


def test_slowness_at_the_beginning_and_in_the_middle(server: HostileServer, client: httpx.Client) -> None:
    for text in ("slow:seconds=0.3", "drip:seconds=0.4"):
        inject(server, Fault.parse(text))
        began = time.monotonic()
        assert len(client.get("/page/customers").json()["data"]) == COUNT
        assert time.monotonic() - began >= 0.3
    began = time.monotonic()
    client.get("/page/customers")
    assert time.monotonic() - began < 0.3


def test_a_clock_that_is_wrong(server: HostileServer, client: httpx.Client) -> None:
    now = datetime(2026, 7, 30, 12, tzinfo=UTC)
    server.clock = lambda: now
    inject(server, Fault("skew", options={"seconds": "-86400"}))
    assert client.get("/me").headers["date"] == "Wed, 29 Jul 2026 12:00:00 GMT"
    assert server.ledger.served[-1].at == now


def test_as_a_process_of_its_own() -> None:
    command = [
        sys.executable,
        "-m",
        "hub.testing.hostile",
        "--records",
        "30",
        "--fault",
        "burst:after=1,times=1",
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    with httpx.Client(base_url=told["url"], headers={"Authorization": f"Bearer {told['token']}"}) as client:
        assert [client.get("/me").status_code for _ in range(3)] == [200, 503, 200]
        client.post("/_faults", content="expired throttle:retry_after=0")
        assert [client.get("/me").status_code for _ in range(3)] == [401, 429, 200]
        assert ids(client, "keyset") == list(range(1, 31))
        ledger = client.get("/_ledger").json()
    assert (ledger["sent"], ledger["sent_twice"]) == (30, 0)
    assert ledger["faults"] == {"burst": 1, "expired": 1, "throttle": 1}
    assert [wait["asked"] for wait in ledger["waits"]] == [0.0]
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"QueryResponse": {"Customer": [{"Id": "1"}], "maxResults": 1}}, {"QueryResponse": {"Customer": [], "maxResults": 1}}),
        ({"rows": [{"id": 1, "lines": [{"n": 1}, {"n": 2}]}], "meta": {"of": []}}, {"rows": [], "meta": {"of": []}}),
        ({"told": {"n": 1}}, {"told": {"n": 1}}),
    ],
)  # fmt: skip
def test_the_records_of_an_answer_are_found_where_they_are(body: Any, left: Any) -> None:
    assert json.loads(emptied(Asked("GET", "/", {}, {}), Answer.json(body)).body) == left
