"""What is sold, billed, paid and sent, besides orders."""

from __future__ import annotations

from hub.canonical.declaring import Field, entity_of, enum, ref, texts, typed

_PERIOD = ("period_start_at", "period_end_at")

COMMERCE = (
    entity_of(
        "product",
        "products",
        (
            *texts("sku", "name", "category", "brand", "url"),
            Field("currency", "currency"),
            Field("price_amount", "money"),
            enum("status", "active|draft|archived|other"),
        ),
    ),
    entity_of(
        "subscription",
        "subscriptions",
        (
            ref("customer", "customer"),
            ref("organization", "organization"),
            ref("product", "product"),
            *texts("subscription_number", "plan"),
            enum(
                "status",
                "incomplete|incomplete_expired|trialing|active|past_due|canceled|unpaid|paused|other",
            ),
            Field("quantity", "decimal"),
            Field("currency", "currency"),
            Field("unit_price_amount", "money", doc="for one unit and one interval"),
            Field("mrr_amount", "money", doc="monthly recurring revenue, where the vendor says it"),
            enum("interval", "day|week|month|year|other"),
            Field("interval_count", "int", doc="3 and month: every quarter"),
            *typed(
                "time",
                "started_at",
                "trial_end_at",
                "current_period_start_at",
                "current_period_end_at",
                "canceled_at",
                "ended_at",
            ),
            Field("cancel_at_period_end", "bool"),
            Field("cancel_reason"),
            Field("is_test", "bool"),
        ),
    ),
    entity_of(
        "invoice",
        "invoices",
        (
            ref("customer", "customer"),
            ref("organization", "organization"),
            ref("subscription", "subscription"),
            ref("order", "order"),
            Field("invoice_number"),
            enum("status", "draft|open|paid|uncollectible|void|other"),
            Field("currency", "currency"),
            *typed(
                "money",
                "subtotal_amount",
                "discount_amount",
                "tax_amount",
                "total_amount",
                "amount_due",
                "amount_paid",
            ),
            *typed("time", "issued_at", "due_at", "paid_at"),
            Field("is_test", "bool"),
        ),
    ),
    entity_of(
        "invoice_line",
        "invoice_lines",
        (
            ref("invoice", "invoice"),
            ref("subscription", "subscription"),
            ref("product", "product"),
            Field("line_number", "int"),
            *texts("sku", "name"),
            Field("quantity", "decimal"),
            Field("currency", "currency"),
            *typed("money", "unit_price_amount", "discount_amount", "tax_amount", "total_amount"),
            *typed("time", *_PERIOD),
        ),
    ),
    entity_of(
        "payment",
        "payments",
        (
            ref("customer", "customer"),
            ref("order", "order"),
            ref("invoice", "invoice"),
            Field("payment_number"),
            enum(
                "status",
                "pending|requires_action|authorized|succeeded|failed|refunded|partially_refunded|disputed|canceled|other",
            ),
            enum("method", "card|bank_transfer|wallet|cash|cod|alipay|wechat_pay|paypal|other"),
            *texts("card_brand", "card_last4", pii="personal"),
            Field("currency", "currency"),
            *typed("money", "amount", "refunded_amount", "fee_amount"),
            Field("failure_code"),
            Field("paid_at", "time"),
            Field("is_test", "bool"),
        ),
        "Of a card only its brand and last four digits; never its number or code.",
    ),
    entity_of(
        "refund",
        "refunds",
        (
            ref("payment", "payment"),
            ref("order", "order"),
            enum("status", "pending|requires_action|succeeded|failed|canceled|other"),
            Field("currency", "currency"),
            Field("amount", "money"),
            Field("reason"),
            Field("refunded_at", "time"),
        ),
    ),
    entity_of(
        "shipment",
        "shipments",
        (
            ref("order", "order"),
            ref("customer", "customer"),
            ref("address", "address"),
            Field("carrier"),
            *texts("tracking_number", "tracking_url", pii="personal"),
            Field("service_level"),
            enum(
                "status",
                "pending|info_received|in_transit|out_for_delivery|available_for_pickup|attempt_failed|delivered"
                "|exception|expired|returned|other",
            ),
            Field("currency", "currency"),
            Field("cost_amount", "money"),
            *typed("time", "shipped_at", "estimated_delivery_at", "delivered_at"),
        ),
    ),
    entity_of(
        "shipment_event",
        "shipment_events",
        (
            ref("shipment", "shipment"),
            enum(
                "status",
                "pending|info_received|in_transit|out_for_delivery|available_for_pickup|attempt_failed|delivered"
                "|exception|expired|returned|other",
            ),
            Field("description"),
            Field("location", "text", "personal"),
            Field("occurred_at", "time"),
        ),
    ),
)
