"""What a manifest says about writing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.models import Json
from hub.rest.paths import Key, Place, RecordField, Rows
from hub.rest.scan_spec import ScanSpec
from hub.rest.values import Part

Words = tuple[str | int | bool, ...]


class RowErrors(Part):
    """Where the answer lists rows that were refused, where that is another list than the results."""

    at: Rows = Field(description="The list of errors: $.errors[*]; none is there when none was refused.")
    key: Key = Field(
        description="The field, or fields, of an error that hold the row's key, or a list of keys; an error that "
        "names no row is that of the only row of a batch."
    )
    code: RecordField = Field(description="The field with the vendor's error code.")


class Results(Part):
    """Where the answer says what became of each row. Without it, a good answer means that every row was taken."""

    at: Rows = Field(description="The list of results: $.results[*].")
    match: Literal["position", "key"] = Field(
        description="How a result finds its row: by its position, or by the key it repeats."
    )
    key: RecordField | None = Field(
        None, description="match key: the field of a result that holds the row's key."
    )
    equals: str = Field(
        "{key}", description="match key: what of a row is its key there, such as {row.remote_id}."
    )
    id: RecordField | None = Field(
        None, description="The field of a result that holds the record's id there."
    )
    status: RecordField | None = Field(None, description="The field that says how it went.")
    ok: Words = Field((), description="What `status` holds when the row was taken.")
    code: RecordField | None = Field(
        None, description="The field with the vendor's error code; present: refused."
    )
    retryable: Words = Field((), description="Codes after which the row is tried again.")
    invalid: Words = Field((), description="Codes that mean the row itself is wrong, not unwelcome.")
    gone: Words = Field((), description="Codes that mean the record of that id is not there any more.")
    errors: RowErrors | None = Field(
        None, description="match key: where refused rows are, if not in the list."
    )


class DeleteSpec(Part):
    """How a record is deleted, or put away."""

    path: str = Field(description="Its address: /contacts/{row.remote_id}.")
    method: Literal["DELETE", "POST", "PUT", "PATCH"] = Field("DELETE", description="The method.")
    body: dict[str, Json] | None = Field(None, description="The body, where one is wanted.")


class LookupSpec(Part):
    """How to find the records that belong to a row. What names a field that the row does not have is not asked."""

    path: str = Field(description="What to ask: /contacts.")
    method: Literal["GET", "POST"] = Field("GET", description="The method.")
    params: dict[str, Json] = Field(default_factory=dict, description="Its parameters: email: '{row.email}'.")
    body: dict[str, Json] | None = Field(None, description="The body of a POST.")
    records: Rows = Field(description="Where the records of the answer are.")
    id: RecordField = Field(description="The field with the record's id.")
    fields: dict[str, RecordField] = Field(
        default_factory=dict, description="What it holds, by the row's names: email: properties.email."
    )
    only: dict[RecordField, str] = Field(
        default_factory=dict,
        description="What a record must hold to be meant, whatever the case of letters, where a search finds more: "
        "emails: '{row.email}'. In a list, one of them must be it.",
    )
    else_: LookupSpec | None = Field(None, alias="else", description="Asked when this finds nothing.")


class RowField(Part):
    """How the vendor is told of a field, where that is not simply its value under its name."""

    to: str | None = Field(
        None,
        description="Where it stands, dotted: custom.{config.id_field}; none: under its name. What several fields "
        "bring for one list is put together.",
    )
    value: Json = Field(
        "{value}",
        description="What stands there: [{value: '{value}', primary: true}], {value} being the value, and {number} a "
        "value of digits, an id or an amount, as a number.",
    )
    empty: Json = Field(None, description="What empties it; none: null.")


class RowRequest(Part):
    """A request that carries rows."""

    path: str = Field(
        description="Where rows are sent; with `batch: 1` it may name {row.remote_id} or {row.email}."
    )
    method: Literal["POST", "PUT", "PATCH"] = Field("POST", description="The method.")
    params: dict[str, Json] = Field(default_factory=dict, description="Parameters of the request.")
    headers: dict[str, str] = Field(default_factory=dict, description="Headers of the request.")
    row: Json = Field(
        "{row}",
        description="What one row looks like: {row} is all its fields, {row.email} one, {changed} those that the vendor "
        "does not hold yet (a dot in a name leads into an object).",
    )
    without: tuple[str, ...] = Field(
        (), description="Fields that {changed} leaves out here, because the address has them: [hub_id]."
    )
    add: dict[str, Json] = Field(
        default_factory=dict, description="What else stands in each row: id: '{row.remote_id}'."
    )
    wrap: str | None = Field(
        None,
        description="The dotted path of the body that holds the rows; none: the body is the list, or the row.",
    )
    body: dict[str, Json] = Field(
        default_factory=dict,
        description="What else stands in the body; with `batch: 1` it may name {row.email}.",
    )
    results: Results | None = Field(None, description="Where the answer says what became of each row.")
    id: Place | None = Field(None, description="batch 1: where the answer has the record's id.")


class UpdateSpec(RowRequest):
    """How a row is written whose record there is known: by its id. Sending it twice does no harm."""

    method: Literal["POST", "PUT", "PATCH"] = Field("PATCH", description="The method.")
    row: Json = Field("{changed}", description="What one row looks like, as above.")
    batch: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="The most known rows the vendor takes at once, where not as many as above.",
    )


class LinkSpec(RowRequest):
    """How a field that names another record there is written, where the vendor takes that in a request of its own: after
    the row itself, to a record whose id is known by then. Sending it twice does no harm."""

    row: Json = Field(description="What one row looks like: {from: '{row.remote_id}', to: '{row.company}'}.")
    batch: int = Field(1, ge=1, le=10_000, description="The most rows the vendor takes at once.")


class WriteSpec(RowRequest):
    """How rows of one object of the mapping's `out:` block are written."""

    batch: int = Field(ge=1, le=10_000, description="The most rows the vendor takes at once.")
    key: str = Field(
        description="The field of a row that the vendor knows a record by; a row without it is invalid."
    )
    fields: dict[str, RowField] = Field(
        default_factory=dict,
        description="In {changed}: fields that the vendor is told of in another way; '*' stands for all others.",
    )
    md5: dict[str, str] = Field(
        default_factory=dict,
        description="For vendors that know a record by such a sum: subscriber_hash: email makes {row.subscriber_hash}, the MD5 "
        "of the row's email in lower case.",
    )
    quoted: dict[str, str] = Field(
        default_factory=dict,
        description="For vendors whose filters are texts (OData, SQL): mail: email makes {row.mail}, the row's email in single "
        "quotes, with those within doubled.",
    )
    idempotent: bool = Field(
        description="Whether sending a batch twice does no harm: then it is tried again when the outcome is unknown."
    )
    idempotency_header: str | None = Field(None, description="The header that carries a key for the batch.")
    update: UpdateSpec | None = Field(
        None, description="How rows are written whose id there is known; none: as all others."
    )
    links: dict[str, LinkSpec] = Field(
        default_factory=dict,
        description="Fields that name another record, and that the vendor is told of apart; {changed} leaves them out.",
    )
    delete: DeleteSpec | None = Field(
        None, description="How a record is deleted; none: deletions are refused."
    )
    archive: DeleteSpec | None = Field(
        None,
        description="How a record is put away without deleting it, in the same words; none: that is refused.",
    )
    lookup: LookupSpec | None = Field(
        None, description="How to find what belongs to a row, before it is created."
    )
    look_first: bool = Field(
        False,
        description="Whether that is also done where sending twice does no harm: for a vendor whose upsert knows our id "
        "only, so that people who are there already are found by their address.",
    )
    scan: ScanSpec | None = Field(
        None, description="How all records that are there are listed; none: what is there cannot be compared."
    )
