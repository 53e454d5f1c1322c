"""What all foreign connectors share: where they live, what they offer, and how their program is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from hub.contract import Capabilities, CheckResult, Connector, Context, Stream
from hub.errors import ConfigError
from hub.foreign import environments
from hub.foreign.call import Call
from hub.foreign.options import ForeignConfig
from hub.foreign.place import hidden, save_catalog, saved_catalog
from hub.foreign.streams import Offer, wanted
from hub.models import Json, Selection


class ForeignSource(Connector):
    """Base: a program of others that is asked what it has, and read."""

    #: One run reads all streams: one program, and often one state for all of them.
    capabilities: ClassVar[Capabilities] = Capabilities(source=True, checkpoint="connection")

    config: ForeignConfig

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self._known: list[Offer] | None = None

    def streams(self) -> Sequence[Stream]:
        """Those that `streams` names, or all that the program offered when it was asked last.

        Raises ConfigError: HUB-4805 it was never asked, HUB-4806 no such stream, HUB-4807 no key."""
        return wanted(self._offers(), self.config.streams, where="")

    def check(self, context: Context) -> CheckResult:
        """Ask the program what it has, and remember it. Raises what the program's failure means."""
        with self._call(context) as call:
            said = self.greet(call, context)
            offers = self.discover(call, context)
        streams = wanted(offers, self.config.streams, where=context.connection)
        names = ", ".join(stream.name for stream in streams[:30])
        return CheckResult(said or f"it offers {len(offers)} streams", {"streams": names})

    # --- for the protocols -------------------------------------------------------------------------------------------

    def greet(self, call: Call, context: Context) -> str:
        """Try the credentials, where the protocol has a way; what it said about them."""
        return ""

    def catalog(self, call: Call, context: Context) -> Json:
        """Ask the program for its catalogue."""
        raise NotImplementedError

    def offers_of(self, catalog: Json, where: str) -> list[Offer]:
        """What a catalogue offers."""
        raise NotImplementedError

    def discover(self, call: Call, context: Context) -> list[Offer]:
        """What the program has now; remembered for `streams`."""
        catalog = self.catalog(call, context)
        self._known = self.offers_of(catalog, context.connection)
        save_catalog(self._home(context), catalog)
        return self._known

    def command(self, context: Context, *, package: str, default: Sequence[str] = ()) -> list[str]:
        """The program and its first arguments. Raises ConfigError HUB-4801 when it is not installed."""
        first, *rest = self.config.command or default or ("",)
        path = context.project / first
        if first and (path.is_file() or "/" in first):
            return [str(path), *rest]
        if not package:
            return [first, *rest]
        try:
            return [str(environments.find(context.project, package).program(first)), *rest]
        except ConfigError as error:
            raise ConfigError(error.code, error.message, where=context.connection, hint=error.hint) from None

    def reads(self, selection: Selection, where: str) -> dict[str, Stream]:
        """The selected streams by name. Raises ConfigError HUB-4806 for one that is no more."""
        there = {stream.name: stream for stream in wanted(self._offers(), self.config.streams, where=where)}
        for one in selection.streams:
            if one.name not in there:
                raise ConfigError(
                    "HUB-4806",
                    f"it has no stream {one.name!r} any more",
                    where=where,
                    hint="List its `streams`.",
                )
        return {one.name: there[one.name] for one in selection.streams}

    @contextmanager
    def _call(self, context: Context, override: Mapping[str, Json] | None = None) -> Iterator[Call]:
        with Call(self.config, context, self._home(context), override=override) as call:
            yield call

    def _since(self, selection: Selection) -> dict[str, Json]:
        """`--since`, for programs whose settings have the date to start at."""
        since = selection.streams[0].since
        return {"start_date": since.isoformat()} if since and "start_date" in self.config.whole() else {}

    # --- what is known -----------------------------------------------------------------------------------------------

    def _offers(self) -> list[Offer] | None:
        if self._known is None and self.folder is not None:
            catalog = saved_catalog(self.folder)
            self._known = None if catalog is None else self.offers_of(catalog, "")
        return self._known

    def _home(self, context: Context) -> Path:
        above = hidden(context.project)
        if self.folder is None:
            self.folder = above / "connections" / context.connection
        return self.folder
