"""One use of a foreign program: its config and files, its log, and what it changes in its config."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Protocol, Self

from hub.contract import Context
from hub.errors import HubError
from hub.foreign import overlay
from hub.foreign.batch import Batch
from hub.foreign.messages import Message, message_of
from hub.foreign.options import ForeignConfig
from hub.foreign.place import RunFolder, leftovers, run_folder
from hub.foreign.process import Program, end_orphan
from hub.foreign.scrub import Scrub
from hub.models import Json, Page

#: Seconds after which what has come goes out, however little it is.
_LINGER = 1.0


class Reader(Protocol):
    """What turns the messages of a protocol into pages."""

    batch: Batch

    def take(self, message: Message) -> None:
        """One message, in its turn."""
        ...


class Call:
    """The files of one run, from before the program starts until after it is gone. Use it in a `with`."""

    def __init__(
        self,
        config: ForeignConfig,
        context: Context,
        home: Path,
        *,
        override: Mapping[str, Json] | None = None,
    ) -> None:
        """override: settings for this run alone."""
        self._config = config
        self._context = context
        self._home = home
        self._override = dict(override or {})
        self._base = config.whole()
        self._open = ExitStack()
        self.scrub = Scrub([secret.get_secret_value() for secret in config.secrets.values()])
        self.folder: RunFolder
        self._stamp = self._learnt = 0

    def __enter__(self) -> Self:
        for left in leftovers(self._home):
            end_orphan(left.program)
            self._keep(left)
        kept = overlay.load(self._context.secrets)
        self.scrub.learn(overlay.texts({str(n): entry["is"] for n, entry in enumerate(kept)}))
        self.folder = self._open.enter_context(run_folder(self._home))
        self.folder.give(self._base, {**overlay.applied(self._base, kept), **self._override})
        self._stamp = self._learnt = self.folder.stamp
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._keep(self.folder)
        finally:
            self._open.close()

    @property
    def where(self) -> str:
        """Names the connection in errors."""
        return self._context.connection

    def program(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Program:
        """Starts the program. Raises ConfigError HUB-4801."""
        program = Program(
            command,
            self._context.project,
            where=self.where,
            patience=self._config.patience,
            stopping=self._context.stopping,
            log=self.log,
            environment=environment,
        )
        self.folder.write_text("program", program.identity)
        return program

    def mind_config(self) -> None:
        """Keeps what the program has changed in its config so far."""
        stamp = self.folder.stamp
        compared = self.folder.compared() if stamp != self._stamp else None
        if compared is not None:  # else it is being written just now
            self._kept(*compared)
            self._stamp = stamp

    def replaced(self, config: Mapping[str, Json]) -> None:
        """The program says what its config is from now on: kept at once, for what it was may be worth nothing now."""
        compared = self.folder.compared()
        if compared is not None:
            base, given, _ = compared
            self._kept(base, given, config)
            self.folder.give(base, config)

    def log(self, text: str) -> None:
        """A line of the program's log; comes from a thread of its own."""
        self._learn()
        if not self._context.log.isEnabledFor(logging.DEBUG):
            return
        if text.lower().startswith(("info metric:", "metric:")) or " METRIC: " in text:
            self._metric(text)
        else:
            self._context.log.debug(
                "The program said", extra={"action": "foreign_log", "text": self.scrub(text)}
            )

    def _metric(self, text: str) -> None:
        try:
            told = json.loads(text.partition("METRIC:")[2])
            told = {"metric": str(told["metric"]), "value": float(told["value"])}
        except (ValueError, KeyError, TypeError):
            return
        self._context.log.debug("The program counted", extra={"action": "foreign_metric", **told})

    def _learn(self) -> None:
        """A token that was renewed just now may stand in the very next line."""
        stamp = self.folder.stamp
        compared = self.folder.compared() if stamp != self._learnt else None
        if compared is not None:
            _, given, found = compared
            self.scrub.learn(
                overlay.texts({".".join(path): one for path, one in overlay.changed(given, found).items()})
            )
            self._learnt = stamp

    def _keep(self, folder: RunFolder) -> None:
        if not folder.config.exists():
            return  # it was cut off before there was a program
        compared = folder.compared()
        if compared is None:
            self._context.log.warning(
                "The config of a run cannot be read; if the program renewed a token in it, that is lost",
                extra={"action": "foreign_config_unreadable"},
            )
            return
        self._kept(*compared)

    def _kept(self, base: Mapping[str, Json], given: Mapping[str, Json], found: Mapping[str, Json]) -> None:
        changes = overlay.changed(given, found)
        if changes:
            self.scrub.learn(overlay.texts({".".join(path): value for path, value in changes.items()}))
            overlay.keep(self._context.secrets, base, changes)
            self._context.log.info(
                "The program changed its config", extra={"action": "foreign_config", "fields": len(changes)}
            )


def pages(program: Program, reader: Reader, call: Call) -> Generator[Page, None, int]:
    """What a program prints, as pages; returns its exit code.

    What came before a failure goes out before it is raised: it was read, and its states are true."""
    failure: HubError | None = None
    since = monotonic()
    try:
        for line in program.lines():
            if line:
                _take(line, program, reader, call)
            if reader.batch.is_full or (not reader.batch.is_empty and monotonic() - since > _LINGER):
                call.mind_config()
                yield from reader.batch.pages()
                since = monotonic()
    except HubError as error:
        failure = error
    yield from reader.batch.pages()
    if failure is not None:
        raise failure
    code = program.ended()
    call.mind_config()
    return code


def messages(program: Program, call: Call) -> tuple[list[Message], int]:
    """All messages of a short command, and its exit code."""
    found: list[Message] = []
    for line in program.lines():
        message = message_of(line, call.where) if line else None
        if message is not None:
            found.append(message)
            _mind(message, call)
        elif line:
            program.said(line)
    return found, program.ended()


def output(program: Program) -> tuple[bytes, int]:
    """All that a short command prints, and its exit code."""
    lines = [line for line in program.lines() if line is not None]
    return b"\n".join(lines), program.ended()


def _take(line: bytes, program: Program, reader: Reader, call: Call) -> None:
    message = message_of(line, call.where)
    if message is None:
        program.said(line)
        return
    _mind(message, call)
    reader.take(message)


def _mind(message: Message, call: Call) -> None:
    """Messages to us instead of to the reader: log lines, and a config that is new."""
    if message.type == "LOG":
        call.log(str((message.body.get("log") or {}).get("message") or ""))
    elif message.type == "CONTROL":
        told: Any = message.body.get("control") or {}
        config = (told.get("connectorConfig") or {}).get("config")
        if told.get("type") == "CONNECTOR_CONFIG" and isinstance(config, dict):
            call.replaced(config)
