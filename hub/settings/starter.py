"""The annotated hub.yaml of a new project, written from the settings' own descriptions.

`python -m hub.settings.starter` prints it; `make starters` puts it into config/.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hub.models import Json
from hub.settings.alerts import CHANNELS, AlertSettings, ChannelSettings
from hub.settings.model import ConnectionSettings, Settings
from hub.settings.shape import fields

_HEAD = """\
# The settings of one Customer Hub project. `hub config check` reads it and says what is wrong, by line.
#
# Each setting can also come from the environment (HUB_STORE, HUB_SERVE__PORT, HUB_CONNECTIONS__SHOP_EU__SCHEDULE),
# which wins over this file; the command line wins over both.
"""
_EXAMPLE_HEAD = "`hub connect add` asks for what a connection needs and writes it here. All that one may say:"
#: The example of a connection; a setting that is not here shows its default.
_EXAMPLE: Mapping[str, Json] = {
    "connector": "woocommerce",
    "schedule": "15m",
    "mapping": "mappings/woocommerce.yaml",
    "mapping_defaults": {"region": "PL", "currency": "PLN"},
    "account": "shop.example.com",
    "push_limits": {"most_deletes": 20},
    "reconcile": "7d",
    "trusted_hosts": ["shop.lan.example.com"],
    "config": {
        "store_url": "https://shop.example.com",
        "consumer_key": "env:SHOP_KEY",
        "consumer_secret": "file:secrets/shop-eu.consumer_secret",
    },
}
_CHANNEL_HEAD = "All that one may say, and what each kind has in its config:"
#: The example of a channel of each kind; a name -> its config.
_CHANNELS: Mapping[str, tuple[str, Mapping[str, Json]]] = {
    "slack": ("chat", {"url": "env:SLACK_URL"}),
    "webhook": ("on-call", {"url": "env:ON_CALL_URL", "secret": "file:secrets/on-call"}),
    "email": (
        "mail",
        {
            "host": "smtp.example.com",
            "user": "hub",
            "password": "env:SMTP_PASSWORD",
            "from": "hub@example.com",
            "to": ["ops@example.com"],
        },
    ),
}


def starters() -> Path:
    """The folder with the starters `config/` and `mappings/`: of the installed package, else of the checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "starters"
    return packaged if packaged.is_dir() else package.parent


def starter_mapping(connector: str) -> Path | None:
    """The starter mapping that ships for a connector, if there is one."""
    path = starters() / "mappings" / f"{connector}.yaml"
    return path if path.is_file() else None


def starter_text() -> str:
    """The annotated hub.yaml."""
    blocks = [_HEAD]
    for name, field in Settings.model_fields.items():
        lines = list(_comment(field.description or "", ""))
        if name == "connections":
            lines += ["#", *_comment(_EXAMPLE_HEAD, ""), "#", *(f"# {line}".rstrip() for line in _example())]
        blocks.append("\n".join([*lines, *_setting(name, field, "")]) + "\n")
    return "\n".join(blocks)


def _example() -> Iterator[str]:
    yield "connections:"
    yield "  shop-eu:"
    for name, field in ConnectionSettings.model_fields.items():
        yield from _comment(field.description or "", "    ")
        yield from _value(name, _EXAMPLE.get(name, _default(field)), "    ")


def _setting(name: str, field: FieldInfo, indent: str) -> Iterator[str]:
    default = _default(field)
    if not isinstance(default, BaseModel):
        yield from _value(name, default, indent)
        return
    yield f"{indent}{name}:"
    for below, inner in type(default).model_fields.items():
        yield from _comment(inner.description or "", f"{indent}  ")
        if inner is AlertSettings.model_fields["channels"]:
            yield from (f"{indent}  #", *_comment(_CHANNEL_HEAD, f"{indent}  "), f"{indent}  #")
            yield from (f"{indent}  # {line}".rstrip() for line in _channels())
        yield from _setting(below, inner, f"{indent}  ")


def _channels() -> Iterator[str]:
    """An example of a channel of each kind; what all have in common is explained at the first."""
    yield "channels:"
    for number, (kind, (name, config)) in enumerate(_CHANNELS.items()):
        yield f"  {name}:"
        for key, field in ChannelSettings.model_fields.items():
            if number == 0 and key != "config":
                yield from _comment(field.description or "", "    ")
                yield from _value(key, kind if key == "kind" else _default(field), "    ")
            elif key == "kind":
                yield from _value(key, kind, "    ")
        yield "    config:"
        for key, field in fields(CHANNELS[kind]).items():
            yield from _comment(field.description or "", "      ")
            yield from _value(key, config.get(key, _default(field)), "      ")


def _value(name: str, value: Json, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield f"{indent}{name}:"
        for key, below in value.items():
            yield from _value(key, below, f"{indent}  ")
    else:
        yield f"{indent}{name}: {_scalar(value)}"


def _scalar(value: Json) -> str:
    """Text stands without quotes, as one writes it; everything else in YAML is spelt as in JSON."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_scalar, value))}]"
    return orjson.dumps(value).decode()


def _default(field: FieldInfo) -> Json:
    default = field.get_default(call_default_factory=True, validated_data={})
    return None if default is PydanticUndefined else default


def _comment(text: str, indent: str) -> Iterator[str]:
    for line in textwrap.wrap(text, width=108 - len(indent)):
        yield f"{indent}# {line}"


if __name__ == "__main__":
    sys.stdout.write(starter_text())
