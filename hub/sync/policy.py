"""The identity policy of a project: identity.yaml, the own domains of hub.yaml, and what people decided to block."""

from __future__ import annotations

from hub.identity import IdentityPolicy
from hub.models import DecisionKind
from hub.settings import Settings
from hub.store.api import Store

FILE = "identity.yaml"


def load_policy(settings: Settings, store: Store) -> IdentityPolicy:
    """Raises ConfigError HUB-80xx with file:line."""
    path = settings.project / FILE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    policy = IdentityPolicy.parse(text, FILE) if text.strip() else IdentityPolicy()
    blocked = [
        (decision.field, decision.value)
        for decision in store.decisions.active()
        if decision.kind is DecisionKind.BLOCK and decision.field and decision.value
    ]
    return policy.with_own_domains(settings.own_domains).with_blocked(blocked)
