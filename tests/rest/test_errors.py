"""The `errors:` of a manifest: what a vendor's answers mean where the status alone misleads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.errors import (
    AuthRefused,
    ConfigError,
    CursorGone,
    HubError,
    MissingScope,
    Refused,
    Retry,
    SkipStream,
    Unreachable,
)
from hub.http import Limits
from hub.testing.driver import Driver
from hub.testing.hostile import HostileServer

from .conftest import HEAD, Connect, customers, keys

ALL = list(range(1, 36))


def reading(connect: Connect, rule: str, **options: Any) -> Driver:
    return connect(customers("cursor", f"deletes: full_scan\nerrors: [{rule}]"), **options)


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ("{status: 409, action: fail, kind: auth}", AuthRefused),
        ("{status: 409, action: fail, kind: permission}", MissingScope),
        ("{status: 409, action: fail}", Refused),
        ("{status: 409, action: fail, kind: request}", Refused),
        ("{status: 409, action: restart}", CursorGone),
        ("{status: 409, action: retry}", Unreachable),
        ("{status: 409, action: retry, kind: throttle}", Retry),
        ("{status: [408, 409], action: fail, kind: permission}", MissingScope),
        ("{where: $.error.code, is: [busy, tired], action: fail, kind: permission}", MissingScope),
        ("{where: $.error.code, action: fail, kind: permission}", MissingScope),
        ("{contains: 'is tired', action: fail, kind: permission}", MissingScope),
        # Rules that do not fit leave it to HTTP.
        ("{status: 404, action: fail, kind: permission}", Refused),
        ("{where: $.error.code, is: busy, action: fail, kind: permission}", Refused),
        ("{where: $.failure, action: fail, kind: permission}", Refused),
        ("{status: 409, contains: nothing, action: fail, kind: permission}", Refused),
    ],
)
def test_what_a_rule_makes_of_an_answer(
    vendor: HostileServer, connect: Connect, rule: str, error: type[HubError]
):
    vendor.fail(9, status=409, body={"error": {"code": "tired", "text": "it is tired"}}, after=1)
    driver = reading(connect, rule.replace("}", ", hint: Ask them.}"), limits=Limits(attempts=3))
    with pytest.raises(HubError) as caught:
        driver.pull()
    assert type(caught.value) is error
    assert keys(driver) == list(range(1, 11))


def test_what_may_pass_is_tried_again(vendor: HostileServer, connect: Connect):
    vendor.fail(2, status=409, after=1, retry_after="3")
    driver = reading(connect, "{status: 409, action: retry, kind: throttle}")
    driver.pull()
    assert keys(driver) == ALL
    assert sum(driver.clock.slept) >= 6


def test_a_failure_inside_a_good_answer_is_tried_again(vendor: HostileServer, connect: Connect):
    throttled = {"errors": [{"extensions": {"code": "OTHER"}}, {"extensions": {"code": "THROTTLED"}}]}
    vendor.fail(2, status=200, body=throttled, after=1)
    rule = "{status: 200, where: '$.errors[*].extensions.code', is: THROTTLED, action: retry, kind: throttle}"
    driver = reading(connect, rule)
    driver.pull()
    assert keys(driver) == ALL


THROTTLED = [
    (429, "{status: 429, action: retry, kind: throttle, retry_after: PLACE}"),
    (403, "{status: 403, where: $.error.code, is: quota, action: retry, kind: throttle, retry_after: PLACE}"),
    (200, "{where: $.error.code, is: quota, action: retry, kind: throttle, retry_after: PLACE}"),
]


@pytest.mark.parametrize(("status", "rule"), THROTTLED)
@pytest.mark.parametrize("told", ["seconds", "text", "moment", "epoch"])
def test_the_wait_that_a_body_tells_is_waited(
    vendor: HostileServer, connect: Connect, status: int, rule: str, told: str
):
    driver = reading(connect, rule.replace("PLACE", "$.error.reset"))
    later = driver.clock() + timedelta(seconds=20)
    reset = {"seconds": 20, "text": "20.0", "moment": later.isoformat(), "epoch": int(later.timestamp())}[
        told
    ]
    vendor.fail(1, status=status, body={"error": {"code": "quota", "reset": reset}}, after=1)
    driver.pull()
    assert keys(driver) == ALL
    assert 18 <= sum(driver.clock.slept) <= 22, (
        "as long as the body says, a second of jitter, one of rounding"
    )


@pytest.mark.parametrize(("status", "rule"), THROTTLED)
def test_and_one_that_a_header_tells(vendor: HostileServer, connect: Connect, status: int, rule: str):
    body = {"error": {"code": "quota"}}
    vendor.fail(1, status=status, headers={"X-Come-Back": "20"}, body=body, after=1)
    driver = reading(connect, rule.replace("PLACE", "header:X-Come-Back"))
    driver.pull()
    assert keys(driver) == ALL
    assert 20 <= sum(driver.clock.slept) <= 21


@pytest.mark.parametrize(("status", "rule"), THROTTLED)
def test_a_long_wait_parks_the_connection_with_the_rules_hint(
    vendor: HostileServer, connect: Connect, status: int, rule: str
):
    vendor.fail(9, status=status, body={"error": {"code": "quota", "reset": 7200}}, after=1)
    driver = reading(connect, rule.replace("PLACE}", "$.error.reset, hint: Buy more calls.}"))
    with pytest.raises(Retry) as caught:
        driver.pull()
    assert caught.value.until - driver.clock() == timedelta(hours=2)
    assert caught.value.hint == "Buy more calls."
    assert sum(driver.clock.slept) == 0


@pytest.mark.parametrize("reset", [None, "soon", True, -5, {"in": 20}, [20], ""])
def test_what_tells_no_wait_leaves_it_to_the_headers(vendor: HostileServer, connect: Connect, reset: Any):
    body = {"error": {"code": "quota", "reset": reset}}
    vendor.fail(1, status=429, retry_after="7", body=body, after=1)
    driver = reading(connect, THROTTLED[0][1].replace("PLACE", "$.error.reset"))
    driver.pull()
    assert keys(driver) == ALL
    assert 7 <= sum(driver.clock.slept) <= 8


def test_without_the_place_the_wait_of_the_body_is_not_known(vendor: HostileServer, connect: Connect):
    """What the tests above show is the rule's doing."""
    vendor.fail(1, status=429, body={"error": {"code": "quota", "reset": 7200}}, after=1)
    driver = reading(connect, "{status: 429, action: retry, kind: throttle}")
    driver.pull()
    assert sum(driver.clock.slept) < 7200


def test_a_wait_is_for_what_is_tried_again(connect: Connect):
    with pytest.raises(ConfigError, match="retry_after"):
        reading(connect, "{status: 429, action: fail, retry_after: $.wait}")


def test_a_stream_may_be_left_out_and_is_told(vendor: HostileServer, connect: Connect):
    vendor.may_read = {"orders"}
    driver = reading(connect, "{status: 403, action: skip_stream, kind: permission, hint: Buy the plan.}")
    with pytest.raises(SkipStream) as caught:
        driver.pull()
    assert (caught.value.code, caught.value.stream) == ("HUB-6018", "customers")
    assert caught.value.message == "customers is left out: the vendor answered 403"
    assert caught.value.hint == "Buy the plan."
    assert keys(driver) == []
    with pytest.raises(MissingScope):
        reading(connect, "{status: 404, action: skip_stream}").pull()


def test_what_is_left_out_in_the_middle_is_no_evidence(vendor: HostileServer, connect: Connect):
    driver = reading(connect, "{status: 403, action: skip_stream}")
    driver.pull()
    vendor.fail(1, status=403, after=2)
    with pytest.raises(SkipStream):
        driver.pull()
    assert driver.deleted == []
    driver.pull()
    assert keys(driver) == ALL


def test_a_refusal_may_mean_that_there_is_nothing_more(vendor: HostileServer, connect: Connect):
    vendor.fail(1, status=400, body={"code": "invalid_page_number"}, after=4)
    paginate = "{type: page, send: page, size: 10, send_size: limit}"
    rule = "{status: 400, where: $.code, is: invalid_page_number, action: empty}"
    driver = connect(customers("page", f"deletes: none\nerrors: [{rule}]", paginate))
    driver.pull()
    assert keys(driver) == ALL
    assert driver.checkpoint["customers"] == {"rows": 35}


def test_a_streams_own_rule_comes_before_the_connections(vendor: HostileServer, connect: Connect):
    vendor.fail(1, status=409)
    text = customers("cursor", "deletes: none\nerrors: [{status: 409, action: fail, kind: permission}]")
    text = text.replace(
        HEAD.strip().splitlines()[-1],
        HEAD.strip().splitlines()[-1] + "\n  errors: [{status: 409, action: restart}]",
    )
    with pytest.raises(MissingScope):
        connect(text).pull()
    vendor.fail(1, status=409)
    with pytest.raises(CursorGone):
        connect(
            text.replace(
                "\n  errors: [{status: 409, action: fail", "\n  errors: [{status: 410, action: fail", 1
            ).replace("    errors: [{status: 409, action: fail", "    errors: [{status: 410, action: fail")
        ).pull()
