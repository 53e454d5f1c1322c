"""A dlt source as a Singer tap: run by the Python of the environment that has dlt, knows nothing of the hub.

    python dlt_tap.py MODULE:FUNCTION --config C [--discover] [--catalog C] [--state S]

The config is the arguments of the function. Resources that hang together are read together, because they share what
they remember; after each such group comes a state. In the middle of one its records may lag behind its memory.
Iterating with a state of ours is internal to dlt: written for 1.31.
"""

# ruff: noqa: BLE001 - whatever a source raises is told on standard error
from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


def load(spec: str) -> Any:
    """The function that a text like `module:function` or `folder/file.py:function` names."""
    place, _, name = spec.rpartition(":")
    if place.endswith(".py"):
        sys.path.insert(0, str(Path(place).resolve().parent))
        place = Path(place).stem
    else:
        sys.path.insert(0, str(Path.cwd()))
    return getattr(importlib.import_module(place), name)


def source_of(spec: str, config: dict[str, Any]) -> Any:
    """The source; a resource alone becomes one."""
    import dlt  # type: ignore[import-not-found,unused-ignore]
    from dlt.extract import DltResource  # type: ignore[import-not-found,unused-ignore]

    made = load(spec)(**config)
    if isinstance(made, DltResource):
        return dlt.source(lambda: made, name=made.name)()
    return made


def entry(name: str, resource: Any) -> dict[str, Any]:
    """A resource as a stream of a catalogue."""
    try:
        columns = resource.compute_table_schema().get("columns", {})
    except Exception:
        columns = {}  # its hints depend on the records
    key = [column for column, hints in columns.items() if hints.get("primary_key")]
    cursor = getattr(resource.incremental, "cursor_path", None) if resource.incremental else None
    method = "INCREMENTAL" if cursor else "FULL_TABLE"
    top = {
        "inclusion": "available",
        "selected-by-default": bool(resource.selected),
        "forced-replication-method": method,
        "table-key-properties": key,
    }
    told = {"tap_stream_id": name, "stream": name, "schema": {"type": "object"}, "key_properties": key}
    if cursor:
        told["replication_key"] = cursor
    return {**told, "metadata": [{"breadcrumb": [], "metadata": top}]}


def rows(item: Any) -> Iterator[Any]:
    """The records in what a resource yields: one, a list, a table of Arrow or pandas."""
    if hasattr(item, "to_pylist"):
        yield from item.to_pylist()
    elif hasattr(item, "to_dict") and hasattr(item, "columns"):
        yield from item.to_dict("records")
    elif isinstance(item, list | tuple):
        for one in item:
            yield from rows(one)
    elif item is not None:
        yield item


def items(source: Any, state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the selected resources of a source yield, by name; `state` is changed on the way."""
    from dlt.common.configuration.container import Container  # type: ignore[import-not-found,unused-ignore]
    from dlt.common.configuration.inject import inject_section  # type: ignore[import-not-found,unused-ignore]
    from dlt.common.pipeline import StateInjectableContext  # type: ignore[import-not-found,unused-ignore]
    from dlt.extract.pipe_iterator import ManagedPipeIterator  # type: ignore[import-not-found,unused-ignore]
    from dlt.extract.source import (  # type: ignore[import-not-found,unused-ignore]
        SourceInjectableContext,
        SourceSchemaInjectableContext,
    )

    section = source._get_config_section_context()
    contexts = [StateInjectableContext(state=state), SourceInjectableContext(source)]
    contexts.append(SourceSchemaInjectableContext(source.schema))
    container = Container()
    with (
        inject_section(section),
        container.injectable_context(contexts[0]),
        container.injectable_context(contexts[1]),
        container.injectable_context(contexts[2]),
    ):
        pipes = ManagedPipeIterator.from_pipes(source.resources.selected_pipes)
    pipes.set_context([section, *contexts])
    for found in pipes:
        for row in rows(found.item):
            yield found.pipe.name, row


def read(source: Any, methods: dict[str, str], state: dict[str, Any], out: TextIO) -> None:
    """Every group of resources, whole, and the state after it."""
    from dlt.common.json import json as dlt_json  # type: ignore[import-not-found,unused-ignore]

    remembered = state.get("sources", {}).get(source.name, {}).get("resources", {})
    for name, method in methods.items():
        if method == "FULL_TABLE":
            remembered.pop(name, None)
    for part in source.with_resources(*methods).decompose("scc"):
        names = list(part.resources.selected)
        version = int(time.time() * 1000)
        whole = [name for name in names if part.resources[name].write_disposition == "replace"]
        for name in names:
            say(out, {"type": "SCHEMA", "stream": name, "schema": {"type": "object"}, "key_properties": []})
        for name, row in items(part, state):
            message = {"type": "RECORD", "stream": name, "record": row}
            out.write(dlt_json.dumps(message | ({"version": version} if name in whole else {})) + "\n")
        for name in whole:
            say(out, {"type": "ACTIVATE_VERSION", "stream": name, "version": version})
        # Times and decimals in the state keep their types.
        say(out, {"type": "STATE", "value": {"dlt": dlt_json.typed_dumps(state)}})


def say(out: TextIO, message: dict[str, Any]) -> None:
    """One message, at once."""
    out.write(json.dumps(message) + "\n")
    out.flush()


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("--config", required=True)
    parser.add_argument("--catalog")
    parser.add_argument("--state")
    parser.add_argument("--discover", action="store_true")
    told = parser.parse_args()
    # What a source prints belongs to the log; the protocol has the output for itself.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    source = source_of(told.source, json.loads(Path(told.config).read_text(encoding="utf-8")))
    if told.discover:
        say(out, {"streams": [entry(name, resource) for name, resource in source.resources.items()]})
        return
    from dlt.common.json import json as dlt_json  # type: ignore[import-not-found,unused-ignore]

    kept = json.loads(Path(told.state).read_text(encoding="utf-8")) if told.state else {}
    state = dlt_json.typed_loads(kept["dlt"]) if kept else {}
    catalog = json.loads(Path(told.catalog).read_text(encoding="utf-8"))
    read(source, selected(catalog), state, out)
    out.flush()


def selected(catalog: dict[str, Any]) -> dict[str, str]:
    """The streams that are wanted, and how each is to be read."""
    tops = {one["tap_stream_id"]: one["metadata"][0]["metadata"] for one in catalog["streams"]}
    return {name: top["replication-method"] for name, top in tops.items() if top["selected"]}


if __name__ == "__main__":
    main()
