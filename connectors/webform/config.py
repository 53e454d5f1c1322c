"""What a connection for web forms needs to know."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hub import SCHEMES, can_sign

Purpose = Literal[
    "marketing", "newsletter", "analytics", "personalization", "profiling", "data_sharing", "sale_of_data", "service",
    "other",
]  # fmt: skip
Channel = Literal["email", "sms", "phone", "push", "post", "messaging", "web", "any"]


class ConsentBox(BaseModel):
    """A box on the form that a person may tick, and the words beside it: the proof of what was agreed to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str = Field(min_length=1, description="Name of the box in the form")
    purpose: Purpose = Field(description="What the person agrees to")
    channel: Channel = Field(default="email", description="The way they agree to be reached")
    wording: str = Field(min_length=1, description="The exact words beside the box, as people see them")
    policy_version: str = Field(default="", description="Version of the privacy policy the words refer to")


class WebformConfig(BaseModel):
    """A form: who may post to it, what its boxes mean, where people go afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    form: str = Field(
        default="contact", min_length=1, description="Name of the form, kept with every submission"
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description="Sites whose forms may post here, such as https://www.example.com; the hub's own page always may; "
        '"*" for any site',
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        description="Secret (whsec_…) with which programs sign what they post (Standard Webhooks)",
    )
    previous_signing_secret: SecretStr | None = Field(
        default=None,
        description="The signing secret before the last change, accepted as well while you rotate it",
    )
    allow_unsigned: bool = Field(
        default=False,
        description="Accept posts that neither are signed nor come from an allowed site. Anybody can then write records",
    )
    id_field: str = Field(
        default="", description="Field that names a submission once and for all, if the sender has one"
    )
    honeypot: str = Field(
        default="_website",
        min_length=1,
        description="Field that people do not see; who fills it in is a robot",
    )
    consents: tuple[ConsentBox, ...] = Field(default=(), description="The consent boxes of the form")
    thanks_url: str = Field(
        default="", description="Page people see after sending; default: a plain thank-you page"
    )
    page: bool = Field(
        default=True, description="Show a plain form of our own at /form/<connection>, for trying out"
    )
    title: str = Field(default="Contact us", description="Heading of that page")

    @field_validator("signing_secret", "previous_signing_secret")
    @classmethod
    def _secret_can_be_used(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not can_sign(SCHEMES["standard"], secret):
            raise ValueError("must be whsec_ followed by 24 to 64 random bytes in base64")
        return secret

    @field_validator("allowed_origins")
    @classmethod
    def _origins_are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        found = []
        for text in origins:
            url = urlsplit(text.rstrip("/").lower())
            if text != "*" and (
                url.scheme not in ("http", "https") or not url.netloc or url.path or url.query
            ):
                raise ValueError("each origin is scheme and host only, such as https://www.example.com")
            found.append(text if text == "*" else f"{url.scheme}://{url.netloc}")
        return tuple(found)

    @field_validator("thanks_url")
    @classmethod
    def _thanks_is_a_page(cls, text: str) -> str:
        if text and urlsplit(text).scheme not in ("http", "https"):
            raise ValueError("must be a full address, such as https://www.example.com/thanks")
        return text
