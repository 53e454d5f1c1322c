"""Bodies of form posts: urlencoded, multipart and JSON, all read into one object of fields."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

import python_multipart
from python_multipart.exceptions import FormParserError

#: Fields a form may have.
MOST_FIELDS = 1000
_LARGEST, _SMALLEST = 2**64 - 1, -(2**63)


class Unreadable(Exception):  # noqa: N818 - it becomes an answer
    """The body is not what its type says; the text tells how, without quoting it."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What a body held."""

    #: Text, a list of texts where a field came several times, or whatever JSON was sent.
    fields: dict[str, Any]
    #: Uploads: field, name and size. Their content is not kept.
    files: list[dict[str, Any]] = field(default_factory=list)
    #: "windows-1252" when the text was not UTF-8 and had to be guessed.
    charset: str = "utf-8"


def kind_of(content_type: str) -> str:
    """`form`, `multipart`, `json`, or an empty text for what is not understood."""
    name = content_type.partition(";")[0].strip().lower()
    if name == "application/json" or (name.startswith("application/") and name.endswith("+json")):
        return "json"
    return {"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}.get(name, "")


def read(kind: str, content_type: str, body: bytes) -> Posted:
    """The fields of a body of that kind. Raises Unreadable."""
    match kind:
        case "json":
            return Posted(_json(body))
        case "multipart":
            return _multipart(content_type, body)
        case _:
            return _urlencoded(body)


def _urlencoded(body: bytes) -> Posted:
    parts = [part for part in body.split(b"&") if part]
    if len(parts) > MOST_FIELDS:
        raise Unreadable("too many fields")
    split = (part.replace(b"+", b" ").partition(b"=") for part in parts)
    return _posted([(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in split], [])


def _multipart(content_type: str, body: bytes) -> Posted:
    pairs: list[tuple[bytes, bytes]] = []
    files: list[dict[str, Any]] = []

    def on_field(item: python_multipart.multipart.Field) -> None:
        if len(pairs) >= MOST_FIELDS:
            raise FormParserError("too many fields")
        pairs.append((item.field_name or b"", item.value or b""))

    def on_file(item: python_multipart.multipart.File) -> None:
        if item.size and len(files) < MOST_FIELDS:
            files.append(_file(item))
        item.close()

    try:
        python_multipart.parse_form(
            {"Content-Type": content_type.encode("latin-1")}, BytesIO(body), on_field, on_file
        )
    except (FormParserError, ValueError):
        raise Unreadable("a multipart body that does not hold together") from None
    if body and not pairs and not files:
        raise Unreadable("a multipart body without parts")
    return _posted(pairs, files)


def _file(item: python_multipart.multipart.File) -> dict[str, Any]:
    name = (item.file_name or b"").decode("utf-8", "replace")
    return {
        "field": (item.field_name or b"").decode("utf-8", "replace"),
        "name": re.split(r"[/\\]", name)[-1],
        "size": item.size,
    }


def _posted(pairs: list[tuple[bytes, bytes]], files: list[dict[str, Any]]) -> Posted:
    charset = _charset(pairs)
    fields: dict[str, Any] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode(charset, "replace"), raw_value.decode(charset, "replace")
        if not name:
            continue
        if name in fields:
            known = fields[name]
            fields[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            fields[name] = value
    return Posted(fields, files, charset)


def _charset(pairs: list[tuple[bytes, bytes]]) -> str:
    """UTF-8 when everything is; else what browsers send from pages that do not say what they are."""
    try:
        for pair in pairs:
            for part in pair:
                part.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _json(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text, parse_int=_int, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Unreadable("JSON that is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("JSON, but not an object")
    return found


def _int(text: str) -> int | str:
    """Numbers beyond 64 bits stay as text: they are ids, and the store would round them."""
    if len(text) > 20:
        return text
    number = int(text)
    return number if _SMALLEST <= number <= _LARGEST else text


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
