"""What a manifest may say: one model, from which its checks, its JSON Schema and its page of documentation come."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from hub.models import Json
from hub.rest.answers import ErrorRule
from hub.rest.auth import Auth, NoAuth
from hub.rest.cursor import CursorSpec
from hub.rest.fields import ConfigField
from hub.rest.paginate import Paginate
from hub.rest.paths import Key, Place, RecordField, Rows
from hub.rest.schema_parts import OrText
from hub.rest.values import Duration, Part, Rate
from hub.rest.webhook_spec import WebhookSpec
from hub.rest.write_spec import WriteSpec

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Limit(Part):
    """How often a vendor may be asked."""

    scope: tuple[Literal["account"], ...] = Field(
        ("account",), description="Who shares the limit: everything that uses one vendor account."
    )
    rate: Rate | None = Field(None, description="Requests a time: 400/min, 4/s, or {config.requests}/min.")
    concurrency: int = Field(4, ge=1, description="Requests at once.")


class QuotaHeaders(Part):
    """A window of requests, a minute's or a day's, that the vendor's answers tell of."""

    limit: str = Field(description="Header with the number allowed; or with both, as in api-usage=18/5000.")
    remaining: str = Field("", description="Header with the number left.")
    reset: str = Field("", description="Header with when the window ends: seconds, an epoch, or a date.")
    seconds: float = Field(0, ge=0, description="How long a window is, where no header tells when it ends.")
    milliseconds: str = Field(
        "", description="Header with how long a window is, in milliseconds; it goes before `seconds`."
    )


class Client(Part):
    """How to speak to the vendor."""

    base_url: str = Field(description="The address that all paths are below.")
    auth: Auth = Field(description="How requests prove who sends them; `none` where they need not.")
    headers: dict[str, str] = Field(default_factory=dict, description="Headers of every request.")
    params: dict[str, str] = Field(default_factory=dict, description="Parameters of every request.")
    limits: tuple[Limit, ...] = Field((), max_length=1, description="What the vendor's plan allows.")
    timeout: float = Field(60.0, gt=0, description="Seconds without a byte from the vendor.")
    reset_headers: tuple[str, ...] = Field(
        (), description="Headers of the vendor's own that tell when a limit resets, besides the usual ones."
    )
    quotas: tuple[QuotaHeaders, ...] = Field(
        (),
        description="Windows of requests that answers tell of, where their headers are not the usual ones.",
    )
    throttle_words: tuple[str, ...] = Field((), description="Words in a 400 or 403 that mean: too fast.")
    errors: tuple[ErrorRule, ...] = Field(
        (), description="Answers that mean something of their own, in all streams."
    )


class Check(Part):
    """What `hub connect test` asks."""

    path: str = Field(description="A path that answers only to good credentials.")
    method: Literal["GET", "POST"] = Field("GET", description="POST for vendors that know nothing else.")
    params: dict[str, str] = Field(default_factory=dict, description="Its parameters.")
    body: dict[str, Json] | None = Field(None, description="The JSON body of a POST.")
    show: dict[str, Place] = Field(
        default_factory=dict, description="What of the answer to tell a person: account: $.name."
    )


class Deletes(Part):
    """How it becomes known that a record is gone."""

    method: Literal["none", "tombstone", "full_scan"] = Field(
        description="none: never; tombstone: the record says so; full_scan: it is missing from a complete reading."
    )
    field: RecordField | None = Field(None, description="tombstone: the field that says so.")
    is_: tuple[str | int | bool, ...] | str | int | bool | None = Field(
        None,
        alias="is",
        description="tombstone: what the field holds then; none: anything but false and empty.",
    )
    every: Duration | None = Field(
        None, description="full_scan: how often to read everything where a cursor makes that unnecessary."
    )


class Parents(Part):
    """Which records of the parent stream are followed."""

    visit: Literal["all", "changed"] = Field(
        description="all: every parent, each time; changed: those that changed since, by the parent's own cursor."
    )


def _deletes(value: Any) -> Any:
    return {"method": value} if isinstance(value, str) else value


def _parents(value: Any) -> Any:
    return {"visit": value} if isinstance(value, str) else value


class StreamSpec(Part):
    """One kind of record."""

    path: str = Field(
        description="Below base_url; {users.id} makes it a list for each record of stream `users`."
    )
    description: str = Field("", description="A sentence for people: what these records are.")
    entity: str = Field("", description="The canonical entity that its mapping mainly makes.")
    key: Key = Field(description="The field that tells one record from another, or several.")
    records: Rows = Field(description="Where the records of an answer are: $.users[*], $[*], or $ for one.")
    no_records: Literal["error", "empty"] = Field(
        "error", description="What an answer without that place means: empty, where a vendor leaves it out."
    )
    paginate: Paginate = Field(description="How the list comes in pages; single_page when it does not.")
    cursor: CursorSpec | None = Field(
        None, description="How to ask for what changed; none: everything, each time."
    )
    deletes: Annotated[Deletes, BeforeValidator(_deletes), OrText("none", "tombstone", "full_scan")] = Field(
        description="How it becomes known that a record is gone."
    )
    parents: Annotated[Parents, BeforeValidator(_parents), OrText("all", "changed")] | None = Field(
        None, description="Where the path names a parent stream: which of its records are followed."
    )
    method: Literal["GET", "POST"] = Field(
        "GET", description="POST for lists that are asked for with a body."
    )
    params: dict[str, Json] = Field(
        default_factory=dict, description="Parameters of the request; an object is sent as JSON text."
    )
    headers: dict[str, str] = Field(default_factory=dict, description="Headers of the request.")
    body: dict[str, Json] | None = Field(None, description="The JSON body of a POST.")
    add: dict[str, str] = Field(
        default_factory=dict, description="Fields to add to each record: user_id: '{users.id}'."
    )
    beside: dict[str, Place] = Field(
        default_factory=dict,
        description="Fields to add to each record from elsewhere in its answer: questions: $.questions.",
    )
    append_only: bool = Field(False, description="Records never change once seen.")
    hidden: bool = Field(
        False,
        description="Read only for the streams that belong to it: it is in no list of streams, and nothing of it lands.",
    )
    when: str | None = Field(None, description="Only read where this setting is on: '{config.comments}'.")
    errors: tuple[ErrorRule, ...] = Field((), description="Answers that mean something of their own here.")


def _stream(value: Any) -> Any:
    """`users: /users` is short for `users: {path: /users}`; the rest comes from the defaults."""
    return {"path": value} if isinstance(value, str) else value


def _check(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _config_field(value: Any) -> Any:
    """`subdomain: What it is` is short for a text that must be there."""
    return {"description": value} if isinstance(value, str) else value


class Manifest(Part):
    """A connector without code."""

    name: Name = Field(description="The connector's name: a-z, 0-9 and _.")
    title: str = Field(min_length=1, description="Its name for people.")
    config: dict[Name, Annotated[ConfigField, BeforeValidator(_config_field), OrText()]] = Field(
        default_factory=dict, description="What a connection has to say: fields, or only their description."
    )
    client: Client = Field(description="How to speak to the vendor.")
    check: Annotated[Check, BeforeValidator(_check), OrText()] | None = Field(
        None, description="What tries the credentials; none: the first page of the first stream."
    )
    defaults: dict[str, Json] = Field(
        default_factory=dict, description="What all streams say alike; a stream's own word wins."
    )
    streams: dict[Name, Annotated[StreamSpec, BeforeValidator(_stream), OrText()]] = Field(
        default_factory=dict, description="What can be read."
    )
    webhook: WebhookSpec | None = Field(
        None, description="What the vendor sends by itself to /in/CONNECTION, and what it tells."
    )
    write: dict[Name, WriteSpec] = Field(
        default_factory=dict,
        description="How rows are written, by object of the mapping's `out:`.",
    )


__all__ = ["Check", "Client", "Deletes", "Limit", "Manifest", "NoAuth", "Parents", "StreamSpec"]
