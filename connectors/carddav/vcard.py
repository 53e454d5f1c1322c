"""vCards as their content lines (RFC 6350, 3.3; RFC 2425): what is not changed stays as it came, to the byte.

A line keeps the bytes it was read from, folds and line ends included. Only a line that gets another value is written
anew, with the group and the parameters that it had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

#: Octets of a line, without its end.
_WIDTH = 75
_PHYSICAL = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*(?:\n|$)")
_FOLD = re.compile(rb"\r?\n[ \t]")
_LINE = re.compile(
    r'(?:(?P<group>[A-Za-z0-9-]+)\.)?(?P<name>[A-Za-z0-9-]+)(?P<params>(?:;(?:[^";:]|"[^"]*")*)*):(?P<value>.*)', re.DOTALL
)  # fmt: skip
_PARAM = re.compile(r';(?:(?P<name>[A-Za-z0-9-]+)=)?(?P<values>(?:[^";]|"[^"]*")*)')
_PARAM_VALUE = re.compile(r'"([^"]*)"|([^",]+)')
_ENCODING = re.compile(r";(?:(?:ENCODING|CHARSET)=[^;]*|QUOTED-PRINTABLE|BASE64)(?=;|$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One content line. raw: its bytes, with folds and its end."""

    raw: bytes

    @classmethod
    def of(cls, name: str, value: str, params: str = "") -> Line:
        """A new line. value: escaped already; params: as they are written, such as `;TYPE=INTERNET`."""
        return cls(_folded(f"{name}{params}:{value}"))

    @cached_property
    def _parts(self) -> tuple[str, str, str, str]:
        text = _FOLD.sub(b"", self.raw).decode("utf-8", "replace").rstrip("\r\n")
        found = _LINE.fullmatch(text)
        return (found["group"] or "", found["name"], found["params"], found["value"]) if found else ("",) * 4

    @property
    def group(self) -> str:
        """The name that ties it to other lines, such as `item1`, in lower case."""
        return self._parts[0].lower()

    @property
    def name(self) -> str:
        """Name of the property in upper case; empty for a line that is none."""
        return self._parts[1].upper()

    @property
    def value(self) -> str:
        """The value as it is written, escapes and all."""
        return self._parts[3]

    @property
    def text(self) -> str:
        """The value as text."""
        return unescaped(self.value)

    def parameter(self, name: str) -> list[str]:
        """Values of a parameter in lower case; a word without a name counts as a TYPE, as in vCard 2.1."""
        found = []
        for one in _PARAM.finditer(self._parts[2]):
            if (one["name"] or "TYPE").upper() == name:
                found += [(quoted or plain).lower() for quoted, plain in _PARAM_VALUE.findall(one["values"])]
        # `TYPE="home,work"` is how some write a list.
        return [word.strip() for value in found for word in value.split(",")]

    def with_value(self, value: str) -> Line:
        """The same property with another value, escaped already."""
        group, name, params, _ = self._parts
        before = f"{group}.{name}" if group else name
        return Line(_folded(f"{before}{_ENCODING.sub('', params)}:{value}"))


@dataclass(frozen=True)
class Card:
    """One vCard: all of its lines, `BEGIN` and `END` included."""

    lines: tuple[Line, ...]

    @classmethod
    def parsed(cls, data: bytes) -> Card:
        """A card of version 3.0 or 4.0. Raises ValueError for anything else, or several."""
        lines = tuple(Line(raw) for raw in _PHYSICAL.findall(data) if raw)
        told = [line for line in lines if line.name]
        ends = [(line.name, line.value.strip().upper()) for line in told if line.name in ("BEGIN", "END")]
        if ends != [("BEGIN", "VCARD"), ("END", "VCARD")] or (told[0].name, told[-1].name) != (
            "BEGIN",
            "END",
        ):
            raise ValueError("it is not one vCard")
        card = cls(lines)
        if card.text("VERSION") not in ("3.0", "4.0"):
            raise ValueError("its version is neither 3.0 nor 4.0")
        return card

    def data(self) -> bytes:
        """The card as it is sent."""
        return b"".join(line.raw for line in self.lines)

    def all(self, name: str) -> list[Line]:
        """Lines of a property, those that are preferred first, else as they stand."""
        return sorted((line for line in self.lines if line.name == name), key=_preference)

    def text(self, name: str) -> str:
        """Text of the first line of a property; empty when there is none."""
        return next((line.text.strip() for line in self.all(name)), "")

    def replaced(self, old: Line, new: Line) -> Card:
        """With another line in the place of one of its own."""
        return replace(self, lines=tuple(new if line is old else line for line in self.lines))

    def added(self, line: Line) -> Card:
        """With one more line, the last one before the end."""
        at = next(at for at, one in enumerate(self.lines) if one.name == "END")
        return replace(self, lines=(*self.lines[:at], line, *self.lines[at:]))

    def without(self, old: Line) -> Card:
        """Without a line, and without the label that belonged to it alone."""
        left = [line for line in self.lines if line is not old]
        mates = [line for line in left if old.group and line.group == old.group]
        labels = mates if all(line.name == "X-ABLABEL" for line in mates) else []
        return replace(self, lines=tuple(line for line in left if not any(line is one for one in labels)))


def escaped(text: str) -> str:
    """Text as a value: one line, whatever it holds. Control characters are left out."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for plain, written in (("\\", "\\\\"), ("\n", "\\n"), (",", "\\,"), (";", "\\;")):
        text = text.replace(plain, written)
    return text


def unescaped(value: str) -> str:
    """A value as text."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def split(value: str, separator: str) -> list[str]:
    """Parts of a value between separators that are not escaped, as text."""
    return [unescaped(part) for part in split_raw(value, separator)]


def split_raw(value: str, separator: str) -> list[str]:
    """The same parts as they are written."""
    parts, at = [""], 0
    while at < len(value):
        step = 2 if value[at] == "\\" else 1
        piece = value[at : at + step]
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
        at += step
    return parts


def joined(parts: Iterable[str], separator: str) -> str:
    """Texts as one value."""
    return separator.join(escaped(part) for part in parts)


def _preference(line: Line) -> int:
    """Lower is preferred: `PREF=1` to `PREF=100` (4.0), `TYPE=pref` (3.0), then those that say nothing."""
    told: Sequence[str] = line.parameter("PREF")
    if told and told[0].isascii() and told[0].isdigit():
        return int(told[0])
    return 1 if "pref" in line.parameter("TYPE") else 1000


def _folded(text: str) -> bytes:
    """A line as it is sent: no more than 75 octets, a character never cut in two (RFC 6350, 3.2)."""
    pieces, width = [bytearray()], _WIDTH
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(pieces[-1]) + len(octets) > width:
            pieces.append(bytearray())
            width = _WIDTH - 1  # the space before it counts
        pieces[-1] += octets
    return b"\r\n ".join(bytes(piece) for piece in pieces) + b"\r\n"
