"""A program of others, run as a child: its lines, its log, and an end that it cannot refuse.

It has a process group of its own, nothing of our environment but what every program needs, and no standard input.
Whoever is silent for too long is asked to stop (SIGTERM) and then made to (SIGKILL), with all that it started.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from hub.errors import BadAnswer, Cancelled, ConfigError, Unreachable
from hub.foreign.scrub import READ

#: Seconds between two looks at whether to go on.
TICK = 0.25
#: Seconds that a program has to end by itself after SIGTERM, and after it closed its output.
GRACE = 5.0
#: A line longer than this is no record that could land.
LONGEST_LINE = 64 * 1024 * 1024
#: Last lines of the log that are kept to tell why it failed.
TAIL = 40
#: Of our environment: where programs, certificates and proxies are, and the notation of texts. No secret of ours.
_INHERITED = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SYSTEMROOT",
)  # fmt: skip


class Program:
    """A running program. Use it in a `with`: at the end nothing of it is left."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        where: str,
        patience: float,
        stopping: Callable[[], bool],
        log: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """patience: seconds of silence, on both outputs, while we wait for it. log: gets what it says, line by line.

        Raises ConfigError HUB-4801 when it cannot be started."""
        self._where = where
        self._patience = patience
        self._stopping = stopping
        self._log = log
        #: The last lines of its log.
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._sign = time.monotonic()
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        try:
            self._process = subprocess.Popen(
                list(command),
                cwd=folder,
                env={"LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8", **inherited, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigError(
                "HUB-4801",
                f"the program {Path(command[0]).name!r} cannot be started: {error.strerror}",
                where=where,
                hint="Install it with `hub connectors install`, or correct `command`.",
            ) from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._output = self._process.stdout
        self._drain = threading.Thread(target=self._drained, args=(self._process.stderr,), daemon=True)
        self._drain.start()

    @property
    def identity(self) -> str:
        """Names this process and no later one of the same number; empty where the system does not tell."""
        return _identity(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def lines(self) -> Iterator[bytes | None]:
        """Its output line by line; None when nothing came for a moment, so that the caller can do something else.

        Raises Unreachable HUB-4809 (silent for too long), Cancelled HUB-4099, BadAnswer HUB-4803 (an endless line)."""
        parts: list[bytes] = []
        size, began = 0, time.monotonic()
        while True:
            if not self._is_ready(TICK):
                # A child that it left behind may hold its output open for ever.
                if self._process.poll() is not None and not self._is_ready(0):
                    break
                self._still_wanted(began)
                yield None
                continue
            chunk = os.read(self._output.fileno(), 1 << 16)
            if not chunk:
                break
            first, *others = chunk.split(b"\n")
            parts.append(first)
            size += len(first)
            if size > LONGEST_LINE:
                raise BadAnswer("HUB-4803", f"a line of more than {LONGEST_LINE} bytes", where=self._where)
            for line in others:
                yield b"".join(parts)
                parts, size = [line], len(line)
            began = time.monotonic()  # while the caller was at work, silence was no fault of the program
        # Half a line of a program that failed is its last breath, no message.
        if any(parts) and self.ended() == 0:
            yield b"".join(parts)

    def ended(self) -> int:
        """Waits for its end, after its output has ended; its exit code, negative for a signal."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self.stop()
        return int(self._process.returncode)

    def stop(self) -> None:
        """Ends it and everything it started, and gives back what it held. Does nothing the second time."""
        if self._output.closed:
            return
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        self._signal(signal.SIGKILL)  # also those that the program left behind
        self._process.wait()
        self._drain.join(GRACE)
        self._output.close()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def said(self, line: bytes) -> None:
        """A line of its output that turned out to be talk."""
        self._heard(line)

    def _is_ready(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _still_wanted(self, began: float) -> None:
        if self._stopping():
            raise Cancelled("HUB-4099", "asked to stop while waiting for a program", where=self._where)
        if time.monotonic() - max(began, self._sign) > self._patience:
            raise Unreachable(
                "HUB-4809",
                f"it said nothing for {self._patience:.0f} seconds and was stopped",
                where=self._where,
                hint="It goes on with the next run. If it needs more time, raise `patience`.",
            )

    def _drained(self, stream: IO[bytes]) -> None:
        """Its log, read as it comes: a program blocks when nobody listens."""
        is_whole = True
        with suppress(ValueError, OSError):
            while line := stream.readline(READ):
                self._sign = time.monotonic()
                if is_whole:  # the rest of a long line could begin with half a secret
                    self._heard(line)
                is_whole = line.endswith(b"\n")

    def _heard(self, line: bytes) -> None:
        text = line[:READ].decode("utf-8", "replace").strip()
        if text:
            self.tail.append(text)
            self._log(text)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def end_orphan(identity: str) -> bool:
    """Ends a program, with all it started, whose hub was killed; whether it was still there. It may hang for ever."""
    number = identity.partition(" ")[0]
    if not number.isdigit() or _identity(int(number)) != identity:
        return False
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(int(number), signal.SIGKILL)
    return True


def _identity(pid: int) -> str:
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return ""
    return f"{pid} {fields[19]}"  # when it was started, in ticks since the machine was
