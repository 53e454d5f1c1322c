"""Entities, declared once as data. Store tables, validation, masking and docs are derived from here.

A field's *type* says how a value is normalised and stored:

    text        trimmed, NFC; blank is absent          name        text, inner blanks folded
    email       lower-case address                     phone       E.164
    country     ISO 3166-1 alpha-2                     language    BCP 47
    currency    ISO 4217                               money       integer minor units of the record's currency
    int decimal bool                                   decimal is kept as text
    time        UTC, milliseconds, `2026-07-30T18:22:41.000Z`
    date        `YYYY-MM-DD`                           json        any JSON value
    enum        one of `values`; an unknown value becomes `other` (or absent) and `<name>_native` keeps the original
    ref         another record by natural key: columns `<name>_type` and `<name>_key`

`pii` is none, personal, sensitive or secret; it drives masking everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Pii = Literal["none", "personal", "sensitive", "secret"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity."""

    name: str
    type: str = "text"
    pii: Pii = "none"
    #: For enum: the allowed words.
    values: tuple[str, ...] = ()
    #: For ref: the entity it points at.
    to: str = ""
    doc: str = ""

    def columns(self) -> tuple[tuple[str, str], ...]:
        """(column, SQL type) of this field; SQL types are TEXT or INTEGER."""
        match self.type:
            case "ref":
                return ((f"{self.name}_type", "TEXT"), (f"{self.name}_key", "TEXT"))
            case "enum":
                return ((self.name, "TEXT"), (f"{self.name}_native", "TEXT"))
            case "int" | "money" | "bool":
                return ((self.name, "INTEGER"),)
            case _:
                return ((self.name, "TEXT"),)


@dataclass(frozen=True)
class Entity:
    """One kind of canonical record."""

    name: str
    #: Table of its source records.
    table: str
    fields: tuple[Field, ...]
    doc: str = ""

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Column names of the fields, in order, without the envelope."""
        return tuple(column for field in self.fields for column, _ in field.columns())


def _t(*names: str, pii: Pii = "none") -> tuple[Field, ...]:
    return tuple(Field(name, pii=pii) for name in names)


def _typed(type_: str, *names: str, pii: Pii = "none") -> tuple[Field, ...]:
    return tuple(Field(name, type_, pii) for name in names)


def _enum(name: str, values: str, doc: str = "") -> Field:
    return Field(name, "enum", values=tuple(values.split("|")), doc=doc)


def _ref(name: str, to: str) -> Field:
    return Field(name, "ref", to=to)


#: On every source record, besides its key: what the vendor says about the record itself.
COMMON = (
    Field("external_url"),
    Field("external_created_at", "time"),
    Field("external_updated_at", "time", doc="decides `most_recent` in survivorship"),
    Field("custom", "json", "personal", doc="anything else worth keeping, as the mapping names it"),
)


def _entity(name: str, table: str, fields: tuple[Field, ...], doc: str = "") -> Entity:
    return Entity(name, table, (*fields, *COMMON), doc)


CUSTOMER_FIELDS = (
    _enum("kind", "person|organization|unknown"),
    Field("full_name", "name", "personal"),
    Field("given_name", "name", "personal"),
    Field("family_name", "name", "personal"),
    _enum("name_order", "given_first|family_first"),
    Field("phonetic_name", "name", "personal"),
    Field("salutation", "text", "personal"),
    _enum("gender", "female|male|other|undisclosed"),
    Field("birth_date", "date", "sensitive"),
    Field("email", "email", "personal", doc="also becomes an identifier"),
    Field("phone", "phone", "personal", doc="also becomes an identifier"),
    Field("organization_name", "name"),
    Field("job_title"),
    Field("language", "language"),
    Field("timezone"),
    Field("country", "country"),
    _enum(
        "lifecycle_stage",
        "anonymous|subscriber|lead|marketing_qualified|sales_qualified|opportunity|customer|evangelist|former|other",
    ),
    Field("lead_source"),
    Field("tags", "json", doc="list of text"),
    Field("notes", "text", "sensitive"),
    Field("known_since", "time"),
    Field("last_activity_at", "time"),
)

_ADDRESS_PARTS = (
    "recipient", "line1", "line2", "line3", "district", "city", "region", "postal_code",
)  # fmt: skip

_CHANNELS = "email|phone|chat|sms|messaging|web|app|form|social|in_person|post|survey|event|other"

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        _entity(
            "customer",
            "source_customers",
            (
                *CUSTOMER_FIELDS,
                _ref("organization", "organization"),
                Field(
                    "identifiers",
                    "json",
                    "personal",
                    doc="more identifiers than email and phone: [{type, issuer, value, label, verified}]",
                ),
            ),
            "A customer as one source knows it.",
        ),
        _entity(
            "organization",
            "organizations",
            (
                Field("name", "name"),
                Field("legal_name", "name"),
                *_t("domain", "registration_number", "tax_id", "industry"),
                Field("employee_count", "int"),
                Field("website"),
                Field("phone", "phone"),
                _enum("type", "prospect|customer|partner|reseller|supplier|other"),
                _ref("parent", "organization"),
                Field("tags", "json"),
                Field("notes"),
            ),
        ),
        _entity(
            "employee",
            "employees",
            (
                Field("email", "email", "personal"),
                Field("display_name", "name", "personal"),
                Field("team"),
                Field("role"),
                _enum("status", "active|inactive|other"),
            ),
            "One of us: agents, sales people, senders at our own domains. Never a customer.",
        ),
        _entity(
            "address",
            "addresses",
            (
                _ref("customer", "customer"),
                _ref("organization", "organization"),
                _enum("kind", "billing|shipping|home|work|other"),
                *_t(*_ADDRESS_PARTS, pii="personal"),
                Field("country", "country"),
                *_typed("decimal", "latitude", "longitude", pii="personal"),
                Field("formatted", "text", "personal"),
                *_typed("bool", "is_primary", "is_undeliverable"),
            ),
        ),
        _entity(
            "consent",
            "consents",
            (
                _ref("customer", "customer"),
                _enum("identifier_type", "email|phone|user_id|other"),
                Field("identifier_value", "text", "personal"),
                _enum(
                    "purpose",
                    "marketing|newsletter|analytics|personalization|profiling|data_sharing|sale_of_data|service|other",
                ),
                _enum("channel", "email|sms|phone|push|post|messaging|web|any"),
                _enum("status", "granted|denied|revoked|expired|not_asked"),
                _enum(
                    "legal_basis",
                    "consent|contract|legal_obligation|vital_interest|public_task|legitimate_interest",
                ),
                Field("jurisdiction"),
                *_typed("time", "effective_from", "effective_to", "double_opt_in_at", "captured_at"),
                *_t("capture_source", "capture_form", "policy_version", "wording"),
                Field("ip_truncated", "text", "personal"),
            ),
            "One statement of consent with its proof; the raw record is the evidence.",
        ),
        _entity(
            "order",
            "orders",
            (
                _ref("customer", "customer"),
                _ref("organization", "organization"),
                Field("order_number"),
                _enum(
                    "status",
                    "pending|payment_due|processing|in_transit|pickup_available|delivered|returned|problem|cancelled|closed|other",
                ),
                _enum(
                    "financial_status",
                    "pending|authorized|expired|partially_paid|paid|partially_refunded|refunded|voided",
                ),
                _enum(
                    "fulfillment_status",
                    "unfulfilled|scheduled|on_hold|in_progress|partially_fulfilled|fulfilled|restocked",
                ),
                Field("currency", "currency"),
                *_typed(
                    "money",
                    "subtotal_amount",
                    "discount_amount",
                    "shipping_amount",
                    "tax_amount",
                    "total_amount",
                    "refunded_amount",
                ),
                Field("coupon_codes", "json"),
                *_t("sales_channel", "store", "payment_method", "cancel_reason"),
                *_typed("time", "placed_at", "paid_at", "completed_at", "cancelled_at"),
                Field("is_test", "bool"),
                Field("customer_note", "text", "sensitive"),
            ),
        ),
        _entity(
            "order_line",
            "order_lines",
            (
                _ref("order", "order"),
                Field("line_number", "int"),
                *_t("product_id", "sku", "name", "variant", "category", "brand"),
                Field("quantity", "decimal"),
                Field("currency", "currency"),
                *_typed("money", "unit_price_amount", "discount_amount", "tax_amount", "total_amount"),
                *_typed("decimal", "fulfilled_quantity", "refunded_quantity"),
            ),
        ),
        _entity(
            "ticket",
            "tickets",
            (
                _ref("customer", "customer"),
                _ref("organization", "organization"),
                _ref("assignee", "employee"),
                Field("ticket_number"),
                Field("subject", "text", "sensitive"),
                Field("description", "text", "sensitive"),
                _enum("status", "new|open|pending|on_hold|solved|closed|other"),
                _enum("priority", "low|normal|high|urgent"),
                _enum("type", "question|incident|problem|task|other"),
                _enum("channel", _CHANNELS),
                *_t("category", "team"),
                *_typed(
                    "time",
                    "opened_at",
                    "first_response_at",
                    "solved_at",
                    "closed_at",
                    "sla_due_at",
                    "last_reply_at",
                ),
                Field("reopened_count", "int"),
                Field("is_escalated", "bool"),
                Field("csat_score", "int"),
                Field("tags", "json"),
            ),
        ),
        _entity(
            "interaction",
            "interactions",
            (
                _ref("customer", "customer"),
                _ref("employee", "employee"),
                _ref("ticket", "ticket"),
                _ref("order", "order"),
                _enum("channel", _CHANNELS),
                _enum(
                    "type",
                    "message|call|meeting|form_submit|page_view|click|search|add_to_cart|checkout_started|review|post"
                    "|comment|mention|reaction|follow|email_sent|email_delivered|email_opened|email_clicked"
                    "|email_bounced|email_unsubscribed|email_spam|auto_reply|login|note|custom",
                ),
                _enum("direction", "inbound|outbound|internal|none"),
                Field("subject", "text", "sensitive"),
                Field("body", "text", "sensitive"),
                *_typed("time", "occurred_at", "original_at", "sent_at", "received_at", "ended_at"),
                Field("duration_seconds", "int"),
                _enum("outcome", "answered|no_answer|voicemail|busy|completed|failed|other"),
                *_t(
                    "conversation_id",
                    "message_id",
                    "in_reply_to",
                    "session_id",
                    "url",
                    "page_title",
                    "referrer",
                ),
                *_t("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "device_type"),
                Field("ip_truncated", "text", "personal"),
                Field("locale", "language"),
                Field("attachments", "json", "personal"),
                Field("properties", "json", "personal"),
            ),
        ),
        _entity(
            "participant",
            "participants",
            (
                _ref("interaction", "interaction"),
                _ref("customer", "customer"),
                _ref("employee", "employee"),
                _enum("role", "from|to|cc|bcc|reply_to|other"),
                Field("address", "email", "personal"),
                Field("display_name", "name", "personal"),
            ),
            "Who took part in an interaction: an e-mail has one sender and many receivers.",
        ),
    )
}

#: Fields of the golden record: those of a source customer that survivorship decides.
GOLDEN_FIELDS: tuple[Field, ...] = CUSTOMER_FIELDS

#: Identifier types, strongest first; the order in which a limit demotes them is the reverse.
IDENTIFIER_TYPES = (
    "user_id", "tax_id", "loyalty", "crm_id", "email", "phone", "order_email", "social_handle", "messaging_id",
    "device_id", "anonymous_id", "cookie", "ga_client_id", "other",
)  # fmt: skip


def entity(name: str) -> Entity:
    """The entity of that name. Raises KeyError."""
    return ENTITIES[name]


def personal_columns() -> Iterator[tuple[str, str, Pii]]:
    """(table, column, class) of every column that is not `none`: what masking and erasure work from."""
    for item in ENTITIES.values():
        for field in item.fields:
            if field.pii != "none":
                for column, _ in field.columns():
                    yield item.table, column, field.pii
