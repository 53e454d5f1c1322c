"""What a person sets for a webhook that customers are posted to. The descriptions are the manual."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, field_validator

from hub import SCHEMES, can_sign


class WebhookConfig(BaseModel):
    """Where the rows go, and how they are signed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: HttpUrl = Field(
        description="The address that rows are posted to; https, unless the host is trusted."
    )
    secret: SecretStr = Field(
        description="Signs each request: `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks)."
    )
    former_secret: SecretStr | None = Field(
        default=None, description="While the secret is being changed: the old one, signed with as well."
    )
    bearer: SecretStr | None = Field(
        default=None, description="Also sent as `Authorization: Bearer …`, where the receiver wants that."
    )
    send: Literal["all", "changed"] = Field(
        default="all", description="Every field of a row, or only those that the receiver does not hold yet."
    )
    timeout: float = Field(default=30, gt=0, description="Seconds that the receiver has to answer.")
    requests_per_second: float | None = Field(
        default=None, gt=0, description="No more requests than this a second; null: no limit of ours."
    )

    @field_validator("secret", "former_secret")
    @classmethod
    def _usable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not can_sign(SCHEMES["standard"], value):
            raise ValueError("a secret is `whsec_` and 24 to 64 bytes in base64")
        return value
