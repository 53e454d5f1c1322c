"""What a manifest says of webhooks: how they prove their sender, and what each of them tells."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hub.models import Json
from hub.rest.paths import Place, Rows, parse_path
from hub.rest.values import Part
from hub.signatures import SCHEMES

SchemeName = Literal[
    "shopify", "woocommerce", "standard", "zendesk", "hubspot", "stripe", "typeform", "tally", "twilio", "meta",
    "intercom", "shipstation", "xero", "quickbooks", "surveymonkey", "twenty", "espocrm",
]  # fmt: skip


class SignedBy(Part):
    """A signature over what arrives."""

    scheme: SchemeName = Field(description="Whose way of signing it is.")
    secret: str | None = Field(
        None,
        description="The shared secret, such as {config.webhook_secret}; none where the vendor has public keys.",
    )
    previous: str | None = Field(
        None, description="The secret before the last change, such as {config.previous_webhook_secret}."
    )
    url: str | None = Field(
        None, description="The address the vendor was given, where it signs that: {config.webhook_url}."
    )
    jwks: str | None = Field(
        None,
        description="For schemes with public keys: where they are (JWKS), if not at the vendor's usual address.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        scheme = SCHEMES[self.scheme]
        if {"url", "form"} & set(scheme.signed) and self.url is None:
            raise PydanticCustomError("webhook", "this scheme signs the address too: say `url`")
        has_keys = scheme.algorithm == "rsa"
        if has_keys and (self.secret is not None or self.previous is not None):
            raise PydanticCustomError("webhook", "this scheme has public keys, and no secret")
        if not has_keys and self.secret is None:
            raise PydanticCustomError("webhook", "say `secret`: this scheme shares one")
        if not has_keys and self.jwks is not None:
            raise PydanticCustomError("webhook", "this scheme has no public keys")
        return self


class Token(Part):
    """A word in the address, for vendors that sign nothing. It proves little: let events be fetched."""

    query: str = Field("token", description="The query parameter with the word; a Basic password works too.")
    value: str = Field(description="The word, such as {config.webhook_token}.")


class Ping(Part):
    """A request with which the vendor tries the address before it sends anything."""

    method: Literal["GET", "HEAD", "POST"] = Field("GET", description="How it comes.")
    echo: str | None = Field(
        None, description="The query parameter whose value is to be sent back: hub.challenge."
    )
    verify: dict[str, str] = Field(
        default_factory=dict,
        description="Query parameters that must hold this: hub.verify_token: {config.word}.",
    )


class Event(Part):
    """One kind of event. The first that fits an event is taken; an event that none fits is passed over."""

    where: Place | None = Field(
        None, description="A place in the event, or header:NAME, that tells its kind."
    )
    is_: tuple[str | int | bool, ...] | str | int | bool | None = Field(
        None, alias="is", description="What stands there: a word, or one of several."
    )
    starts: str | None = Field(None, description="How it begins: customer.")
    stream: str = Field(description="The stream whose record it is.")
    record: Place | None = Field(None, description="The whole record: $.data.object.")
    fetch: str | None = Field(
        None,
        description="Where the record is asked for: /contacts/{event.objectId}, or {event.resource_url} where the event "
        "tells the whole address, which must be of the connection's own server. What the vendor says now is right, "
        "whatever order events come in.",
    )
    body: dict[str, Json] | None = Field(
        None, description="The JSON body of a POST that asks for it, with {event.objectId}: for GraphQL."
    )
    records: Place = Field(
        default_factory=lambda: parse_path("$"), validate_default=True,
        description="Where that answer has it: $.user, or $.users[*] for several.",
    )  # fmt: skip
    parents: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="Where the stream adds fields of a parent: what the event tells of it, "
        "forms: {name: '{event.data.formName}'}.",
    )
    gone: Place | None = Field(None, description="The key of a record that is no more: $.data.object.id.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(part is not None for part in (self.record, self.fetch, self.gone)) != 1:
            raise PydanticCustomError("webhook", "an event has one of `record`, `fetch` and `gone`")
        if self.body is not None and self.fetch is None:
            raise PydanticCustomError("webhook", "`body` asks for a record and needs `fetch`")
        if (self.is_ is not None or self.starts is not None) and self.where is None:
            raise PydanticCustomError("webhook", "`is` and `starts` need `where`")
        if any(place is not None and place.header for place in (self.record, self.gone)):
            raise PydanticCustomError("webhook", "`record` and `gone` are places in the event")
        return self

    def fits(self, found: Json) -> bool:
        """Whether an event is of this kind, by what stands at `where`."""
        if self.where is None:
            return True
        if self.starts is not None and not str(found or "").startswith(self.starts):
            return False
        if self.is_ is None:
            return found not in (None, "", [], {})
        wanted = self.is_ if isinstance(self.is_, tuple) else (self.is_,)
        return any(str(found) == str(word) for word in wanted)


class WebhookSpec(Part):
    """What arrives at /in/CONNECTION."""

    signature: SignedBy | None = Field(None, description="How the vendor signs.")
    token: Token | None = Field(None, description="A word in the address, where it signs nothing.")
    pings: tuple[Ping, ...] = Field((), description="Requests that only try the address.")
    each: Rows = Field(
        default_factory=lambda: parse_path("$"), validate_default=True,
        description="Where the events of one request are: $.events[*]; $ for one.",
    )  # fmt: skip
    events: tuple[Event, ...] = Field(min_length=1, description="What each event tells.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.signature is None) == (self.token is None):
            raise PydanticCustomError("webhook", "say `signature`, or `token` where the vendor signs nothing")
        if self.token is not None and any(event.fetch is None for event in self.events):
            raise PydanticCustomError("webhook", "what nobody signed is not believed: `fetch` the record")
        return self
