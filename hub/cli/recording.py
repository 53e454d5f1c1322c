"""`hub connectors record`: a real exchange becomes fixtures for tests, with nobody's values in them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from hub.cli.app import App, Command, pass_app

if TYPE_CHECKING:
    from hub.contract import Connector, Context, Http
    from hub.models import Checkpoint, Json, Page
    from hub.sync.connected import Connected
    from hub.testing.recording import Recording

#: Where a recording is played back: nowhere.
_SOMEWHERE = "https://api.example.com"
#: Records of a stream that are written as a sample.
_SAMPLES = 3


@click.command(
    "record",
    cls=Command,
    examples=("hub connectors record acme", "hub connectors record acme --connection acme-eu --to samples"),
    exits=(0, 3, 4, 6),
)
@click.argument("name")
@click.option("--connection", help="Which connection to read from; default: the only one of this connector.")
@click.option("--stream", "streams", multiple=True, help="Only this stream; may be repeated.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="Records of each stream; default: all, so that it can be played.",
)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("samples"), show_default=True,
    help="Folder to write to.",
)  # fmt: skip
@pass_app
def record_connector(
    app: App, name: str, connection: str | None, streams: tuple[str, ...], limit: int | None, folder: Path
) -> None:
    """Read from a real system with connector NAME, and keep the exchange with invented values.

    Writes exchange.json, which a conformance test plays back (`recorded = …`), and a few records of each stream. Look
    through them before you give them away."""
    item = _chosen(app, name, connection)
    recording, records = _recorded(app, item, streams, limit)
    recording.save(folder / "exchange.json")
    _told(app, folder / "exchange.json", len(recording.exchanges), "exchanges")
    for stream, found in records.items():
        _write(folder / f"{stream}.json", found[:_SAMPLES])
        _told(app, folder / f"{stream}.json", len(found[:_SAMPLES]), f"of {len(found)} records")
    app.output.note(
        "", "Every value is invented except times, small numbers and words of the protocol: look it through."
    )


def _told(app: App, path: Path, count: int, what: str) -> None:
    app.output.item({"type": "made", "file": str(path), "count": count})
    app.output.text(f"made {path}: {count} {what}")


def _chosen(app: App, name: str, connection: str | None) -> Connected:
    """The connection to read from. Raises ConfigError HUB-4707 when that is not clear."""
    from hub.errors import ConfigError

    app.plugins.connector(name)
    of_it = [one.name for one in app.settings.connections.values() if one.connector == name]
    if connection is None and len(of_it) == 1:
        connection = of_it[0]
    if connection not in of_it:
        known = (
            f"It has: {', '.join(of_it)}."
            if of_it
            else f"`hub connect add NAME --connector {name}` makes one."
        )
        what = (
            f"{connection!r} is no connection of {name}"
            if connection
            else f"{name} has {len(of_it)} connections here"
        )
        raise ConfigError("HUB-4707", what, hint=f"{known} Name one with --connection.")
    return app.engine.connected(connection)


def _recorded(
    app: App, item: Connected, streams: tuple[str, ...], limit: int | None
) -> tuple[Recording, dict[str, list[Json]]]:
    """What was said, with invented values, and the records that the connector makes of that."""
    from hub.http import Ring
    from hub.testing.conformance_bench import secret_values
    from hub.testing.recording import Recorder
    from hub.testing.replay import Played

    with item.context(app.store, budget=app.store.budgets, ring=Ring(), stopping=lambda: False) as context:
        recorder = Recorder(context.http, item.connector.http().base_url)
        real = _read(item.connector, streams, limit, replace(context, http=cast("Http", recorder)))
        recording = recorder.recording(secret_values(item.connector.config))
        played = cast("Http", Played(recording, _SOMEWHERE + recording.base_path))
        invented = _read(item.connector, streams, limit, replace(context, http=played))
    _same(real, invented)
    truth = {} if limit else {name: _keys(item.connector, name, found) for name, found in invented.items()}
    return replace(recording, truth=truth), invented


def _same(real: dict[str, list[Json]], invented: dict[str, list[Json]]) -> None:
    """A recording that is read otherwise than the system was is worth nothing. Raises BadAnswer HUB-4708."""
    from hub.errors import BadAnswer

    for name, records in real.items():
        if len(invented.get(name, ())) != len(records):
            raise BadAnswer(
                "HUB-4708",
                f"played back, {name} has {len(invented.get(name, ()))} records, and not {len(records)}",
                hint="The connector looks at something that was replaced by an invented value.",
            )


def _read(
    connector: Connector, names: tuple[str, ...], limit: int | None, context: Context
) -> dict[str, list[Json]]:
    """Records of each stream, from the start and then once more from where that ended; at most about `limit`."""
    from hub.errors import SkipStream
    from hub.models import Checkpoint, Selection, StreamSelection
    from hub.sync.pull import choose_streams

    found: dict[str, list[Json]] = {}
    for stream in choose_streams(connector, names, context.connection):
        kept, checkpoint = found.setdefault(stream.name, []), Checkpoint()
        for _ in range(1 if limit else 2):
            chosen = Selection((StreamSelection(stream.name, limit=limit),), context.now)
            pages = cast("Generator[Page]", connector.read(chosen, checkpoint, context))
            with closing(pages), suppress(SkipStream):
                for page in pages:
                    kept.extend(page.records)
                    checkpoint = _after(page, checkpoint)
                    if limit is not None and len(kept) >= limit:
                        break
    return found


def _after(page: Page, checkpoint: Checkpoint) -> Checkpoint:
    from hub.models import Checkpoint

    if page.checkpoint is None:
        return checkpoint
    if page.scope == "connection":
        return Checkpoint(checkpoint.streams, page.checkpoint)
    return Checkpoint({**checkpoint.streams, page.stream: page.checkpoint}, checkpoint.connection)


def _keys(connector: Connector, name: str, records: list[Json]) -> list[str]:
    """Keys of records, as they will land."""
    from hub.models import Page
    from hub.store.raw import Encoded
    from hub.sync.landing import encode_page

    stream = next(one for one in connector.streams() if one.name == name)
    good: list[Encoded] = []
    encode_page(stream, Page(name, records), good, [])
    return sorted({one.key for one in good})


def _write(path: Path, records: list[Json]) -> None:
    import orjson

    path.write_bytes(orjson.dumps(records, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
