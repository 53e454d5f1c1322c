"""Where one check of the kit takes place: a vendor that runs, a connection to it, and everything that was said."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, SecretBytes, SecretStr

from hub.models import Json
from hub.testing.driver import Clock
from hub.testing.fake_server import FakeServer
from hub.testing.session import NOON, Session

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance


class Bench:
    """A case's vendor, started, and a session on it. Use it in a `with`."""

    def __init__(self, case: Conformance, folder: Path, overrides: Mapping[str, Json]) -> None:
        self.case = case
        self.folder = folder
        self.clock = Clock(NOON)
        self.vendor: Any = case.vendor(folder)
        self._overrides = overrides
        self._open = ExitStack()
        self.log = _Log()
        self.config: dict[str, Json] = {}
        self.session: Session

    def __enter__(self) -> Self:
        if isinstance(self.vendor, FakeServer):
            self.vendor.clock = self.clock
            self._open.enter_context(self.vendor)
        self._open.enter_context(self.log)
        self.config = {**self.case.config(self.vendor), **self._overrides}
        self.session = self._open.enter_context(
            Session(self.case.connector_class(), self.config, self.folder, clock=self.clock)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def server(self) -> FakeServer:
        """The vendor, where it is a server."""
        assert isinstance(self.vendor, FakeServer), "only for vendors that speak HTTP"
        return self.vendor

    @property
    def truth(self) -> dict[str, set[str]]:
        """What the vendor has now, for every stream of the connection."""
        told = self.case.truth(self.vendor)
        return {stream.name: set(told.get(stream.name, ())) for stream in self.session.connector.streams()}

    def missing(self, keeping: Collection[str] = ()) -> str:
        """What is not here as it is there, for a message; empty when nothing is. keeping: streams that keep what is
        gone there."""
        landed, faults = self.session.keys(), []
        for name, keys in self.truth.items():
            lost, more = sorted(keys - landed[name]), sorted(landed[name] - keys)
            if lost:
                faults.append(f"{len(lost)} of {len(keys)} {name} are missing ({', '.join(lost[:5])})")
            if more and name not in keeping:
                faults.append(f"{len(more)} {name} are too many ({', '.join(more[:5])})")
        return "; ".join(faults)

    def read_whole(self) -> None:
        """A first reading that must succeed. Raises AssertionError with what happened instead."""
        pulled = self.session.sync()
        assert pulled.error is None, f"a plain reading failed: {pulled.error}"
        assert not self.missing(), f"after a plain reading {self.missing()}"

    def secrets(self) -> list[str]:
        """Every secret of the config, and of the one with wrong credentials."""
        model = self.case.connector_class().Config
        wrong = {**self.config, **self.case.wrong}
        configs = [model.model_validate(values) for values in (self.config, wrong)]
        return sorted({value for config in configs for value in secret_values(config)})


def secret_values(config: Any) -> list[str]:
    """Every secret in a config, opened."""
    match config:
        case SecretStr() | SecretBytes():
            value = config.get_secret_value()
            return [value if isinstance(value, str) else value.decode("latin-1")]
        case BaseModel():
            return [
                found for name in type(config).model_fields for found in secret_values(getattr(config, name))
            ]
        case dict():
            return [found for value in config.values() for found in secret_values(value)]
        case list() | tuple():
            return [found for value in config for found in secret_values(value)]
        case _:
            return []


#: What the HTTP client silences by intent stays silent.
_SILENCED = ("httpx", "httpcore")


class _Log(logging.Handler):
    """Everything that anybody logs, at any level, whatever levels the process has set before."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._levels: dict[logging.Logger, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        extra = {name: value for name, value in vars(record).items() if name not in ("msg", "args")}
        self.lines.append(f"{record.getMessage()} {extra}")
        if record.exc_info and record.exc_info[1]:
            self.lines.append("".join(traceback.format_exception(record.exc_info[1])))

    def __enter__(self) -> Self:
        root = logging.getLogger()
        names = [name for name in root.manager.loggerDict if name.partition(".")[0] not in _SILENCED]
        self._levels = {logger: logger.level for logger in (root, *map(logging.getLogger, names))}
        for logger in self._levels:
            logger.setLevel(logging.NOTSET)
        root.setLevel(logging.DEBUG)
        root.addHandler(self)
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger().removeHandler(self)
        for logger, level in self._levels.items():
            logger.setLevel(level)
