"""The identity policy of a project: identity.yaml, the own domains of hub.yaml, and what people decided to block; and
what it takes for customers to be of it: the model as well."""

from __future__ import annotations

from functools import cache

from hub.identity import IdentityPolicy
from hub.identity.shipped import shipped
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


def in_force(store: Store, policy: IdentityPolicy) -> str:
    """What customers are decided with: another text means that all are to be decided anew."""
    row = store.matching.active_model()
    return f"{policy.hash} {row.version if row else shipped_version()}"


@cache
def shipped_version() -> str:
    """The version of the model that holds where no other was taken into use."""
    return shipped().version
