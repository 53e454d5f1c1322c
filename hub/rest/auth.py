"""How requests prove who sends them. Each kind is one model; what it does with a request is in `session` and `tokens`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from hub.rest.schema_parts import OrText
from hub.rest.values import Part


class NoAuth(Part):
    """Nothing is sent."""

    type: Literal["none"]


class Bearer(Part):
    """`Authorization: Bearer …`."""

    type: Literal["bearer"]
    token: str = Field(description="The token, such as {config.token}.")


class Basic(Part):
    """HTTP Basic."""

    type: Literal["basic"]
    user: str = Field(description="The user, such as {config.email}/token.")
    password: str = Field("", description="The password, such as {config.api_key}.")


class ApiKey(Part):
    """A key in a header or in the address."""

    type: Literal["api_key"]
    header: str | None = Field(None, description="The header that carries the key.")
    query: str | None = Field(None, description="The query parameter that carries the key.")
    value: str = Field(description="The key, such as {config.api_key}.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.header is None) == (self.query is None):
            raise PydanticCustomError("api_key", "a key travels in `header` or in `query`: name one of them")
        return self


class _OAuth(Part):
    token_url: str = Field(description="Where tokens are made; a path is below base_url.")
    client_id: str = Field(description="The client's id, such as {config.client_id}.")
    client_secret: str = Field("", description="The client's secret, such as {config.client_secret}.")
    client_auth: Literal["body", "basic"] = Field(
        "body", description="Where id and secret travel: in the form, or as HTTP Basic."
    )
    scopes: tuple[str, ...] = Field((), description="Scopes to ask for.")
    params: dict[str, str] = Field(default_factory=dict, description="Further fields of the form.")
    scheme: str = Field("Bearer", description="The word before the access token in `Authorization`.")
    header: str | None = Field(
        None, description="The header that carries the bare access token, where it is not `Authorization`."
    )


class ClientCredentials(_OAuth):
    """OAuth 2: a token for id and secret, made anew when it ends."""

    type: Literal["oauth2_client_credentials"]


class RefreshToken(_OAuth):
    """OAuth 2: access tokens for a refresh token, which the vendor may replace each time."""

    type: Literal["oauth2_refresh"]
    refresh_token: str = Field(
        "",
        description="The first refresh token, such as {config.refresh_token}; without it, and with authorize_url, "
        "`hub connect add` asks for consent in the browser.",
    )
    authorize_url: str = Field("", description="Where a person gives consent; for `hub connect add`.")
    authorize_params: dict[str, str] = Field(
        default_factory=dict, description="Further parameters of that address, such as access_type: offline."
    )
    pkce: bool = Field(
        True, description="Bind the grant to this machine (RFC 7636); false where a vendor refuses it."
    )


class Hmac(Part):
    """A signature over each request."""

    type: Literal["hmac"]
    secret: str = Field(description="The shared secret, such as {config.secret}.")
    signed: str = Field(
        description="What is signed, of {request.method}, {request.path} (with the query), {request.body}, "
        "{request.timestamp} (epoch seconds) and {config.…}; \\n is a line end."
    )
    header: str = Field(description="The header that carries the signature.")
    prefix: str = Field("", description="What stands before the signature, such as sha256=.")
    algorithm: Literal["sha1", "sha256", "sha512"] = Field("sha256", description="The hash.")
    encoding: Literal["hex", "base64"] = Field("hex", description="How the signature is written.")
    timestamp_header: str | None = Field(None, description="The header that carries {request.timestamp}.")


def _auth(value: Any) -> Any:
    """`auth: none` is short for `auth: {type: none}`."""
    return {"type": value} if isinstance(value, str) else value


Auth = Annotated[
    Annotated[
        NoAuth | Bearer | Basic | ApiKey | ClientCredentials | RefreshToken | Hmac,
        Field(discriminator="type"),
    ],
    BeforeValidator(_auth),
    OrText("none"),
]
