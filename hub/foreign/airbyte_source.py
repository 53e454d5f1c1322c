"""Any Airbyte source as a source of ours: a package of its own, or a manifest that the declarative runner reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.canonical.ids import new_id
from hub.contract import Context
from hub.errors import BadAnswer, ConfigError, HubError
from hub.foreign import airbyte
from hub.foreign.airbyte import AirbyteReader, Before
from hub.foreign.call import Call, messages, pages
from hub.foreign.failures import exit_failure, fault_failure, refusal
from hub.foreign.messages import Message
from hub.foreign.options import AirbyteConfig
from hub.foreign.process import Program
from hub.foreign.source import ForeignSource
from hub.foreign.streams import Offer
from hub.models import Checkpoint, Json, Page, Selection

_RUNNER = "source-declarative-manifest"
_RUNNER_PACKAGE = "airbyte-cdk"


class AirbyteSource(ForeignSource):
    """Base of the connector `airbyte`, and of connectors for one source."""

    Config = AirbyteConfig
    config: AirbyteConfig

    def read(self, selection: Selection, checkpoint: Checkpoint, context: Context) -> Iterator[Page]:
        """One run of the source, from the states of the last one."""
        with self._call(context, self._since(selection)) as call:
            offers = self.discover(call, context)
            names = list(self.reads(selection, call.where))
            catalog = airbyte.configured(offers, names, self.config.streams)
            before = Before(checkpoint.streams, checkpoint.connection)
            reader = self._reader(selection, catalog, before, context)
            arguments = ["--catalog", str(call.folder.write("catalog.json", catalog))]
            state = before.messages(names, reader.full)
            if state != "[]":
                arguments += ["--state", str(call.folder.write_text("state.json", state))]
            with self._started(call, context, "read", *arguments) as program:
                code = yield from pages(program, reader, call)
            yield from reader.finished()
            failure = _failure(reader, code, program, call)
            if failure is not None:
                raise failure

    def greet(self, call: Call, context: Context) -> str:
        """`check`. Raises AuthRefused, MissingScope or ConfigError HUB-4811 when it fails, and what its errors mean."""
        with self._started(call, context, "check") as program:
            found, code = messages(program, call)
        status = _last(found, "CONNECTION_STATUS", "connectionStatus")
        if status is None:
            raise _unanswered(found, code, program, call)
        if status.get("status") != "SUCCEEDED":
            said = str(status.get("message") or "no reason given")
            raise refusal("HUB-4811", said, f"it cannot connect: {call.scrub(said)}", call.where)
        return "the source says that it can connect"

    def catalog(self, call: Call, context: Context) -> Json:
        """What `discover` tells."""
        with self._started(call, context, "discover") as program:
            found, code = messages(program, call)
        catalog = _last(found, "CATALOG", "catalog")
        if catalog is None:
            raise _unanswered(found, code, program, call)
        return catalog

    def offers_of(self, catalog: Json, where: str) -> list[Offer]:
        """See `airbyte.offers_of`."""
        return airbyte.offers_of(catalog, where)

    def _reader(
        self, selection: Selection, catalog: Mapping[str, Any], before: Before, context: Context
    ) -> AirbyteReader:
        streams = self.reads(selection, context.connection)
        entries = {airbyte.label(one["stream"]): one for one in catalog["streams"]}
        full = [name for name, one in entries.items() if one["sync_mode"] == "full_refresh"]
        return AirbyteReader(
            {name: stream.key for name, stream in streams.items()},
            {name: before.scan_of(name) or new_id() for name in full},
            resumable=frozenset(name for name in full if entries[name]["stream"].get("is_resumable")),
            check_counts=self.config.check_counts,
            whole=selection.streams[0].since is None,
            where=context.connection,
        )

    def _started(self, call: Call, context: Context, verb: str, *arguments: str) -> Program:
        command = [*self._source(context), verb, "--config", str(call.folder.config), *arguments]
        variables: dict[str, str] = {}
        if self.config.manifest:
            command += ["--manifest-path", str(_file(context, self.config.manifest))]
        if self.config.components:
            command += ["--components-path", str(_file(context, self.config.components))]
            variables["AIRBYTE_ENABLE_UNSAFE_CODE"] = "true"  # the person named the file
        return call.program(command, variables)

    def _source(self, context: Context) -> list[str]:
        if self.config.manifest and not self.config.package:
            return self.command(context, package=_RUNNER_PACKAGE, default=(_RUNNER,))
        return self.command(context, package=self.config.package)


def _failure(reader: AirbyteReader, code: int, program: Program, call: Call) -> HubError | None:
    """What the end of a run means: its own words before its exit code, for that says only that something failed."""
    faults = airbyte.first_faults(reader.faults)
    unfinished = reader.unfinished()
    if code == 0 and not unfinished:
        return None  # what it complained of, it got over
    if faults:
        return fault_failure(faults, call.scrub, call.where)
    if code:
        return exit_failure(code, program.tail, call.scrub, call.where)
    return BadAnswer(
        "HUB-4815",
        f"it ended well, but did not finish {', '.join(unfinished)}",
        where=call.where,
        hint="What came is kept; the rest is read with the next run.",
    )


def _unanswered(found: Sequence[Message], code: int, program: Program, call: Call) -> HubError:
    reader = AirbyteReader({"": ""}, {})
    for message in found:
        if message.type == "TRACE":
            reader.take(message)
    if reader.faults:
        return fault_failure(airbyte.first_faults(reader.faults), call.scrub, call.where)
    if code:
        return exit_failure(code, program.tail, call.scrub, call.where)
    return BadAnswer("HUB-4804", "it gave no answer", where=call.where, hint="Is this an Airbyte source?")


def _last(found: Sequence[Message], kind: str, name: str) -> dict[str, Any] | None:
    told = [message.body.get(name) for message in found if message.type == kind]
    return next((one for one in reversed(told) if isinstance(one, dict)), None)


def _file(context: Context, name: str) -> Any:
    path = context.project / name
    if not path.is_file():
        raise ConfigError("HUB-4817", f"there is no file {name}", where=context.connection)
    return path
