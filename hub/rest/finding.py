"""What the vendor has for a row already: by an id of ours, else by what names a person there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.contract import Classify, JsonAnswer
from hub.errors import BadAnswer, Refused
from hub.models import Found, Json
from hub.rest.paths import AnswerPath, Missing, field_reader
from hub.rest.rows import is_empty
from hub.rest.session import Session
from hub.rest.template import fill, references, texts
from hub.rest.write_spec import LookupSpec


def found(
    spec: LookupSpec | None, scope: Mapping[str, Any], session: Session, where: str, classify: Classify
) -> list[Found]:
    """The records that belong to a row; the first question that finds any is the last.

    Raises BadAnswer HUB-4640 when an answer has no list of records, and what the HTTP client raises."""
    while spec is not None:
        records = _asked(spec, scope, session, where, classify) if _can_be_asked(spec, scope) else []
        if records:
            return records
        spec = spec.else_
    return []


def _can_be_asked(spec: LookupSpec, scope: Mapping[str, Any]) -> bool:
    """Whether the row has every field that the question names: a search without its word would find everybody."""
    named = [*_places(spec.path), *_places(spec.params), *_places(spec.body), *_places(spec.only)]
    return not any(is_empty(field_reader(field)(scope["row"])) for field in named)


def _places(template: Json) -> Iterator[str]:
    for _, text in texts(template):
        yield from (place.field for place in references(text) if place.scope == "row" and place.field)


def _asked(
    spec: LookupSpec, scope: Mapping[str, Any], session: Session, where: str, classify: Classify
) -> list[Found]:
    url = str(fill(spec.path, scope, in_path=True))
    params, body = fill(spec.params, scope), fill(spec.body, scope)
    try:
        answer = session.read(spec.method, url, params=params, body=body, classify=classify)
    except Refused as refused:
        if refused.status == 404:
            return []
        raise
    there = [] if answer.status == 204 else listed(spec.records, answer, where)
    id_of = field_reader(spec.id)
    readers = {name: field_reader(path) for name, path in spec.fields.items()}
    wanted = {field: fill(text, scope) for field, text in spec.only.items()}
    return [
        Found(str(id_of(item)), {name: read(item) for name, read in readers.items()})
        for item in there
        if id_of(item) is not None and all(_holds(item, field, value) for field, value in wanted.items())
    ]


def _holds(item: Json, field: str, wanted: Json) -> bool:
    told = field_reader(field)(item)
    values = told if isinstance(told, list) else [told]
    return str(wanted).casefold() in [str(value).casefold() for value in values]


def listed(path: AnswerPath, answer: JsonAnswer, where: str) -> list[Json]:
    """The list at a path; a wrong path must not look like "nothing there". Raises BadAnswer HUB-4640."""
    try:
        return path.rows(answer.body)
    except Missing as missing:
        problem = f"the answer has nothing at {missing.place}, where its results should be"
        raise BadAnswer("HUB-4640", problem, where=where) from None
