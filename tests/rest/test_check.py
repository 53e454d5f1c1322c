"""`check` tries the credentials and tells apart what a person acts on differently."""

from __future__ import annotations

import pytest

from hub.errors import AuthRefused, ConfigError, MissingScope, Unreachable
from hub.http import Limits
from hub.testing.fake_server import Answer
from hub.testing.hostile import HostileServer

from .conftest import Connect, connector_of, customers, with_head

CHECK = "check: {path: /me, show: {account: $.account, nothing: $.name}}\nstreams:"


TWO = """
customers: {path: /cursor/customers, key: id, records: "$.data[*]", paginate: single_page, deletes: none}
orders: {path: /cursor/orders, key: id, records: "$.data[*]", paginate: single_page, deletes: none, errors: RULES}
of_each: {path: "/none/{customers.id}", key: id, records: "$[*]", paginate: single_page, deletes: none}
"""


def two(rules: str = "[]") -> str:
    return with_head(TWO.replace("RULES", rules))


def test_the_manifests_question(vendor: HostileServer, connect: Connect):
    driver = connect(customers("cursor").replace("streams:", CHECK))
    told = driver.check()
    assert (told.message, told.details) == ("Hostile vendor lets us read customers", {"account": "hostile"})
    assert [asked.path for asked in vendor.requests] == ["/me", "/cursor/customers"]


def test_a_question_that_is_posted(vendor: HostileServer, connect: Connect, monkeypatch):
    monkeypatch.setattr(vendor, "answer", lambda asked: Answer.json({"uid": 7, "data": [], "meta": {}}))
    posted = "check: {path: /whoami, method: POST, body: {all: true}, show: {user: $.uid}}\nstreams:"
    driver = connect(customers("cursor").replace("streams:", posted))
    assert driver.check().details == {"user": "7"}
    asked = vendor.requests[0]
    assert (asked.method, asked.path, asked.body) == ("POST", "/whoami", b'{"all":true}')


def test_every_stream_is_asked_for_but_for_those_of_a_parent(vendor: HostileServer, connect: Connect):
    driver = connect(two())
    assert driver.check().message == "Hostile vendor lets us read customers and orders"
    assert len(vendor.requests) == 2
    vendor.may_read = {"customers"}
    with pytest.raises(MissingScope):
        driver.check()


def test_what_is_left_out_is_told(vendor: HostileServer, connect: Connect):
    vendor.may_read = {"customers"}
    told = connect(two("[{status: 403, action: skip_stream}]")).check()
    assert told.message == "Hostile vendor lets us read customers"
    assert told.details == {"orders": "is left out: the vendor answered 403"}


def test_where_all_is_left_out_a_permission_is_missing(vendor: HostileServer, connect: Connect):
    vendor.may_read = {"orders"}
    driver = connect(customers("cursor", "deletes: none\nerrors: [{status: 403, action: skip_stream}]"))
    with pytest.raises(MissingScope):
        driver.check()


def test_wrong_credentials_and_no_vendor(vendor: HostileServer, connect: Connect):
    text = customers("cursor").replace("streams:", CHECK)
    with pytest.raises(AuthRefused):
        connect(text, token="a-wrong-token").check()
    driver = connect(text, limits=Limits(attempts=2))
    vendor.stop()
    with pytest.raises(Unreachable):
        driver.check()


def test_streams_may_depend_on_the_settings(vendor: HostileServer, connect: Connect):
    text = customers("cursor", 'deletes: none\nwhen: "{config.people}"').replace(
        "config:\n", "config:\n  people: {description: Read people too, type: boolean, default: false}\n"
    )
    assert connect(text).connector.streams() == []
    assert [stream.name for stream in connect(text, people=True).connector.streams()] == ["customers"]


@pytest.mark.parametrize(
    ("rate", "setting", "wanted"),
    [("400/min", "10", 400 / 60), ("4/s", "10", 4), ("86400/day", "10", 1), ("{config.often}/min", "120", 2)],
)
def test_limits_become_the_clients(rate: str, setting: str, wanted: float):
    text = with_head("people: {path: /p, key: id, records: '$[*]', paginate: single_page, deletes: none}")
    text = text.replace("  auth:", f'  limits: [{{rate: "{rate}", concurrency: 3}}]\n  auth:')
    text = text.replace("config:\n", "config:\n  often: {description: Requests a minute, default: '1'}\n")
    made = connector_of(text)
    options = made(made.Config(token="t", often=setting)).http()
    assert options.requests_per_second == pytest.approx(wanted)
    assert options.concurrency == 3


@pytest.mark.parametrize("often", ["many", "0", "-1"])
def test_a_setting_that_makes_no_rate(often: str):
    text = with_head("people: {path: /p, key: id, records: '$[*]', paginate: single_page, deletes: none}")
    text = text.replace("  auth:", '  limits: [{rate: "{config.often}/min"}]\n  auth:')
    made = connector_of(text.replace("config:\n", "config:\n  often: Requests a minute\n"))
    with pytest.raises(ConfigError) as caught:
        made(made.Config(token="t", often=often)).http()
    assert caught.value.code == "HUB-4607"


def test_the_address_is_made_of_the_settings(vendor: HostileServer):
    text = customers("cursor").replace("https://vendor.example.com", '"https://{config.shop}.example.com/v1"')
    made = connector_of(text.replace("config:\n", "config:\n  shop: Your shop\n"))
    usual = made(made.Config(token="t", shop="acme")).http()
    assert (usual.base_url, usual.trusted_hosts) == ("https://acme.example.com/v1", ())
    sly = made(made.Config(token="t", shop="evil.example.net/x#")).http()
    assert sly.base_url == "https://evil.example.net%2Fx%23.example.com/v1", "a name cannot lead elsewhere"
    own = made(made.Config(token="t", shop="acme", base_url="http://127.0.0.1:8080/proxy/")).http()
    assert (own.base_url, own.trusted_hosts) == ("http://127.0.0.1:8080/proxy", ("127.0.0.1:8080",))


def test_an_address_may_be_given_whole():
    text = customers("cursor").replace("https://vendor.example.com", '"{config.url}"')
    made = connector_of(text.replace("config:\n", "config:\n  url: Where your server is\n"))
    options = made(made.Config(token="t", url="https://crm.example.com/odoo/")).http()
    assert (options.base_url, options.trusted_hosts) == ("https://crm.example.com/odoo", ())
