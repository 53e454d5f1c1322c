"""Records of a JSON lines file: one object a line, kept as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import orjson

from .rows import KEPT, MAX_ROW, BadRow, Item, Row

#: Integers that do not fit 64 bits: the fast parser would make them floats and lose digits of an id.
_HUGE = re.compile(rb"\d{19}")


def read_jsonl(file: Path) -> Iterator[Item]:
    """The objects of the file; row numbers are line numbers. Raises OSError."""
    with file.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_ROW + 1):
            number += 1
            if len(line) > MAX_ROW:
                while not line.endswith(b"\n") and (rest := stream.readline(MAX_ROW)):
                    line = line[:KEPT] + rest[-1:]
                yield BadRow(number, "HUB-4307", f"a line of more than {MAX_ROW} bytes", line[:KEPT])
            elif line.strip(b" \t\r\n\xef\xbb\xbf"):
                yield _parsed(number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)


def _parsed(number: int, line: bytes) -> Item:
    try:
        record = _exact(line) if _HUGE.search(line) else orjson.loads(line)
    except (ValueError, RecursionError) as error:
        reason = str(error).split(":")[0]
        return BadRow(number, "HUB-4309", f"not JSON: {reason}", line[:KEPT])
    if not isinstance(record, dict):
        return BadRow(number, "HUB-4309", "not a JSON object", line[:KEPT])
    return Row(number, record, len(line))


def _exact(line: bytes) -> Any:
    orjson.loads(line)  # the standard parser takes NaN and half surrogates; this one refuses them
    return json.loads(line, parse_int=_digits, parse_constant=_refuse)


def _digits(text: str) -> int | str:
    return int(text) if len(text) <= 18 else text


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")
