"""`hub connectors`: what can be connected, and what each connector wants to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.authoring import new_connector, try_connector
from hub.cli.installing import install_connector
from hub.cli.output import Column
from hub.cli.recording import record_connector

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hub.contract import Connector
    from hub.models import Json

_LIST = (
    Column("name", "name"),
    Column("title", "system"),
    Column("roles", "can"),
    Column("tier", "tier"),
    Column("status", "status"),
)
_FIELDS = (
    Column("name", "field"),
    Column("type", "type"),
    Column("default", "default"),
    Column("description", "meaning"),
)
_STREAMS = (
    Column("name", "stream"),
    Column("entity", "becomes"),
    Column("deletes", "deletes"),
    Column("description", "meaning"),
)


@click.group("connectors", cls=Group)
def connectors() -> None:
    """The systems that can be connected."""


for _command in (install_connector, new_connector, try_connector, record_connector):
    connectors.add_command(_command)


@connectors.command("list", examples=("hub connectors list", "hub connectors list --json"), exits=(0, 3))
@pass_app
def list_connectors(app: App) -> None:
    """All connectors, and the plugins that could not be loaded, with the reason."""
    items = [summary(connector) for connector in app.plugins.connectors.values()]
    broken = app.plugins.broken
    items += [
        {"name": one.name, "title": one.distribution, "roles": [], "tier": "", "status": "broken", "error": one.error.as_dict()}
        for one in broken
    ]  # fmt: skip
    app.output.rows([_shown(app, item) for item in sorted(items, key=lambda item: item["name"])], _LIST)
    if not app.output.json:
        for one in broken:
            app.output.complain(*str(one.error).splitlines())


@connectors.command(
    "show",
    examples=("hub connectors show woocommerce", "hub connectors show tabular --json"),
    exits=(0, 3),
)
@click.argument("name")
@pass_app
def show_connector(app: App, name: str) -> None:
    """What connector NAME wants to know, what it reads, and what to prepare on the other side."""
    connector = app.plugins.connector(name)
    told = summary(connector)
    config, streams = config_fields(connector.Config), stream_list(connector)
    prepare = preparation(connector)
    if app.output.json:
        app.output.item({**told, "config": config, "streams": streams, "prepare": prepare})
        return
    app.output.text(f"{told['name']}: {told['title']} ({', '.join(told['roles'])})", "", "Settings (config:)")
    app.output.rows(config, _FIELDS)
    if streams:
        app.output.text("", "Streams")
        app.output.rows(streams, _STREAMS)
    app.output.text("", "Limits", *_limits(connector))
    if prepare:
        app.output.text("", prepare)
    app.output.note("", f"Next: `hub connect add NAME --connector {name}`.")


@connectors.command(
    "schema",
    examples=("hub connectors schema", "hub connectors schema > connector.schema.json"),
    exits=(0,),
)
@pass_app
def show_schema(app: App) -> None:
    """The JSON Schema of a manifest (connector.yaml), for editors that check and complete while one writes."""
    from hub.rest.schema import manifest_schema, schema_text

    app.output.item(manifest_schema())
    app.output.text(schema_text().rstrip())


def summary(connector: type[Connector]) -> dict[str, Any]:
    """Name, title, roles, quality and capabilities of a connector."""
    from dataclasses import asdict

    from hub.testing.quality import UNKNOWN, stored

    able = connector.capabilities
    roles = [role for role in ("source", "destination", "receiver") if getattr(able, role)]
    return {
        "name": connector.name,
        "title": connector.title,
        "roles": roles,
        "tier": stored(connector).get("tier", UNKNOWN),
        "status": "ok",
        "capabilities": asdict(able),
        "error": None,
    }


def _limits(connector: type[Connector]) -> Iterator[str]:
    """What its capabilities say of pace and size, as sentences."""
    able = connector.capabilities
    if able.requests_per_second is not None:
        yield f"at most {able.requests_per_second:.3g} requests a second (some connections say otherwise)"
    if able.source:
        yield f"at most {able.concurrency} requests at once"
    if able.destination:
        yield f"at most {able.write_batch} rows in one write"
    if able.receiver:
        yield "what arrives is taken at /in/CONNECTION"


def _shown(app: App, item: dict[str, Any]) -> dict[str, Any]:
    return item if app.output.json else {**item, "roles": ", ".join(item["roles"])}


def config_fields(model: type[BaseModel]) -> list[dict[str, Json]]:
    """What may stand under `config:`, from the connector's model."""
    from pydantic_core import PydanticUndefined

    from hub.settings import secret_fields
    from hub.settings.shape import fields

    secrets = secret_fields(model)
    told = []
    for name, field in fields(model).items():
        default = field.get_default(call_default_factory=True, validated_data={})
        required = default is PydanticUndefined
        told.append(
            {
                "name": name,
                "type": "secret" if name in secrets else _type_name(field.annotation),
                "required": required,
                "default": "(required)" if required else _default(default, name in secrets),
                "description": field.description or "",
            }
        )
    return told


def _default(value: Any, secret: bool) -> Any:
    if secret or value in (None, "", (), [], {}):
        return None
    return value if isinstance(value, bool | int | float | str) else str(value)


def _type_name(annotation: Any) -> str:
    """A type as a person would say it."""
    from hub.settings.shape import allowed_words, leaves

    words = allowed_words(annotation)
    if words:
        return " | ".join(words)
    names = {
        "str": "text",
        "bool": "yes/no",
        "int": "number",
        "float": "number",
        "Path": "path",
        "NoneType": "",
    }
    told = []
    for leaf in leaves(annotation):
        origin = getattr(leaf, "__origin__", leaf)
        name = getattr(origin, "__name__", str(origin))
        told.append(
            {"tuple": "list", "list": "list", "dict": "mapping", "Mapping": "mapping"}.get(
                name, names.get(name, name)
            )
        )
    return " | ".join(dict.fromkeys(name for name in told if name))


def stream_list(connector: type[Connector]) -> list[dict[str, Json]]:
    """Its streams, as far as they can be told without a configuration."""
    try:
        streams: Sequence[Any] = connector(connector.Config.model_construct()).streams()
    except Exception:  # noqa: BLE001 - what streams there are may depend on settings that are not there yet
        return []
    return [
        {"name": one.name, "entity": one.entity, "deletes": one.deletes, "description": one.description}
        for one in streams
    ]


def preparation(connector: type[Connector]) -> str:
    """What its README says has to be prepared: the section whose heading says so; empty when it has none."""
    folder = getattr(connector, "home", None)
    try:
        folder = folder or files(connector.__module__.rpartition(".")[0])
        text = (folder / "README.md").read_text(encoding="utf-8")
    except (OSError, ValueError, TypeError, ModuleNotFoundError):
        return ""
    return "\n".join(_section(text.splitlines())).strip()


def _section(lines: Sequence[str]) -> Iterator[str]:
    depth = 0
    for line in lines:
        level = len(line) - len(line.lstrip("#"))
        if depth and 0 < level <= depth:
            return
        if (
            not depth
            and level
            and any(word in line.lower() for word in ("prepare", "before you", "what you need"))
        ):
            depth = level
        if depth:
            yield line.lstrip("# ") if level else line
