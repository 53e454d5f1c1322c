"""What arrives by itself: taken when it is good, refused when it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.contract import Request

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_bench import Bench


def arrivals(case: Conformance) -> None:
    """Each request is answered with a success and lands; a second delivery of the same makes no second record."""
    with case.open() as bench:
        requests = _requests(case, bench)
        for request in requests:
            received = bench.session.receive(request)
            assert received.status < 400, f"a good request is answered {received.status}: {received.body}"
        once = bench.session.landed()
        assert any(once.values()), "nothing landed"
        for request in requests:
            bench.session.receive(request)
        assert bench.session.landed() == once, "delivered twice, it is not the same as once"


def strangers(case: Conformance) -> None:
    """Without the headers and parameters that prove who sent it, nothing is taken."""
    with case.open() as bench:
        for request in _requests(case, bench):
            kind = {
                name: value for name, value in request.headers.items() if name in ("content-type", "accept")
            }
            _refused(bench, replace(request, headers=kind, query={}), "a request without proof of its sender")


def tampering(case: Conformance) -> None:
    """One changed byte in the body, and nothing is taken."""
    with case.open() as bench:
        for request in _requests(case, bench):
            place = len(request.body) // 2
            changed = bytes([request.body[place] ^ 1])
            body = request.body[:place] + changed + request.body[place + 1 :]
            _refused(bench, replace(request, body=body), "a body that was changed on its way")


def _requests(case: Conformance, bench: Bench) -> list[Request]:
    found = list(case.arrivals(bench.vendor))
    assert found, "give good requests in arrivals()"
    return found


def _refused(bench: Bench, request: Request, what: str) -> None:
    received = bench.session.receive(request)
    assert 400 <= received.status < 500, f"{what} is answered {received.status}"
    assert not received.pages, f"{what} is refused, and lands all the same"
