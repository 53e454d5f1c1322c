"""Runs the commands that a document shows, and compares what they print.

A fenced block of the kind `console` holds commands after `$ `, their further lines after `> `, and what they print:

    $ hub init
    made hub.yaml
    …
    $ hub sync          # exits 5

All blocks of a document are run in order by one shell, in one empty folder, with nothing on standard input. A command
must exit with 0, or with what a comment `# exits N` says. Printed lines are looked for in order; `…` stands for
anything, in a line or as a line. Blocks of another kind, such as `sh`, are not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXITS = re.compile(r"#\s*exits\s+(\d+)\s*$")
_MARK = "--- ran"


@dataclass
class Command:
    """One command of a document."""

    #: Of the line in the document, from 1.
    line: int
    text: str
    expected: list[str] = field(default_factory=list)

    @property
    def exits(self) -> int:
        """The exit code that the document tells."""
        told = _EXITS.search(self.text)
        return int(told[1]) if told else 0


def commands(document: str) -> list[Command]:
    """All commands of a document, in order. Raises ValueError for a block that begins with no command."""
    found: list[Command] = []
    for block in _BLOCK.finditer(document):
        first = document.count("\n", 0, block.start(1)) + 1
        if not block[1].startswith("$ "):
            raise ValueError(f"line {first}: a console block begins with a command: `$ ...`")
        for number, line in enumerate(block[1].splitlines(), first):
            if line.startswith("$ "):
                found.append(Command(number, line[2:]))
            elif line.startswith("> ") or line == ">":  # editors take blanks at the ends of lines away
                found[-1].text += "\n" + line[2:]
            elif line.strip():
                found[-1].expected.append(line.strip())
    return found


def run(document: Path, folder: Path, *, seconds: float = 240) -> list[str]:
    """Run a document in a folder; returns what did not go as told, each with its file:line."""
    told = commands(document.read_text(encoding="utf-8"))
    script = folder.with_suffix(".sh")
    script.write_text("".join(f"{command.text}\necho '{_MARK}' $?\n" for command in told), encoding="utf-8")
    answer = subprocess.run(
        ["/bin/sh", script],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return list(_faults(document.name, told, answer.stdout))


def environment(folder: Path) -> dict[str, str]:
    """A person's shell with the hub installed and no settings of their own.

    What a document installs goes into a folder beside its own, and comes from where the document stands."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    site = str(folder.with_suffix(".site"))
    pip = {"PIP_TARGET": site, "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    shell = {"PATH": path, "PYTHONPATH": site, "HOME": str(folder), "NO_COLOR": "1", "COLUMNS": "120"}
    return kept | shell | pip | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def _faults(name: str, told: list[Command], output: str) -> Iterator[str]:
    parts = re.split(rf"^{_MARK} (\d+)\n", output, flags=re.MULTILINE)
    for index, command in enumerate(told):
        place = f"{name}:{command.line}: $ {command.text.splitlines()[0]}"
        if 2 * index + 1 >= len(parts):
            yield f"{place}\n  was not reached"
            return
        printed, code = parts[2 * index], int(parts[2 * index + 1])
        if code != command.exits:
            yield f"{place}\n  exited with {code}, not {command.exits}; it printed:\n{printed}"
        missing = missing_line(command.expected, printed.splitlines())
        if missing is not None:
            yield f"{place}\n  did not print {missing!r}; it printed:\n{printed}"


def missing_line(expected: list[str], printed: list[str]) -> str | None:
    """The first of the expected lines that does not come, in order; None when all do."""
    rest = iter(printed)
    for line in expected:
        if line in ("…", "..."):
            continue
        pattern = re.sub(r"([\[\]?*])", r"[\1]", line).replace("…", "*").replace("...", "*")
        if not any(fnmatchcase(told.strip(), pattern) for told in rest):
            return line
    return None
