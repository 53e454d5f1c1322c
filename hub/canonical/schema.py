"""Entities, declared once as data. Store tables, validation, masking and docs are derived from here.

What the words of a declaration mean is in `hub.canonical.declaring`.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.canonical.commerce import COMMERCE
from hub.canonical.declaring import Entity, Field, Pii, entity_of, enum, ref, texts, typed
from hub.canonical.sales import SALES

__all__ = [
    "ENTITIES",
    "GOLDEN_FIELDS",
    "IDENTIFIER_TYPES",
    "Entity",
    "Field",
    "Pii",
    "entity",
    "personal_columns",
]

CUSTOMER_FIELDS = (
    enum("kind", "person|organization|unknown"),
    Field("full_name", "name", "personal"),
    Field("given_name", "name", "personal"),
    Field("family_name", "name", "personal"),
    enum("name_order", "given_first|family_first"),
    Field("phonetic_name", "name", "personal"),
    Field("salutation", "text", "personal"),
    enum("gender", "female|male|other|undisclosed"),
    Field("birth_date", "date", "sensitive"),
    Field("email", "email", "personal", doc="also becomes an identifier"),
    Field("phone", "phone", "personal", doc="also becomes an identifier"),
    Field("organization_name", "name"),
    Field("job_title"),
    Field("language", "language"),
    Field("timezone"),
    Field("country", "country"),
    enum(
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
        entity_of(
            "customer",
            "source_customers",
            (
                *CUSTOMER_FIELDS,
                ref("organization", "organization"),
                Field(
                    "identifiers",
                    "json",
                    "personal",
                    doc="more identifiers than email and phone: [{type, issuer, value, label, verified}]",
                ),
            ),
            "A customer as one source knows it.",
        ),
        entity_of(
            "organization",
            "organizations",
            (
                Field("name", "name"),
                Field("legal_name", "name"),
                *texts("domain", "registration_number", "tax_id", "industry"),
                Field("employee_count", "int"),
                Field("website"),
                Field("phone", "phone"),
                enum("type", "prospect|customer|partner|reseller|supplier|other"),
                ref("parent", "organization"),
                Field("tags", "json"),
                Field("notes"),
            ),
        ),
        entity_of(
            "employee",
            "employees",
            (
                Field("email", "email", "personal"),
                Field("display_name", "name", "personal"),
                Field("team"),
                Field("role"),
                enum("status", "active|inactive|other"),
            ),
            "One of us: agents, sales people, senders at our own domains. Never a customer.",
        ),
        entity_of(
            "address",
            "addresses",
            (
                ref("customer", "customer"),
                ref("organization", "organization"),
                enum("kind", "billing|shipping|home|work|other"),
                *texts(*_ADDRESS_PARTS, pii="personal"),
                Field("country", "country"),
                *typed("decimal", "latitude", "longitude", pii="personal"),
                Field("formatted", "text", "personal"),
                *typed("bool", "is_primary", "is_undeliverable"),
            ),
        ),
        entity_of(
            "consent",
            "consents",
            (
                ref("customer", "customer"),
                enum("identifier_type", "email|phone|user_id|other"),
                Field("identifier_value", "text", "personal"),
                enum(
                    "purpose",
                    "marketing|newsletter|analytics|personalization|profiling|data_sharing|sale_of_data|service|other",
                ),
                enum("channel", "email|sms|phone|push|post|messaging|web|any"),
                enum("status", "granted|denied|revoked|expired|not_asked"),
                enum(
                    "legal_basis",
                    "consent|contract|legal_obligation|vital_interest|public_task|legitimate_interest",
                ),
                Field("jurisdiction"),
                *typed("time", "effective_from", "effective_to", "double_opt_in_at", "captured_at"),
                *texts("capture_source", "capture_form", "policy_version", "wording"),
                Field("ip_truncated", "text", "personal"),
            ),
            "One statement of consent with its proof; the raw record is the evidence.",
        ),
        entity_of(
            "order",
            "orders",
            (
                ref("customer", "customer"),
                ref("organization", "organization"),
                Field("order_number"),
                enum(
                    "status",
                    "pending|payment_due|processing|in_transit|pickup_available|delivered|returned|problem|cancelled|closed|other",
                ),
                enum(
                    "financial_status",
                    "pending|authorized|expired|partially_paid|paid|partially_refunded|refunded|voided",
                ),
                enum(
                    "fulfillment_status",
                    "unfulfilled|scheduled|on_hold|in_progress|partially_fulfilled|fulfilled|restocked",
                ),
                Field("currency", "currency"),
                *typed(
                    "money",
                    "subtotal_amount",
                    "discount_amount",
                    "shipping_amount",
                    "tax_amount",
                    "total_amount",
                    "refunded_amount",
                ),
                Field("coupon_codes", "json"),
                *texts("sales_channel", "store", "payment_method", "cancel_reason"),
                *typed("time", "placed_at", "paid_at", "completed_at", "cancelled_at"),
                Field("is_test", "bool"),
                Field("customer_note", "text", "sensitive"),
            ),
        ),
        entity_of(
            "order_line",
            "order_lines",
            (
                ref("order", "order"),
                Field("line_number", "int"),
                *texts("product_id", "sku", "name", "variant", "category", "brand"),
                Field("quantity", "decimal"),
                Field("currency", "currency"),
                *typed("money", "unit_price_amount", "discount_amount", "tax_amount", "total_amount"),
                *typed("decimal", "fulfilled_quantity", "refunded_quantity"),
            ),
        ),
        entity_of(
            "ticket",
            "tickets",
            (
                ref("customer", "customer"),
                ref("organization", "organization"),
                ref("assignee", "employee"),
                Field("ticket_number"),
                Field("subject", "text", "sensitive"),
                Field("description", "text", "sensitive"),
                enum("status", "new|open|pending|on_hold|solved|closed|other"),
                enum("priority", "low|normal|high|urgent"),
                enum("type", "question|incident|problem|task|other"),
                enum("channel", _CHANNELS),
                *texts("category", "team"),
                *typed(
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
        entity_of(
            "interaction",
            "interactions",
            (
                ref("customer", "customer"),
                ref("employee", "employee"),
                ref("ticket", "ticket"),
                ref("order", "order"),
                ref("deal", "deal"),
                ref("campaign", "campaign"),
                enum("channel", _CHANNELS),
                enum(
                    "type",
                    "message|call|meeting|form_submit|page_view|click|search|add_to_cart|checkout_started|review|post"
                    "|comment|mention|reaction|follow|email_sent|email_delivered|email_opened|email_clicked"
                    "|email_bounced|email_unsubscribed|email_spam|auto_reply|login|note|custom",
                ),
                enum("direction", "inbound|outbound|internal|none"),
                Field("subject", "text", "sensitive"),
                Field("body", "text", "sensitive"),
                *typed("time", "occurred_at", "original_at", "sent_at", "received_at", "ended_at"),
                Field("duration_seconds", "int"),
                enum("outcome", "answered|no_answer|voicemail|busy|completed|failed|other"),
                *texts(
                    "conversation_id",
                    "message_id",
                    "in_reply_to",
                    "session_id",
                    "url",
                    "page_title",
                    "referrer",
                ),
                *texts("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "device_type"),
                Field("ip_truncated", "text", "personal"),
                Field("locale", "language"),
                Field("attachments", "json", "personal"),
                Field("properties", "json", "personal"),
            ),
        ),
        entity_of(
            "participant",
            "participants",
            (
                ref("interaction", "interaction"),
                ref("customer", "customer"),
                ref("employee", "employee"),
                enum("role", "from|to|cc|bcc|reply_to|other"),
                Field("address", "email", "personal"),
                Field("display_name", "name", "personal"),
            ),
            "Who took part in an interaction: an e-mail has one sender and many receivers.",
        ),
        *COMMERCE,
        *SALES,
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
