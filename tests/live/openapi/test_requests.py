"""Requests of connectors held against what the vendors themselves publish about their interfaces, by Prism."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from hub.contract import HttpOptions
from hub.errors import AuthRefused, HubError, MissingScope, Refused, Retry, Unreachable
from hub.models import RowStatus, RunStatus
from hub.plugins import load_plugins
from hub.testing import NOON
from hub.testing.driver import Clock
from hub.testing.session import Session
from tests.live.openapi.conftest import DOCUMENTS, Judge

pytestmark = pytest.mark.live
#: A parameter that each vendor has, with a value that it cannot have.
NONSENSE = {
    "mailchimp": {"status": "SIDEWAYS"},
    "stripe": {"ending_before": "x" * 6000},
    "xero": {"unitdp": "many"},
    "google_forms": {"prettyPrint": "perhaps"},
    "twilio": {"Status": "NONSENSE"},
}
#: Where a vendor's document says other than its pages.
AT_ODDS = {
    # Xero's pages say yyyy-mm-ddThh:mm:ss, in UTC, and show it so.
    'request.header.if-modified-since Request header parameter if-modified-since must match format "date-time"',
}


def case_of(vendor: str) -> Any:
    """The vendor's own case of the kit: its fake with records, and the connection to it."""
    module = importlib.import_module(f"tests.connectors.{vendor}.test_conformance")
    return next(
        cls() for name, cls in vars(module).items() if name.startswith("Test") and cls.connector == vendor
    )


def session_at(
    vendor: str, config: dict[str, Any], folder: Path, *trusted: str, **extra: dict[str, str]
) -> Session:
    """A connection whose every request carries something extra: params or headers."""
    connector = load_plugins().connector(vendor)

    class Extra(connector):  # type: ignore[misc,valid-type]
        def http(self) -> HttpOptions:
            own: HttpOptions = super().http()
            # Tokens are renewed at the fake itself, which the document does not tell of.
            own = replace(own, trusted_hosts=(*own.trusted_hosts, *trusted))
            return replace(own, **{name: {**getattr(own, name), **told} for name, told in extra.items()})

    return Session(Extra, config, folder, clock=Clock(NOON))


def config_at(case: Any, fake: Any, upstream: str, judged: Judge) -> dict[str, Any]:
    """The connection to the fake, by way of Prism; tokens are renewed without it."""
    config = dict(case.config(fake))
    return {**config, "base_url": config["base_url"].replace(upstream, judged.address)}


@pytest.mark.parametrize("vendor", DOCUMENTS)
def test_reading_asks_for_nothing_that_the_vendor_does_not_describe(
    vendor: str, judge: Any, base_path: Any, tmp_path: Path
) -> None:
    case = case_of(vendor)
    (other := tmp_path / "other").mkdir()
    with case.vendor(tmp_path) as fake, judge(vendor, upstream := fake.url + base_path(vendor)) as judged:
        here = urlsplit(fake.url).netloc
        with session_at(vendor, config_at(case, fake, upstream, judged), tmp_path, here) as session:
            fake.clock = session.clock
            session.check()
            assert session.sync().status is RunStatus.SUCCEEDED
            assert session.sync().status is RunStatus.SUCCEEDED
            assert session.keys() == case.truth(fake)
        assert set(judged.violations()) <= AT_ODDS

        config = config_at(case, fake, upstream, judged)
        with session_at(vendor, config, other, here, params=NONSENSE[vendor]) as session:
            session.sync()
        assert not set(judged.violations()) <= AT_ODDS, "a request that is not as described is noticed"


def test_what_is_written_to_mailchimp_is_as_it_describes(judge: Any, base_path: Any, tmp_path: Path) -> None:
    case, vendor = case_of("mailchimp"), "mailchimp"
    with case.vendor(tmp_path) as fake, judge(vendor, upstream := fake.url + base_path(vendor)) as judged:
        with session_at(vendor, config_at(case, fake, upstream, judged), tmp_path) as session:
            new, known, _ = case.rows()
            (made,) = session.connector.write([new], session.context)
            results = [
                made,
                *session.connector.write([replace(new, remote_id=made.remote_id)], session.context),
                *session.connector.write([known], session.context),
                *session.connector.write(
                    [replace(new, remote_id=made.remote_id, op="delete")], session.context
                ),
            ]
            assert {result.status for result in results} == {RowStatus.OK}
            assert {asked.method for asked in fake.requests} == {"PUT", "PATCH", "DELETE"}
            assert judged.violations() == []

            session.connector.write([replace(new, changed={"vip": "perhaps"})], session.context)
        assert judged.violations() != [], "a row that is not as described is noticed"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(401, AuthRefused), (403, MissingScope), (404, Refused), (429, Retry), (500, Unreachable)],
)
def test_refusals_as_mailchimp_describes_them_are_told_by_their_kind(
    code: int, kind: type[HubError], judge: Any, tmp_path: Path
) -> None:
    case = case_of("mailchimp")
    with case.vendor(tmp_path) as fake, judge("mailchimp") as judged:
        config = config_at(case, fake, f"{fake.url}/3.0", judged)
        prefer = {"Prefer": f"code={code}"}
        with session_at("mailchimp", config, tmp_path, headers=prefer) as session, pytest.raises(kind):
            session.check()
        asked = httpx.get(f"{judged.address}/campaigns", headers=prefer, auth=("hub", "key-us21"))
        assert asked.status_code == code
        assert set(asked.json()) == set(json.loads(fake.refusal(code, "Refused").body)), (
            "the fake refuses so, too"
        )
