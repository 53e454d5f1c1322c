"""The policy that holds where identity.yaml says nothing: the field's standard for merge protection."""

from __future__ import annotations

from typing import Any

#: In the shape of identity.yaml. `config/identity.yaml` spells the same out with comments; a test holds them equal.
DEFAULTS: dict[str, Any] = {
    "identifiers": {
        "user_id": {"class": "exclusive", "limit": 1},
        "tax_id": {"class": "exclusive", "limit": 1},
        "loyalty": {"class": "limited", "limit": 5},
        "crm_id": {"class": "limited", "limit": 5},
        "email": {"class": "limited", "limit": 5},
        "phone": {"class": "shared_prone", "limit": 5},
        "order_email": {"class": "limited", "limit": 5},
        "social_handle": {"class": "limited", "limit": 5},
        "messaging_id": {"class": "limited", "limit": 5},
        "device_id": {"class": "limited", "limit": 5},
        "anonymous_id": {"class": "limited", "limit": 250},
        "cookie": {"class": "limited", "limit": 250},
        "ga_client_id": {"class": "limited", "limit": 250},
        "other": {"class": "limited", "limit": 5},
    },
    "priority": ["user_id", "tax_id", "loyalty", "crm_id", "email", "phone"],
    "blocked": {
        "values": {
            "any": [
                "-1", "null", "none", "nil", "n/a", "na", "nan", "anonymous", "unknown", "undefined", "guest",
                "not provided", "not available", "no email", "tbd", "todo", "xxx", "true", "false",
            ],
            "email": [
                "a@a.com", "asdf@asdf.com", "none@none.com", "null@null.com", "no@no.com", "na@na.com",
                "noemail@noemail.com", "email@email.com", "email@example.com", "name@example.com",
            ],
        },
        "patterns": {
            "any": ["[0-]*"],
            "email": [
                "test@.*", "[^@]*@(?:localhost|invalid|test)", "[^@]*[.](?:invalid|localhost|test)",
                "[^@]*@marketplace[.]amazon[.][a-z.]+",
            ],
            "phone": [
                r"[+]?\d{0,3}(\d)\1{6,}",
                r"[+]?\d*5555555",
                r"[+]?\d{0,3}0?1234567(?:8|89|890)?",
            ],
        },
        "role_mailboxes": [
            "abuse", "accounting", "accounts", "accountspayable", "admin", "administration", "administrator",
            "ap", "ar", "billing", "booking", "bookings", "careers", "contact", "contactus", "customercare",
            "customerservice", "customersupport", "donotreply", "enquiries", "enquiry", "feedback", "finance",
            "hello", "help", "helpdesk", "hostmaster", "hr", "info", "information", "inquiries", "inquiry",
            "invoice", "invoices", "it", "jobs", "legal", "mail", "mailerdaemon", "marketing", "media", "news",
            "newsletter", "noreply", "notification", "notifications", "office", "order", "orders", "payments",
            "postmaster", "press", "privacy", "purchasing", "reception", "recruiting", "reservations", "returns",
            "root", "sales", "security", "service", "services", "shop", "spam", "store", "subscribe", "support",
            "team", "tech", "unsubscribe", "webmaster", "welcome",
        ],
    },
    "own_domains": [],
    "retire": {"records": 300, "names": 10, "fields": 100},
    "component_cap": 2000,
    "survivorship": {
        "default": "most_recent",
        "source_priority": [],
        "fields": {
            "full_name": "most_complete",
            "given_name": {"follow": "full_name"},
            "family_name": {"follow": "full_name"},
            "name_order": {"follow": "full_name"},
            "phonetic_name": {"follow": "full_name"},
            "lifecycle_stage": "furthest",
            "tags": "union",
            "known_since": "least",
            "last_activity_at": "greatest",
        },
        "placeholders": {
            "kind": ["unknown"],
            "gender": ["undisclosed"],
            "lifecycle_stage": ["other"],
            "birth_date": ["1900-01-01", "1970-01-01", "0001-01-01"],
        },
        "orders": {
            "lifecycle_stage": [
                "anonymous", "subscriber", "lead", "marketing_qualified", "sales_qualified", "opportunity",
                ["customer", "former"], "evangelist",
            ],
        },
    },
}  # fmt: skip
