"""What a mailbox connection may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.email.config import EmailConfig

IMAP = {"kind": "imap", "host": "imap.shop.example", "username": "Nora@Shop.example", "password": "secret"}


def test_the_log_in_name_tells_who_we_are():
    config = EmailConfig(**IMAP)
    assert config.us_addresses == {"nora@shop.example"}
    assert config.us_domains == {"shop.example"}
    assert config.server_port == 993
    assert EmailConfig(**IMAP | {"tls": "starttls"}).server_port == 143


def test_a_public_provider_is_nobodys_domain():
    config = EmailConfig(**IMAP | {"username": "teashop@gmail.com"})
    assert config.us_domains == frozenset()
    assert config.us_addresses == {"teashop@gmail.com"}
    with pytest.raises(ValidationError, match=r"gmail\.com: a public mail provider"):
        EmailConfig(**IMAP, own_domains=["shop.example", "Gmail.com"])


def test_own_domains_are_lower_case():
    config = EmailConfig(**IMAP, own_domains=["@Shop.example ", ""], own_addresses=["Tea@Example.com"])
    assert config.us_domains == {"shop.example"}
    assert config.us_addresses == {"tea@example.com", "nora@shop.example"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": "imap"}, "host, username, password"),
        (IMAP | {"password": None}, "password"),
        (IMAP | {"oauth_refresh_token": "x"}, "oauth_client_id, oauth_token_url"),
        (IMAP | {"tls": "none"}, "would send the password readable"),
        ({"kind": "maildir", "own_domains": ["shop.example"]}, "path"),
        ({"kind": "mbox", "path": "box"}, "own_domains or own_addresses"),
        (IMAP | {"username": "nora"}, "own_domains or own_addresses"),
        (IMAP | {"kind": "pop3"}, "imap"),
        (IMAP | {"passwort": "x"}, "passwort"),
    ],
)
def test_what_is_missing_or_wrong_is_told(given, told):
    with pytest.raises(ValidationError, match=told):
        EmailConfig(**given)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]"])
def test_plain_text_is_for_this_machine_only(host):
    assert EmailConfig(**IMAP | {"tls": "none", "host": host}).server_port == 143


def test_each_field_is_explained():
    for name, field in EmailConfig.model_fields.items():
        assert field.description and field.description.endswith("."), name


def test_secrets_do_not_show():
    config = EmailConfig(**IMAP, oauth_token="tok-123", oauth_client_secret="cs-123")
    for shown in (repr(config), str(config.model_dump())):
        assert "'secret'" not in shown
        assert "123" not in shown
