"""All records that a vendor has are listed for comparison: by a list of their own, or by a stream that is read anyway."""

from __future__ import annotations

import pytest

from hub.errors import BadAnswer, ConfigError
from hub.models import Found
from hub.rest import parse_manifest
from hub.testing.driver import Driver
from hub.testing.hostile import HostileServer

from .conftest import HEAD, STYLES, Connect, customers

WRITE = """\
write:
  customers:
    path: /batch/customers
    batch: 100
    key: email
    idempotent: true
    scan:
"""
OWN = """\
      path: /{style}/customers
      records: "{rows}"
      paginate: {paginate}
      id: id
      fields: {{email: email, name: name}}
"""


def scan(driver: Driver) -> list[list[Found]]:
    return [list(batch) for batch in driver.connector.scan("customers", driver.context)]


def own(style: str) -> str:
    rows = "$[*]" if style == "link_header" else "$.data[*]"
    return HEAD + WRITE + OWN.format(style=style, rows=rows, paginate=STYLES[style])


@pytest.mark.parametrize("style", STYLES)
def test_by_a_list_of_its_own(vendor: HostileServer, connect: Connect, style: str) -> None:
    driver = connect(own(style))
    assert driver.connector.capabilities.scans == ("customers",)
    batches = scan(driver)
    found = [one for batch in batches for one in batch]
    assert sorted(int(one.remote_id) for one in found) == sorted(
        row["id"] for row in vendor.tables["customers"]
    )
    there = vendor.tables["customers"].find("id", 7)
    assert there is not None
    (one,) = [one for one in found if one.remote_id == "7"]
    assert one.fields == {"email": there["email"], "name": there["name"]}
    assert len(batches) > 1 or style == "single"


def test_by_a_stream_from_its_beginning(vendor: HostileServer, connect: Connect) -> None:
    cursor = (
        "cursor: {field: updated_at, send: {since: since}, order: unknown, start: '2026-07-29'}\n"
        "deletes: {method: full_scan, every: 7d}"
    )
    text = (
        customers("keyset", cursor)
        + "\n"
        + WRITE
        + "      {stream: customers, id: id, fields: {email: email}}\n"
    )
    found = [one for batch in scan(connect(text)) for one in batch]
    assert len(found) == len(vendor.tables["customers"])


def test_a_list_that_ends_early_is_an_error(vendor: HostileServer, connect: Connect) -> None:
    """Else what did not come would be taken for what is not there."""
    driver = connect(own("page"))
    vendor.fail(20, status=500, after=1)
    with pytest.raises(Exception, match="HUB-40"):
        scan(driver)


def test_a_list_that_the_manifest_leaves_out_is_an_error(vendor: HostileServer, connect: Connect) -> None:
    more = "deletes: none\nerrors: [{status: 403, action: skip_stream}]"
    text = customers("page", more) + "\n" + WRITE + "      {stream: customers, id: id}\n"
    vendor.fail(1, status=403)
    with pytest.raises(BadAnswer, match="HUB-4646"):
        scan(connect(text))


def test_where_the_manifest_does_not_say_how(connect: Connect) -> None:
    driver = connect(HEAD + WRITE.replace("    scan:\n", ""))
    assert driver.connector.capabilities.scans == ()
    with pytest.raises(NotImplementedError):
        list(driver.connector.scan("customers", driver.context))


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("{stream: customer, id: id}", "no stream 'customer'"),
        ("{stream: customers, path: /x, id: id}", "take either"),
        ("{path: /x, id: id}", "name a `stream`"),
        ("{path: '/{row.email}', records: $, paginate: single_page, id: id}", "names nothing"),
        ("{path: /x, body: {}, records: $, paginate: single_page, id: id}", "method: POST"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(told: str, problem: str) -> None:
    head = customers("page").splitlines()
    text = "\n".join(head) + "\n" + WRITE + f"      {told}\n"
    with pytest.raises(ConfigError) as caught:
        parse_manifest(text, "hostile/connector.yaml")
    assert problem in f"{caught.value.message} {caught.value.hint}"
    lines = len(text.splitlines())
    assert caught.value.where in (f"hostile/connector.yaml:{lines - 1}", f"hostile/connector.yaml:{lines}")
