"""What a manifest says about listing the records that an object of `out:` is written to."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hub.models import Json
from hub.rest.paginate import Paginate
from hub.rest.paths import RecordField, Rows
from hub.rest.values import Part


class ScanSpec(Part):
    """How all records that are there are listed: by a stream that is read anyway, or by a list of their own."""

    stream: str | None = Field(
        None,
        description="The stream that has these records; it is then read from its beginning, in any state.",
    )
    path: str | None = Field(None, description="Without `stream`: the address of the list.")
    method: Literal["GET", "POST"] = Field("GET", description="Without `stream`: the method.")
    params: dict[str, Json] = Field(
        default_factory=dict, description="Parameters of the request; beside those of `stream`."
    )
    body: dict[str, Json] | None = Field(None, description="Without `stream`: the JSON body of a POST.")
    records: Rows | None = Field(
        None, description="Without `stream`: where the records of an answer are: $.data[*]."
    )
    paginate: Paginate | None = Field(None, description="Without `stream`: how the list comes in pages.")
    id: RecordField = Field(description="The field with the record's id.")
    fields: dict[str, str] = Field(
        default_factory=dict,
        description="What it holds, by the row's names: email: properties.email, hub_id: custom.{config.id_field}. A "
        "field that is not named here is not known from the list.",
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        own = [name for name in ("path", "body", "records", "paginate") if getattr(self, name) is not None]
        if self.stream is not None and own:
            raise PydanticCustomError("scan", "`stream` has its own address: take either it or `path`")
        if self.stream is None and not {"path", "records", "paginate"} <= set(own):
            raise PydanticCustomError("scan", "name a `stream`, or `path`, `records` and `paginate`")
        return self
