"""What a vendor's answers mean where the HTTP status alone misleads: the `errors:` of a manifest, applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Self

import orjson
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hub.contract import Verdict
from hub.http.redact import reason_of
from hub.models import Json
from hub.rest.paths import AnswerPath, Place
from hub.rest.values import Part

Action = Literal["fail", "retry", "restart", "skip_stream", "skip_part", "empty", "ignore"]
Kind = Literal["throttle", "transient", "auth", "permission", "request"]


class ErrorRule(Part):
    """One answer that means something of its own, and what to do then."""

    status: int | tuple[int, ...] | None = Field(
        None, description="The HTTP status it comes with, or several; none: any, also 200."
    )
    where: Place | None = Field(
        None, description="A place in the body that must be there (and not false or empty)."
    )
    is_: tuple[str | int, ...] | str | int | None = Field(
        None, alias="is", description="What must stand at `where`: a word, or one of several."
    )
    contains: str | None = Field(None, description="A text that the body must contain.")
    action: Action = Field(
        description="fail: stop the stream; retry: try again; restart: read the stream afresh; skip_stream: leave "
        "this stream out; skip_part: leave out what belongs to this parent; empty: there are no rows; ignore: it is "
        "no failure."
    )
    kind: Kind | None = Field(
        None,
        description="For fail and retry: throttle, transient, auth (credentials), permission, or request.",
    )
    retry_after: Place | None = Field(
        None,
        description="For retry: the place in the body, or the header, that tells when to come back: seconds, an epoch "
        "or a date. What is not there, or says nothing, leaves it to `Retry-After` and the vendor's reset headers.",
    )
    hint: str = Field("", description="What a person should do about it.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.status is None and self.where is None and self.contains is None:
            raise PydanticCustomError("rule", "a rule needs `status`, `where` or `contains`")
        if self.is_ is not None and self.where is None:
            raise PydanticCustomError("rule", "`is` needs `where`")
        if self.action == "retry" and self.kind not in (None, "throttle", "transient"):
            raise PydanticCustomError("rule", "only throttle and transient can be tried again")
        if self.retry_after is not None and self.action != "retry":
            raise PydanticCustomError("rule", "`retry_after` is for `action: retry`")
        if self.where is not None and self.where.header:
            raise PydanticCustomError("rule", "`where` is a place in the body")
        return self

    def speaks_of(self, status: int) -> bool:
        """Whether the rule is about answers with this status."""
        if self.status is None:
            return True
        return status == self.status if isinstance(self.status, int) else status in self.status

    def fits(self, data: bytes, body: Json) -> bool:
        """Whether an answer of the right status is what the rule speaks of. body: parsed, or not looked at yet."""
        if self.contains is not None and self.contains.encode() not in data:
            return False
        return self.where is None or self._stands_there(self.where, body)

    def _stands_there(self, where: AnswerPath, body: Json) -> bool:
        found = [value for value in where.all(body) if value not in (None, False, "", [], {})]
        if self.is_ is None:
            return bool(found)
        wanted = self.is_ if isinstance(self.is_, tuple) else (self.is_,)
        return any(str(value) == str(word) for value in found for word in wanted)


class Rules:
    """The rules of one stream, its own before the connection's."""

    def __init__(self, *rules: Sequence[ErrorRule]) -> None:
        self._rules = tuple(rule for some in rules for rule in some)
        #: A word that must be in the bytes of an answer before its body is worth a look.
        self._words = {id(rule): _last_word(rule) for rule in self._rules}

    def classify(self, status: int, headers: Mapping[str, str], data: bytes) -> Verdict | None:
        """For `Http.request`: what an answer means; None for "as usual"."""
        rule = self.match(status, data)
        if rule is None:
            return None
        if rule.action in ("skip_stream", "skip_part", "empty", "ignore"):
            return Verdict("ok", hint=rule.hint, note=rule.action)
        if rule.action == "restart":
            return Verdict("gone", hint=rule.hint)
        if rule.action == "retry":
            kind: Literal["throttle", "transient"] = "throttle" if rule.kind == "throttle" else "transient"
            return Verdict(kind, hint=rule.hint, wait=_wait(rule, headers, data))
        return Verdict(rule.kind or "request", hint=rule.hint)

    def match(self, status: int, data: bytes) -> ErrorRule | None:
        """The first rule that fits an answer as it came."""
        about = [rule for rule in self._rules if rule.speaks_of(status)]
        about = [rule for rule in about if self._words[id(rule)] in data]
        if not about:
            return None
        body = _parsed(data) if any(rule.where for rule in about) else None
        return next((rule for rule in about if rule.fits(data, body)), None)


def _wait(rule: ErrorRule, headers: Mapping[str, str], data: bytes) -> str:
    """What an answer says of when to come back; empty where it says nothing."""
    place = rule.retry_after
    if place is None:
        return ""
    if place.header:
        told: Json = next((value for name, value in headers.items() if name.lower() == place.header), None)
    else:
        told = place.first(_parsed(data))
    is_told = isinstance(told, str | int | float) and not isinstance(told, bool)
    return str(told) if is_told else ""


def _last_word(rule: ErrorRule) -> bytes:
    names = [
        step for step in (rule.where.steps if rule.where else ()) if isinstance(step, str) and step != "*"
    ]
    return f'"{names[-1]}"'.encode() if names else b""


def _parsed(data: bytes) -> Json:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def failure_in(body: Json) -> str:
    """The vendor's word for a failure that it reports inside a good answer; never a free text."""
    if not isinstance(body, Mapping):
        return ""
    told = body.get("errors") or body.get("error")
    if not told:
        return ""
    return reason_of(orjson.dumps(body, default=str)) or "no reason is given"
