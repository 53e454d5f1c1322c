"""A program that does its work on a word and answers with a line: what a test kills is not the test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class Driver:
    """The process that works and kills."""

    def __init__(self, script: Path, project: Path, *arguments: str) -> None:
        """script: a program that takes the project's folder, says `ready`, and then answers each line with one."""
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, str(script), str(project), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def say(self, word: str) -> str:
        """The answer to a word."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
