"""A connection's config against its connector's model: typed values, secrets from where they are kept."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from hub.errors import ConfigError
from hub.settings import load, plain_secrets, resolve_config, secret_fields


class Basic(BaseModel):
    kind: Literal["basic"] = Field(description="How.")
    password: SecretStr = Field(description="The password.")


class Token(BaseModel):
    kind: Literal["token"] = Field(description="How.")
    token: SecretStr = Field(description="The token.")


class Shop(BaseModel):
    url: str = Field(description="The shop's address.")
    key: SecretStr = Field(description="The key.")
    more: list[SecretStr] = Field(default=[], description="Older keys.")
    named: dict[str, SecretStr] = Field(default={}, description="Keys by name.")
    spare: SecretStr | None = Field(None, description="A spare key.")
    login: Annotated[Basic | Token | None, Field(discriminator="kind")] = Field(
        None, description="How to log in."
    )
    mode: Literal["fast", "slow"] = Field("fast", description="How fast.")
    page: int = Field(100, ge=1, description="Rows a page.")

    @field_validator("url")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("an address starts with https://")
        return value


HEAD = "connections:\n  shop:\n    connector: shop\n    config:\n"


@pytest.fixture
def shop(project):
    """The connection of a project whose config has these lines (the first is line 5)."""

    def make(*lines: str):
        return load(project(HEAD + "".join(f"      {line}\n" for line in lines))).connection("shop")

    return make


def test_references_become_secrets_wherever_the_model_wants_one(shop, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "one")
    connection = shop(
        "url: https://shop.example.com",
        "key: env:SHOP_KEY",
        "more: [env:SHOP_KEY, file:secrets/two]",
        "named: {a: env:SHOP_KEY}",
        "spare: plain:three",
        "login: {kind: token, token: env:SHOP_KEY}",
        "page: 50",
    )
    (connection.project / "secrets").mkdir()
    (connection.project / "secrets" / "two").write_text("two words \r\n")
    config = resolve_config(connection, Shop)
    assert config.key.get_secret_value() == "one"
    assert [secret.get_secret_value() for secret in config.more] == ["one", "two words "]
    assert config.named["a"].get_secret_value() == "one"
    assert config.spare and config.spare.get_secret_value() == "three"
    assert isinstance(config.login, Token)
    assert config.login.token.get_secret_value() == "one"
    assert config.page == 50
    assert "one" not in repr(config)
    assert plain_secrets(connection) == ["spare"]


def test_a_reference_in_a_field_that_is_no_secret_stays_text(shop, monkeypatch):
    class Note(BaseModel):
        note: str = Field(description="Any text.")

    assert resolve_config(shop("note: env:SHOP_KEY"), Note).note == "env:SHOP_KEY"


@pytest.mark.parametrize(
    ("lines", "code", "line", "words"),
    [
        (["url: https://a.example", "key: env:NOWHERE"], "HUB-1020", 6, ["shop", "key", "NOWHERE is not set"]),
        (["url: https://a.example", "key: env:EMPTY"], "HUB-1020", 6, ["EMPTY is empty"]),
        (["url: https://a.example", "key: file:secrets/none"], "HUB-1021", 6, ["secrets/none", "No such file"]),
        (["url: https://a.example", "key: file:secrets/blank"], "HUB-1021", 6, ["is empty"]),
        (["url: https://a.example", "key: file:secrets/binary"], "HUB-1021", 6, ["not UTF-8"]),
        (["url: https://a.example", "key: hunter2"], "HUB-1022", 6, ["shop", "env:NAME", "file:secrets/"]),
        (["url: https://a.example", "key: 12345678"], "HUB-1022", 6, ["env:NAME"]),
        (["url: https://a.example", "key: {a: hunter2}"], "HUB-1022", 6, ["env:NAME"]),
        (["url: https://a.example", "key: plain:x", "more:", "  - plain:x", "  - hunter2"], "HUB-1022", 9, ["more.1"]),
        (["url: https://a.example"], "HUB-1005", 4, ["shop: key is missing", "The key."]),
        (["url: http://a.example", "key: plain:x"], "HUB-1004", 5, ["shop: url", "found 'http://a.example'", "https://"]),
        (["url: http://me:hunter2@a.example", "key: plain:x"], "HUB-1004", 5, ["***@a.example"]),
        (["url: http://a.example/?token=hunter2", "key: plain:x"], "HUB-1004", 5, ["http://a.example/?***"]),
        (["url: https://a.example", "key: plain:x", "mode: fats"], "HUB-1004", 7, ["Did you mean 'fast'?", "slow"]),
        (["url: https://a.example", "key: plain:x", "page: 0"], "HUB-1004", 7, ["page", "found 0", "greater than"]),
        (["url: https://a.example", "kye: hunter2"], "HUB-1003", 6, ["'kye'", "Did you mean 'key'?", "url"]),
        (["url: https://a.example", "key: plain:x", "login: {kind: token}"], "HUB-1005", 7, ["login.token.token is missing"]),
        (["url: https://a.example", "key: plain:x", "login: {kind: tokn}"], "HUB-1004", 7, ["login", "token"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(shop, monkeypatch, lines, code, line, words):
    monkeypatch.setenv("EMPTY", "")
    connection = shop(*lines)
    (connection.project / "secrets").mkdir()
    (connection.project / "secrets" / "blank").write_text("\n")
    (connection.project / "secrets" / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError) as caught:
        resolve_config(connection, Shop)
    assert (caught.value.code, caught.value.where) == (code, f"hub.yaml:{line}")
    for word in words:
        assert word in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "12345678" not in str(caught.value)
    assert str(connection.project) not in str(caught.value)


def test_a_connectors_own_check_of_a_secret_cannot_tell_it(shop):
    class Strict(BaseModel):
        key: SecretStr = Field(description="Key.")

        @field_validator("key")
        @classmethod
        def _prefix(cls, value: SecretStr) -> SecretStr:
            raise ValueError(f"{value.get_secret_value()} does not begin with k_")

    with pytest.raises(ConfigError) as caught:
        resolve_config(shop("key: plain:hunter2"), Strict)
    assert caught.value.where == "hub.yaml:5"
    assert "hunter2" not in str(caught.value)


def test_every_bad_field_is_told(shop):
    with pytest.raises(ConfigError) as caught:
        resolve_config(shop("url: http://a.example", "key: plain:x", "page: 0", "mode: x"), Shop)
    assert all(f"hub.yaml:{line}" in str(caught.value) for line in (5, 7, 8))


def test_a_nested_field_that_is_misspelt_is_told_even_if_the_model_would_pass_over_it(shop):
    class Outer(BaseModel):
        login: Basic = Field(description="Login.")

    with pytest.raises(ConfigError) as caught:
        resolve_config(shop("login:", "  kind: basic", "  passwrod: hunter2"), Outer)
    assert (caught.value.code, caught.value.where) == ("HUB-1003", "hub.yaml:7")


def test_a_model_may_take_fields_of_its_users_making(shop):
    class Open(BaseModel, extra="allow"):
        url: str = Field(description="Address.")

    assert resolve_config(shop("url: a", "anything: 1"), Open).model_dump() == {"url": "a", "anything": 1}


def test_fields_that_hold_a_secret():
    assert secret_fields(Shop) == ["key", "spare"]
