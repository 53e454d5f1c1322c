"""The demo's help desk: users, organizations and tickets as Zendesk gives them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from hub.models import Json
from hub.testing.names import COMPANIES
from hub.testing.people import Person, Sighting
from hub.testing.texts import TOPICS

_STATUSES = ("new", "open", "pending", "hold", "solved", "solved", "closed")


def organizations(changed: datetime) -> list[dict[str, Json]]:
    """One for each invented company."""
    return [
        {
            "id": 700 + index,
            "name": name,
            "domain_names": [domain],
            "external_id": None,
            "tags": ["wholesale"],
            "notes": "",
            "details": "",
            "organization_fields": {},
            "created_at": _stamp(changed),
            "updated_at": _stamp(changed),
        }
        for index, (name, domain) in enumerate(COMPANIES)
    ]


def user(number: int, person: Person, seen: Sighting, created: datetime) -> dict[str, Json]:
    """An end user."""
    companies = [name for name, _ in COMPANIES]
    return {
        "id": number,
        "name": seen.full_name,
        "email": seen.email,
        "phone": seen.phone or None,
        "shared_phone_number": (person.phone_is_shared or None) if seen.phone else None,
        "role": "end-user",
        "verified": True,
        "active": True,
        "suspended": False,
        "organization_id": 700 + companies.index(person.company) if person.company else None,
        "external_id": None,
        "tags": [],
        "locale": person.language,
        "iana_time_zone": person.timezone,
        "notes": "",
        "details": "",
        "user_fields": {},
        "created_at": _stamp(created),
        "updated_at": _stamp(created + timedelta(minutes=3)),
    }


def agent(number: int, name: str, email: str, created: datetime) -> dict[str, Json]:
    """One of the shop's own people."""
    return {
        "id": number,
        "name": name,
        "email": email,
        "phone": None,
        "role": "agent",
        "active": True,
        "suspended": False,
        "tags": [],
        "locale": "en-GB",
        "created_at": _stamp(created),
        "updated_at": _stamp(created),
    }


def ticket(
    number: int, asker: dict[str, Json], agent_id: int, opened: datetime, rng: random.Random
) -> dict[str, Json]:
    """A question that came by mail or through the web widget."""
    language = str(asker.get("locale") or "en").partition("-")[0]
    subject, body = rng.choice(TOPICS[language])
    changed = opened + timedelta(hours=rng.randint(1, 200))
    return {
        "id": number,
        "external_id": None,
        "subject": subject,
        "raw_subject": subject,
        "description": body,
        "status": rng.choice(_STATUSES),
        "priority": rng.choice((None, "normal", "high")),
        "type": rng.choice((None, "question", "problem")),
        "requester_id": asker["id"],
        "submitter_id": asker["id"],
        "assignee_id": agent_id,
        "organization_id": asker["organization_id"],
        "group_id": 40,
        "via": {"channel": rng.choice(("email", "web")), "source": {"from": {}, "to": {}, "rel": None}},
        "tags": ["tea"],
        "custom_fields": [],
        "satisfaction_rating": {"score": "unoffered"},
        "created_at": _stamp(opened),
        "updated_at": _stamp(changed),
        "generated_timestamp": int(changed.timestamp()),
    }


def broken_tickets(good: dict[str, Json]) -> list[tuple[Json, str]]:
    """Tickets that cannot be kept, each with what is wrong."""
    without_id = {**good, "subject": "lost"}
    del without_id["id"]
    return [
        (without_id, "a ticket without an id"),
        ("503 upstream timed out", "a ticket that is not an object"),
    ]


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
