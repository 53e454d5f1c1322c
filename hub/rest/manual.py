"""The tables of README.md: every key of a manifest with its meaning, from the models' own descriptions.

`python -m hub.rest.manual` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.rest import auth, paginate
from hub.rest.answers import ErrorRule
from hub.rest.cursor import Bounds, CursorSpec
from hub.rest.fields import ConfigField
from hub.rest.manifest import Check, Client, Deletes, Limit, Manifest, Parents, QuotaHeaders, StreamSpec
from hub.rest.scan_spec import ScanSpec
from hub.rest.webhook_spec import Event, Ping, SignedBy, Token, WebhookSpec
from hub.rest.write_spec import DeleteSpec, LookupSpec, Results, RowErrors, RowField, UpdateSpec, WriteSpec

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- keys: written by python -m hub.rest.manual -->", "<!-- end of keys -->"

_COMMON = dict(paginate.Paginator.model_fields)
#: Heading -> the models whose keys it lists; `type:` names one of several.
_TABLES: tuple[tuple[str, tuple[type[BaseModel], ...]], ...] = (
    ("The manifest", (Manifest,)),
    ("`config:` (a setting)", (ConfigField,)),
    ("`client:`", (Client,)),
    ("`limits:`", (Limit,)),
    ("`client.quotas:`", (QuotaHeaders,)),
    (
        "`auth:`",
        (
            auth.NoAuth,
            auth.Bearer,
            auth.Basic,
            auth.ApiKey,
            auth.ClientCredentials,
            auth.RefreshToken,
            auth.Hmac,
        ),
    ),
    ("`check:`", (Check,)),
    ("`streams:` (a stream)", (StreamSpec,)),
    ("`paginate:` in every kind", (paginate.Paginator,)),
    (
        "`paginate:`",
        (
            paginate.SinglePage,
            paginate.LinkHeader,
            paginate.JsonLink,
            paginate.CursorPages,
            paginate.PageNumber,
            paginate.Offset,
            paginate.Keyset,
        ),
    ),
    ("`cursor:`", (CursorSpec,)),
    ("`cursor.send:`", (Bounds,)),
    ("`deletes:`", (Deletes,)),
    ("`parents:`", (Parents,)),
    ("`errors:` (a rule)", (ErrorRule,)),
    ("`webhook:`", (WebhookSpec,)),
    ("`webhook.signature:`", (SignedBy,)),
    ("`webhook.token:`", (Token,)),
    ("`webhook.pings:` (a ping)", (Ping,)),
    ("`webhook.events:` (an event)", (Event,)),
    ("`write:` (an object)", (WriteSpec,)),
    ("`write.fields:` (a field)", (RowField,)),
    ("`write.update:`", (UpdateSpec,)),
    ("`write.results:`", (Results,)),
    ("`write.results.errors:`", (RowErrors,)),
    ("`write.delete:`", (DeleteSpec,)),
    ("`write.lookup:`", (LookupSpec,)),
    ("`write.scan:`", (ScanSpec,)),
)


def manual_text() -> str:
    """The tables as Markdown."""
    blocks = [
        f"### {heading}\n\n| key | |\n| --- | --- |\n" + "\n".join(_rows(models))
        for heading, models in _TABLES
    ]
    return "\n\n".join(blocks) + "\n"


def _rows(models: tuple[type[BaseModel], ...]) -> Iterator[str]:
    told: set[tuple[str, str]] = set()
    for model in models:
        kind = _kind(model)
        if kind:
            yield f"| `type: {kind}` | {_sentence(model)} |"
        for name, field in model.model_fields.items():
            key, meaning = field.alias or name, field.description or ""
            is_common = kind and _COMMON.get(name) and _COMMON[name].description == field.description
            if (name == "type" and kind) or is_common or (key, meaning) in told:
                continue
            told.add((key, meaning))
            words = _words(field)
            yield f"| `{key}`{_mark(field)} | {words + ' ' if words else ''}{meaning.replace('|', chr(92) + '|')} |"


def _kind(model: type[BaseModel]) -> str:
    field = model.model_fields.get("type")
    words = get_args(field.annotation) if field is not None else ()
    return str(words[0]) if len(words) == 1 else ""


def _sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _mark(field: FieldInfo) -> str:
    if field.is_required():
        return " (required)"
    default = field.get_default(call_default_factory=True, validated_data={})
    shown = isinstance(default, str | int | float) and not isinstance(default, bool) and default != ""
    return f" = {default}" if shown else ""


def _words(field: FieldInfo) -> str:
    """The words that may stand there, where there are only some."""
    kinds = [field.annotation]
    if get_origin(field.annotation) in (Union, UnionType):
        kinds = list(get_args(field.annotation))
    words: list[Any] = [
        word for kind in kinds if str(get_origin(kind)) == "typing.Literal" for word in get_args(kind)
    ]
    return ", ".join(f"`{word}`" for word in words) + "." if words else ""


def with_tables(text: str) -> str:
    """A page with its tables written anew."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{manual_text()}\n{END}{tail}"


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
