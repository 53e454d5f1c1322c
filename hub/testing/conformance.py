"""The conformance kit: one class that an author's test subclasses, and every promise of a connector is a test.

    from hub.testing import Conformance

    class TestShop(Conformance):
        connector = Shop
        wrong = {"api_key": "not-the-key-at-all"}

        def vendor(self, folder): return FakeShop(customers=CUSTOMERS)
        def config(self, vendor): return {"url": vendor.url, "api_key": vendor.key}
        def truth(self, vendor): return {"customers": {str(row["id"]) for row in vendor.customers}}

pytest runs it, and `hub connectors test NAME` does without pytest. What an item is about, and which tier it counts for,
is in `conformance_items`; what does not concern a connector is excused by itself or in `exempt`, with a reason.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from hub.contract import Connector, Request
from hub.errors import ConfigError
from hub.models import Json, WriteRow
from hub.testing import quality
from hub.testing.conformance_bench import Bench
from hub.testing.conformance_items import ITEMS, Outcome
from hub.testing.fake_server import FakeServer


class Conformance:
    """What the kit must know of a connector. Subclass it with a name that pytest collects: `class TestShop(...)`."""

    #: The class, the name under which an installed plugin offers it, or the file of its manifest.
    connector: ClassVar[type[Connector] | str | Path]
    #: The mapping of its records; default: the starter that its plugin brings, or `mapping.yaml` beside the manifest.
    mapping: ClassVar[Path | None] = None
    #: A recorded exchange (`hub connectors record`) to be played back, instead of `vendor`.
    recorded: ClassVar[Path | None] = None
    #: Settings that make the credentials wrong.
    wrong: ClassVar[Mapping[str, Json]] = {}
    #: A part of the path of requests that bring records; empty when all of them do.
    listing: ClassVar[str] = ""
    #: Whether its records come by HTTP; None: if it says how it speaks HTTP.
    speaks_http: ClassVar[bool | None] = None
    #: How long after a change the run begins that must bring it.
    later: ClassVar[timedelta] = timedelta(minutes=10)
    #: Why the vendor wants a secret in the address; empty: there is none.
    secret_in_address: ClassVar[str] = ""
    #: The test that ran it against the real system or the vendor's own description, below the folder of the project.
    live: ClassVar[Path | None] = None
    #: Item -> why it cannot concern this connector, for ever.
    exempt: ClassVar[Mapping[str, str]] = {}
    #: Item -> what is missing, for now.
    todo: ClassVar[Mapping[str, str]] = {}
    _outcomes: ClassVar[dict[str, Outcome]] = {}

    # --- to be overridden --------------------------------------------------------------------------------------------

    def vendor(self, folder: Path) -> Any:
        """The other system with more records than two pages hold: a `FakeServer` that is not started, or anything else
        for connectors without HTTP. `folder` is empty, and the project's."""
        if self.recorded is None:
            raise NotImplementedError(
                "say what the vendor is: override vendor(), or name a recorded exchange"
            )
        from hub.testing.replay import Replay

        return Replay(self.recorded)

    def config(self, vendor: Any) -> Mapping[str, Json]:
        """The `config:` of a connection to it, with good credentials of eight characters or more."""
        raise NotImplementedError("say how to connect: override config()")

    def truth(self, vendor: Any) -> Mapping[str, set[str]]:
        """Keys of the records that the vendor has now, by stream."""
        if self.recorded is None:
            raise NotImplementedError("say which records there are: override truth()")
        found: Mapping[str, set[str]] = vendor.truth
        return found

    def change(self, vendor: Any, now: Any) -> Mapping[str, str]:
        """Change one record of each stream at the vendor, and tell its key."""
        raise NotImplementedError("say how a record changes: override change()")

    def remove(self, vendor: Any, now: Any) -> Mapping[str, str]:
        """Delete one record of each stream that can lose one, and tell its key."""
        raise NotImplementedError("say how a record is deleted: override remove()")

    def forbid(self, vendor: Any) -> None:
        """Take a permission away from the credentials, which stay good."""
        raise NotImplementedError("say how a permission is taken away: override forbid()")

    def vanish(self, vendor: Any) -> None:
        """Make the vendor unreachable."""
        if not isinstance(vendor, FakeServer):
            raise NotImplementedError("say how the vendor becomes unreachable: override vanish()")
        vendor.stop()

    def arrivals(self, vendor: Any) -> Sequence[Request]:
        """For receivers: requests that must be taken, signed at `NOON` of the session."""
        raise NotImplementedError("give good requests: override arrivals()")

    def rows(self) -> Sequence[WriteRow]:
        """For destinations: rows that must be taken, and as the last one a row that the vendor refuses."""
        raise NotImplementedError("give rows to write: override rows()")

    def written(self, vendor: Any) -> Sequence[str]:
        """For destinations: remote ids of what the vendor holds now, each as often as it is there."""
        raise NotImplementedError("say what was written: override written()")

    # --- the kit's own -----------------------------------------------------------------------------------------------

    @classmethod
    def connector_class(cls) -> type[Connector]:
        """The connector, whichever way it is named. Raises ConfigError, PluginError."""
        return _made(cls.connector) if isinstance(cls.connector, (str, Path)) else cls.connector

    @contextmanager
    def open(self, **overrides: Json) -> Iterator[Bench]:
        """A vendor, a store and a connection of their own. overrides: into the config."""
        with (
            tempfile.TemporaryDirectory(prefix="hub-kit-") as folder,
            Bench(self, Path(folder), overrides) as bench,
        ):
            yield bench

    @classmethod
    def outcome(cls, name: str) -> Outcome:
        """How the connector stands with an item: looked at once, then remembered."""
        if name not in cls._outcomes:
            cls._outcomes[name] = ITEMS[name].outcome(cls())
        return cls._outcomes[name]

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        cls._outcomes = {}
        for name in (*cls.exempt, *cls.todo):
            if name not in ITEMS:
                raise ConfigError(
                    "HUB-4702",
                    f"{cls.__name__}: the kit has no item {name!r}",
                    hint=f"It has: {', '.join(ITEMS)}.",
                )
        if hasattr(cls, "connector"):
            for name in ITEMS:
                # What is excused is no test: a skipped one would look like a gap.
                state = ITEMS[name].without_looking(cls())
                setattr(cls, f"test_{name}", _test(name) if state is None else None)
            is_told = bool(quality.stored(cls.connector_class()))
            cls.test_what_is_told_is_so = _is_so if is_told else None  # type: ignore[attr-defined]

    @classmethod
    def report(cls) -> dict[str, Outcome]:
        """All items, in their order."""
        return {name: cls.outcome(name) for name in ITEMS}


def _test(name: str) -> Callable[[Conformance], None]:
    def test(self: Conformance) -> None:
        outcome = self.outcome(name)
        if outcome.error is not None:
            raise outcome.error

    test.__name__ = f"test_{name}"
    test.__doc__ = ITEMS[name].promise
    return test


def _is_so(self: Conformance) -> None:
    """The file beside the connector says what the kit found."""
    told, found = quality.stored(self.connector_class()), quality.as_json(self.report())
    wrong = {
        name: (told["items"].get(name), state)
        for name, state in found["items"].items()
        if told["items"].get(name) != state
    }
    name = self.connector_class().name
    assert not wrong, f"{quality.FILE} is old ({wrong}): `hub connectors test {name} --write`"
    assert told == found


@cache
def _made(where: str | Path) -> type[Connector]:
    from hub.plugins import load_plugins
    from hub.rest import load_connector

    return load_connector(where) if isinstance(where, Path) else load_plugins().connector(where)
