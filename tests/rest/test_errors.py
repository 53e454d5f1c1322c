"""The `errors:` of a manifest: what a vendor's answers mean where the status alone misleads."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import (
    AuthRefused,
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
