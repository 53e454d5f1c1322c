"""Paths into an answer (`$.data.items[*].node`, `header:X-Total`) and into a record (`billing.email`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from hub.contract import JsonAnswer
from hub.models import Json

#: Each item of a list.
STAR = "*"
Step = str | int

_STEP = re.compile(r"\.([A-Za-z_@][\w@-]*)|\['([^']+)'\]|\[(\d+)\]|\[(\*)\]")
_RECORD_PATH = re.compile(r"[A-Za-z_@][\w@-]*(\.([A-Za-z_@][\w@-]*|\d+))*")
_PATTERN = r"^\$((\.[A-Za-z_@][\w@-]*)|(\['[^']+'\])|(\[\d+\])|(\[\*\]))*$"


class Missing(Exception):  # noqa: N818 - a finding; the caller decides whether it is an error
    """The answer has no such place. `place`: how far the path went."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True, slots=True)
class AnswerPath:
    """A place in an answer: in its body, or one of its headers."""

    text: str
    steps: tuple[Step, ...] = ()
    #: Lower-case name; then `steps` is empty.
    header: str = ""

    def __str__(self) -> str:
        return self.text

    def of(self, answer: JsonAnswer) -> Json:
        """What stands there; None when nothing does."""
        return answer.headers.get(self.header) if self.header else self.first(answer.body)

    def first(self, body: Json) -> Json:
        """The first value at the path in a body; None when there is none."""
        return next(iter(self.all(body)), None)

    def all(self, body: Json) -> list[Json]:
        """Every value at the path; where a step leads nowhere there is none."""
        found = [body]
        for step in self.steps:
            if step == STAR:
                found = [item for one in found if isinstance(one, list) for item in one]
            else:
                found = [one[step] for one in found if _has(one, step)]
        return found

    def rows(self, body: Json) -> list[Json]:
        """The items of the list that the path names: `$.users[*]` is the list itself, not a copy.

        Raises Missing when a step before the star leads nowhere, or to something that is not a list.
        """
        here, place = body, "$"
        for number, step in enumerate(self.steps):
            if step == STAR:
                if not isinstance(here, list):
                    raise Missing(f"{place}[*]")
                return _below(here, self.steps[number + 1 :])
            place = f"{place}.{step}"
            if not _has(here, step):
                raise Missing(place)
            here = here[step]
        return [here]


def _has(value: Json, step: Step) -> bool:
    if isinstance(step, int):
        return isinstance(value, list) and step < len(value)
    return isinstance(value, dict) and step in value


def _below(items: list[Json], steps: Sequence[Step]) -> list[Json]:
    """Each item followed further; an item without the place stays None, so that it becomes a reject and is counted."""
    for number, step in enumerate(steps):
        if step == STAR:
            inner = [below for item in items if isinstance(item, list) for below in item]
            return _below(inner, steps[number + 1 :])
        items = [item[step] if _has(item, step) else None for item in items]
    return items


def parse_path(text: object) -> AnswerPath:
    """`$.a[*].b`, or `header:NAME`. Raises PydanticCustomError for anything else."""
    if isinstance(text, AnswerPath):
        return text
    if isinstance(text, str) and text.startswith("header:") and len(text) > len("header:"):
        return AnswerPath(text, header=text.removeprefix("header:").strip().lower())
    if not isinstance(text, str) or not re.match(_PATTERN, text):
        raise PydanticCustomError(
            "path", "a path into an answer looks like $.data.users[*] or header:X-Total"
        )
    steps: list[Step] = []
    for name, quoted, index, star in _STEP.findall(text):
        steps.append(star or name or quoted or int(index))
    return AnswerPath(text, tuple(steps))


def _parse_rows(text: object) -> AnswerPath:
    path = parse_path(text)
    if path.header or (STAR not in path.steps and path.steps):
        raise PydanticCustomError(
            "path", "the path of records ends in a list: $.users[*], or $ for one record"
        )
    return path


def _parse_field(text: object) -> str:
    if not isinstance(text, str) or not _RECORD_PATH.fullmatch(text):
        raise PydanticCustomError(
            "field", "a field of a record is written without $: updated_at, or billing.email"
        )
    return text


def _parse_key(value: object) -> str | tuple[str, ...]:
    if isinstance(value, list | tuple) and value:
        return tuple(_parse_field(part) for part in value)
    return _parse_field(value)


_SCHEMA = {"type": "string", "pattern": f"({_PATTERN})|(^header:.+$)"}

#: A place in an answer.
Place = Annotated[AnswerPath, PlainValidator(parse_path), WithJsonSchema(_SCHEMA)]
#: Where the records of an answer are.
Rows = Annotated[
    AnswerPath, PlainValidator(_parse_rows), WithJsonSchema({"type": "string", "pattern": _PATTERN})
]
#: A field of a record.
_FIELD = {"type": "string", "pattern": f"^{_RECORD_PATH.pattern}$"}
RecordField = Annotated[str, PlainValidator(_parse_field), WithJsonSchema(_FIELD)]
#: The field that tells one record from another, or several.
Key = Annotated[
    str | tuple[str, ...],
    PlainValidator(_parse_key),
    WithJsonSchema({"anyOf": [_FIELD, {"type": "array", "items": _FIELD, "minItems": 1}]}),
]


def field_reader(path: str) -> Callable[[Json], Json]:
    """A function from a record to its field; None where there is none. A number is a place of a list: errors.0.code."""
    steps = path.split(".")
    if len(steps) == 1:
        return lambda record: record.get(path) if type(record) is dict else None

    def read(record: Json) -> Json:
        for step in steps:
            if isinstance(record, list):
                at = int(step) if step.isdecimal() else len(record)
                record = record[at] if at < len(record) else None
            else:
                record = record.get(step) if isinstance(record, dict) else None
        return record

    return read


def key_reader(key: str | tuple[str, ...]) -> Callable[[Json], str | None]:
    """A function from a record to its key as text, as the engine makes it; None when it has none."""
    parts = [field_reader(part) for part in ((key,) if isinstance(key, str) else key)]

    def read(record: Json) -> str | None:
        found = [part(record) for part in parts]
        if any(isinstance(value, bool) or not isinstance(value, str | int) or value == "" for value in found):
            return None
        return ":".join(str(value).strip() for value in found)

    return read


def put(target: dict[str, Any], path: str, value: Json) -> None:
    """Sets `value` at a dotted path, making the objects on the way. A number is a place of a list that is there."""
    *above, last = path.split(".")
    here: Any = target
    for step in above:
        inside = here[int(step)] if isinstance(here, list) else here.get(step)
        if not isinstance(inside, dict | list):
            inside = here[step] = {}
        here = inside
    here[int(last) if isinstance(here, list) else last] = value


def get(source: Mapping[str, Any], path: str) -> Json:
    """The value at a dotted path, None where there is none."""
    return field_reader(path)(source)
