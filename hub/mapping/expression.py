"""Expressions: where a value comes from and what is done to it.

$.billing.email                       a path into the raw record; `@` is the current item of an `each`
$.lines[0].sku   $["odd key"]         one element, a key with signs in it
$.emails[*].address                   the values of a list
$.email | lower | default("none")     functions, from left to right; arguments are text, numbers or paths
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hub.errors import MappingError
from hub.mapping.nodes import Node, Scalar

Root = Literal["$", "@", "@index"]


@dataclass(frozen=True, slots=True)
class Star:
    """The step `[*]`: every element of a list."""


#: A key, an index, or every element.
Step = str | int | Star
STAR = Star()


@dataclass(frozen=True, slots=True)
class Path:
    """A place in the raw record (`$`), in the current item (`@`), or the item's 1-based position (`@index`)."""

    root: Root
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.root + "".join(map(_step_text, self.steps))

    @property
    def is_list(self) -> bool:
        """Whether it gives a list of values."""
        return STAR in self.steps


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the mapping itself."""

    value: Scalar
    where: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with the arguments written after it."""

    name: str
    arguments: tuple[Path | Scalar, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A path and the functions its value goes through."""

    path: Path
    calls: tuple[Call, ...]
    where: str
    #: As written.
    text: str


@dataclass(frozen=True, slots=True)
class First:
    """The first of several expressions that has a value: `{first: [...]}`."""

    options: tuple[Expression, ...]
    where: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A JSON list of the values that are present."""

    items: tuple[Expression, ...]
    where: str


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """A JSON object of the values that are present."""

    fields: tuple[tuple[str, Expression], ...]
    where: str


Expression = Constant | Pipeline | First | ListOf | ObjectOf


def parse(node: Node, what: str) -> Expression:
    """The expression a node holds. `what` names it in errors. Raises MappingError with file:line."""
    match node.kind:
        case "list":
            return ListOf(tuple(parse(item, what) for item in node.items(what)), node.where)
        case "table":
            entries = node.entries(what)
            if [entry.key for entry in entries] == ["first"] and entries[0].node.kind == "list":
                options = entries[0].node.items(what)
                if not options:
                    raise MappingError("HUB-1205", f"`first` of {what} lists nothing", where=node.where)
                return First(tuple(parse(option, what) for option in options), node.where)
            return ObjectOf(tuple((entry.key, parse(entry.node, what)) for entry in entries), node.where)
    if isinstance(node.value, str) and node.value.startswith(("$", "@")):
        return parse_pipeline(node.value, node.where)
    return Constant(node.value, node.where)  # type: ignore[arg-type]  # a scalar, by its kind


def parse_path(node: Node, what: str) -> Path:
    """A path without functions. Raises MappingError."""
    expression = parse(node, what)
    if not isinstance(expression, Pipeline) or expression.calls:
        raise MappingError("HUB-1209", f"{what} must be a path such as $.items[*]", where=node.where)
    return expression.path


def parse_pipeline(text: str, where: str) -> Pipeline:
    """`PATH | fn | fn(arg, …)`. Raises MappingError HUB-1209."""
    reader = _Reader(text, where)
    path = reader.path()
    calls = []
    while reader.take("|"):
        calls.append(reader.call())
    reader.end()
    return Pipeline(path, tuple(calls), where, text)


def pipelines(expression: Expression) -> Iterator[Pipeline]:
    """Every pipeline inside an expression."""
    match expression:
        case Pipeline():
            yield expression
        case First(options=parts) | ListOf(items=parts):
            for part in parts:
                yield from pipelines(part)
        case ObjectOf(fields=fields):
            for _, part in fields:
                yield from pipelines(part)
        case Constant():
            return


def describe(expression: Expression) -> str:
    """The expression as one line of text, for people."""
    match expression:
        case Constant(value=value):
            return value if isinstance(value, str) else json.dumps(value)
        case Pipeline(text=text):
            return text
        case First(options=options):
            return f"first of {', '.join(map(describe, options))}"
        case ListOf(items=items):
            return f"[{', '.join(map(describe, items))}]"
        case ObjectOf(fields=fields):
            return f"{{{', '.join(f'{name}: {describe(value)}' for name, value in fields)}}}"


_ROOTS: tuple[Root, ...] = ("@index", "@", "$")
_BARE_NAME = re.compile(r"[^\s.\[\]|()\"',]+")
_FUNCTION = re.compile(r"[A-Za-z_]\w*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(?![\w.])")
_WORD = re.compile(r"[^\W\d][\w.+-]*")
_INDEX = re.compile(r"\[\s*(-?\d{1,6})\s*\]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
#: Any other backslash stays as it is, so that a regular expression needs no second one.
_ESCAPE = re.compile(r"\\([\\\"'ntr])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_QUOTING = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"})
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_SPACE = re.compile(r"\s*")


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._at = 0

    def path(self) -> Path:
        for root in _ROOTS:
            if self._text.startswith(root, self._at):
                self._at += len(root)
                steps = self._steps()
                if root == "@index" and steps:
                    raise self._error("`@index` is a number and has no parts")
                return Path(root, steps)
        raise self._error("expected a path that begins with $ or @")

    def _steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        while self._peek() in (".", "["):
            steps.append(self._step())
        return tuple(steps)

    def _step(self) -> Step:
        if self._text.startswith("[*]", self._at):
            self._at += 3
            return STAR
        if self._peek() == "[":
            index = self._match(_INDEX)
            if index:
                return int(index[1])
            self._at += 1
            key = self._quoted()
            if key is None or self._peek() != "]":
                raise self._error('expected [0], [*] or ["key"]')
            self._at += 1
            return key
        self._at += 1
        name = self._match(_BARE_NAME)
        if not name:
            raise self._error('expected a key after the dot; write ["…"] for one with signs in it')
        return name[0]

    def call(self) -> Call:
        self._skip()
        name = self._match(_FUNCTION)
        if not name:
            raise self._error("expected a function after `|`")
        arguments: list[Path | Scalar] = []
        if self._peek() == "(":
            self._at += 1
            if not self.take(")"):
                arguments.append(self._argument())
                while self.take(","):
                    arguments.append(self._argument())
                if not self.take(")"):
                    raise self._error("expected `,` or `)`")
        return Call(name[0], tuple(arguments))

    def _argument(self) -> Path | Scalar:
        self._skip()
        if self._peek() in ("$", "@"):
            return self.path()
        quoted = self._quoted()
        if quoted is not None:
            return quoted
        number = self._match(_NUMBER)
        if number:
            return float(number[0]) if number[1] else int(number[0])
        word = self._match(_WORD)
        if not word:
            raise self._error("expected an argument: text in quotes, a word, a number or a path")
        return _WORDS.get(word[0], word[0])

    def _quoted(self) -> str | None:
        quoted = self._match(_QUOTED)
        if not quoted:
            return None
        return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), quoted[0][1:-1])

    def take(self, sign: str) -> bool:
        """Whether `sign` comes next, after blanks; takes it."""
        self._skip()
        if self._peek() != sign:
            return False
        self._at += 1
        return True

    def end(self) -> None:
        self._skip()
        if self._at < len(self._text):
            raise self._error("expected `|` or the end")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _skip(self) -> None:
        self._match(_SPACE)

    def _error(self, problem: str) -> MappingError:
        return MappingError(
            "HUB-1209", f"{problem}, at sign {self._at + 1} of `{self._text}`", where=self._where
        )


def _step_text(step: Step) -> str:
    if isinstance(step, Star):
        return "[*]"
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _BARE_NAME.fullmatch(step) else f'["{step.translate(_QUOTING)}"]'
