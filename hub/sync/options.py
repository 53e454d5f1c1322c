"""What is asked of a sync, its signs of life, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.errors import HubError
from hub.models import Run, RunKind, RunStatus
from hub.sync.pull import PullOptions
from hub.sync.push import PushOptions


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a person may ask of a sync."""

    pull: PullOptions = field(default_factory=PullOptions)
    push: PushOptions = field(default_factory=PushOptions)
    #: Yes to a changed mapping that concerns many records.
    yes: bool = False
    #: command, schedule, webhook: what began it.
    trigger: str = "command"
    #: Read only, consolidate only, or push only.
    steps: frozenset[RunKind] = frozenset((RunKind.PULL, RunKind.CONSOLIDATE, RunKind.PUSH))


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life, for display."""

    connection: str
    kind: RunKind
    #: The stream being read; empty elsewhere.
    stream: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    finished: Run | None = None


Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over, and the error that ended it early."""

    run: Run
    error: HubError | None = None


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How a sync ended."""

    sync_id: str
    runs: Sequence[Run]
    #: The first error of each run that had one, by run id.
    errors: Mapping[str, HubError]
    #: Canonical records and customers: new, changed, merged …
    entities: Mapping[str, int]
    identity: Mapping[str, int]
    #: All living customers afterwards.
    customers: int

    @property
    def exit_code(self) -> int:
        """0, or what the worst run asks for."""
        codes = [error.exit_code for error in self.errors.values()]
        if codes:
            return max(codes, key=_severity)
        return 5 if any(run.status is RunStatus.WITH_REJECTS for run in self.runs) else 0


_SEVERITY = (0, 5, 6, 7, 8, 130, 4, 3, 9, 1)


def _severity(code: int) -> int:
    return _SEVERITY.index(code) if code in _SEVERITY else len(_SEVERITY)
