"""What is done to win and keep customers: deals, campaigns, surveys, tasks, and who works where."""

from __future__ import annotations

from hub.canonical.declaring import Field, entity_of, enum, ref, texts, typed

_STAGE = (
    *texts("pipeline", "stage"),
    enum("stage_group", "prospecting|qualification|proposal|negotiation|closed_won|closed_lost|other"),
)

SALES = (
    entity_of(
        "organization_member",
        "organization_members",
        (
            ref("customer", "customer"),
            ref("organization", "organization"),
            enum("role", "decision_maker|evaluator|influencer|user|billing|other"),
            Field("title"),
            Field("is_primary", "bool"),
            *typed("time", "valid_from", "valid_to"),
        ),
        "A customer's place in an organization, where one may have several; the main one is the customer's own field.",
    ),
    entity_of(
        "deal",
        "deals",
        (
            ref("customer", "customer"),
            ref("organization", "organization"),
            ref("owner", "employee"),
            ref("campaign", "campaign"),
            Field("name", "text", "personal"),
            *_STAGE,
            enum("status", "open|won|lost|other"),
            Field("probability", "decimal", doc="0 to 100"),
            Field("currency", "currency"),
            Field("amount", "money"),
            Field("expected_close_on", "date"),
            Field("closed_at", "time"),
            *texts("lost_reason", "source"),
        ),
    ),
    entity_of(
        "deal_stage_history",
        "deal_stage_history",
        (ref("deal", "deal"), *_STAGE, *typed("time", "entered_at", "left_at")),
        "A stay of a deal in one stage: what conversion and dwell times are counted from.",
    ),
    entity_of(
        "campaign",
        "campaigns",
        (
            ref("parent", "campaign"),
            ref("owner", "employee"),
            Field("name"),
            enum("type", "email|sms|ad|social|event|web|print|referral|other"),
            enum("status", "planned|active|paused|completed|cancelled|other"),
            Field("objective"),
            Field("subject", doc="of a mailing"),
            *typed("date", "start_on", "end_on"),
            Field("currency", "currency"),
            *typed("money", "budget_amount", "actual_cost_amount", "expected_revenue_amount"),
        ),
    ),
    entity_of(
        "campaign_member",
        "campaign_members",
        (
            ref("campaign", "campaign"),
            ref("customer", "customer"),
            ref("order", "order"),
            ref("deal", "deal"),
            enum(
                "status",
                "targeted|sent|delivered|opened|clicked|responded|converted|opted_out|bounced|other",
            ),
            Field("has_responded", "bool"),
            *typed("time", "first_touch_at", "responded_at", "converted_at"),
            Field("currency", "currency"),
            Field("attributed_amount", "money"),
            Field("attribution_model"),
        ),
        "A customer whom a campaign was meant for, and how far it came with them.",
    ),
    entity_of(
        "survey_response",
        "survey_responses",
        (
            ref("interaction", "interaction"),
            ref("customer", "customer"),
            ref("ticket", "ticket"),
            ref("order", "order"),
            Field("survey"),
            enum("metric", "nps|csat|ces|rating|other"),
            *typed("decimal", "score", "scale_min", "scale_max"),
            Field("comment", "text", "sensitive"),
            Field("answers", "json", "sensitive", doc="{question: answer}"),
            Field("responded_at", "time"),
        ),
    ),
    entity_of(
        "task",
        "tasks",
        (
            ref("assignee", "employee"),
            ref("customer", "customer"),
            ref("organization", "organization"),
            ref("deal", "deal"),
            ref("ticket", "ticket"),
            ref("order", "order"),
            *texts("subject", "description", pii="sensitive"),
            enum("kind", "call|email|meeting|todo|follow_up|other"),
            enum("status", "not_started|in_progress|completed|cancelled|deferred|other"),
            enum("priority", "low|normal|high|urgent"),
            *typed("time", "due_at", "completed_at"),
        ),
        "Something one of us is to do, about whom or what it refers to.",
    ),
)
