"""Any Singer tap as a source of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hub.contract import CheckResult, Context
from hub.errors import BadAnswer
from hub.foreign import singer
from hub.foreign.call import Call, output, pages
from hub.foreign.failures import exit_failure
from hub.foreign.options import SingerConfig
from hub.foreign.singer import SingerReader
from hub.foreign.source import ForeignSource
from hub.foreign.streams import Offer
from hub.models import Checkpoint, Json, Page, Selection


class SingerSource(ForeignSource):
    """Base of the connector `singer`, and of connectors for one tap."""

    Config = SingerConfig
    config: SingerConfig

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """One run of the tap, from the state of the last one."""
        with self._call(context, self._since(selection)) as call:
            offers = self.discover(call, context)
            streams = self.reads(selection, call.where)
            catalog = singer.selected(offers, list(streams), self.config.streams)
            state = _state(checkpoint)
            reader = SingerReader(
                {name: stream.key for name, stream in streams.items()},
                singer.methods(catalog),
                names=singer.names_of(offers),
                given=state,
                whole=selection.streams[0].since is None,
                where=call.where,
            )
            command = [*self.tap(context), "--config", str(call.folder.config)]
            command += ["--catalog", str(call.folder.write("catalog.json", catalog))]
            if state:
                command += ["--state", str(call.folder.write_text("state.json", state))]
            with call.program(command, self.environment(call)) as program:
                code = yield from pages(program, reader, call)
            if code:
                raise exit_failure(code, program.tail, call.scrub, call.where)
            yield from reader.finished()

    def check(self, context: Context) -> CheckResult:
        """Ask the tap what it has. Raises what its failure means."""
        result = super().check(context)
        # The protocol has no way to try credentials; many taps know their streams by heart.
        return CheckResult(
            f"{result.message}; whether it may read them shows with the first sync", result.details
        )

    def catalog(self, call: Call, context: Context) -> Json:
        """What `--discover` prints: one document, maybe with talk before it."""
        command = [*self.tap(context), "--config", str(call.folder.config), "--discover"]
        with call.program(command, self.environment(call)) as program:
            text, code = output(program)
        if code:
            raise exit_failure(code, program.tail, call.scrub, call.where)
        return _document(text, call.where)

    def offers_of(self, catalog: Json, where: str) -> list[Offer]:
        """See `singer.offers_of`."""
        return singer.offers_of(catalog, where)

    def tap(self, context: Context) -> list[str]:
        """The tap's command. Raises ConfigError HUB-4801 when it is not installed."""
        return self.command(context, package=self.config.package)

    def environment(self, call: Call) -> Mapping[str, str]:
        """Variables for the tap."""
        return {}


def _state(checkpoint: Checkpoint) -> str:
    kept: Any = checkpoint.connection
    return str(kept.get("state") or "") if isinstance(kept, Mapping) else ""


def _document(text: bytes, where: str) -> Json:
    lines = text.split(b"\n")
    for number, line in enumerate(lines):
        if line.lstrip().startswith(b"{"):
            try:
                return json.loads(b"\n".join(lines[number:]))
            except ValueError:
                continue
    raise BadAnswer(
        "HUB-4804",
        "it told no catalogue of its streams",
        where=where,
        hint="Is this a tap? Its command must understand --config and --discover.",
    )
