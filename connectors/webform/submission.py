"""A submission as it is kept: who it is, what it said, what was agreed to, where it came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.webform.body import Posted
from connectors.webform.config import ConsentBox, WebformConfig
from hub import Request

#: Seconds in which the same words in the same form, without an id of their own, are one submission.
SAME_WITHIN = 600

_GRANTED = frozenset(("1", "on", "yes", "true", "granted", "y"))
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
#: (word in the User-Agent, what to call it); the first that is found.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ("curl/", "curl"), ("python", "Python"),
)  # fmt: skip


class Unkeepable(Exception):  # noqa: N818 - it becomes an answer
    """The fields hold something that cannot be stored: nested without end, or half a character."""


def submission(request: Request, posted: Posted, config: WebformConfig, *, signed: bool) -> dict[str, Any]:
    """The raw record of a post. Raises Unkeepable."""
    fields = {name: value for name, value in posted.fields.items() if name not in ("_id", config.honeypot)}
    received_at = _text(request.received_at)
    record: dict[str, Any] = {
        "id": _identity(request, posted, fields, config, signed),
        "form": config.form,
        "received_at": received_at,
        "fields": fields,
        "consents": _consents(fields, config, received_at),
        "meta": _meta(request, posted, signed),
    }
    if posted.files:
        record["files"] = posted.files
    _bytes(record)
    return record


def is_blank(fields: Mapping[str, Any]) -> bool:
    """Whether nothing was filled in."""
    return not any(
        value.strip() if isinstance(value, str) else value not in (None, [], {}) for value in fields.values()
    )


def is_robot(fields: Mapping[str, Any], honeypot: str) -> bool:
    """Whether the field that people do not see was filled in."""
    return any(str(item).strip() for item in _items(fields.get(honeypot)) if item is not None)


def _identity(
    request: Request, posted: Posted, fields: Mapping[str, Any], config: WebformConfig, signed: bool
) -> str:
    """The same for every repetition of the same submission, and different for another one.

    In this order: the event id of the sender (`webhook-id`), the field that the config names, the hidden `_id` of
    the form, and else the words themselves within ten minutes. With `_id` the words count too: a form sent again
    from the browser's history with other words is another submission.
    """
    # Who did not sign must not be able to take an id away from who did.
    claimed = "" if signed else "claimed-"
    event_id = request.headers.get("webhook-id")
    if event_id is not None:
        return f"{claimed}event:{event_id}"
    given = fields.get(config.id_field) if config.id_field else None
    if isinstance(given, (str, int)) and str(given).strip():
        text = str(given).strip()
        return f"{claimed}id:{text if len(text) <= 200 and text.isprintable() else _digest(text)}"
    shown = posted.fields.get("_id")
    if isinstance(shown, str) and shown:
        return f"form:{_digest(config.form, shown, fields)}"
    return f"words:{_digest(config.form, int(request.received_at.timestamp()) // SAME_WITHIN, fields)}"


def _digest(*parts: Any) -> str:
    return hashlib.sha256(_bytes(parts)).hexdigest()[:32]


def _bytes(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        raise Unkeepable from None


def _consents(fields: Mapping[str, Any], config: WebformConfig, at: str) -> list[dict[str, Any]]:
    """What was agreed to. A box that was not ticked says nothing: neither yes nor a withdrawal of an earlier yes."""
    found = ((box, _status(fields.get(box.field))) for box in config.consents)
    return [_consent(box, status, config.form, at) for box, status in found if status]


def _consent(box: ConsentBox, status: str, form: str, at: str) -> dict[str, Any]:
    return {
        "field": box.field,
        "purpose": box.purpose,
        "channel": box.channel,
        "status": status,
        "wording": box.wording,
        "policy_version": box.policy_version,
        "captured_at": at,
        "form": form,
    }


def _status(value: Any) -> str:
    """granted for a ticked box; a program may also say denied or revoked in so many words."""
    if value is True:
        return "granted"
    words = {item.strip().lower() for item in _items(value) if isinstance(item, str)}
    return (
        "granted" if words & _GRANTED else next((word for word in ("denied", "revoked") if word in words), "")
    )


def _items(value: Any) -> list[Any]:
    """The values of a field that may have come several times."""
    return value if isinstance(value, list) else [value]


def _meta(request: Request, posted: Posted, signed: bool) -> dict[str, Any]:
    headers = request.headers
    meta = {
        "origin": headers.get("origin", ""),
        "page": _page_of(headers.get("referer", "")),
        "browser": _browser(headers.get("user-agent", "")),
        "language": _language(headers.get("accept-language", "")),
        "ip_truncated": request.remote,
        "charset": posted.charset if posted.charset != "utf-8" else "",
    }
    return {name: value for name, value in meta.items() if value} | {"signed": signed}


def _page_of(referer: str) -> str:
    """The page without its query, which may hold anything."""
    try:
        url = urlsplit(referer)
    except ValueError:
        return ""
    return (
        f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}" if url.scheme in ("http", "https") else ""
    )


def _browser(agent: str) -> str:
    """The family only: the whole text is nearly a fingerprint."""
    return next((name for word, name in _BROWSERS if word in agent), "other" if agent else "")


def _language(accepted: str) -> str:
    first = accepted.partition(",")[0].partition(";")[0].strip()
    return first if _LANGUAGE.fullmatch(first) else ""


def _text(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
