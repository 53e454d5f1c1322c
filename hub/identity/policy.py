"""The identity policy, ready for use: which values may join records, how far, and in which order.

policy = IdentityPolicy.parse(text, "identity.yaml")       # ConfigError HUB-80xx with file:line
policy = policy.with_blocked(decisions.blocked)            # a person's `block` decisions on top
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from hub.identity.defaults import DEFAULTS
from hub.identity.document import IdentifierRule, PolicyDocument, parse_document

#: A value -> why it may not join records; empty when it may.
Screen = Callable[[str], str]

#: Weight of a person's word, in bits; no evidence reaches it.
CERTAIN = 99.0


def _default_document() -> PolicyDocument:
    return PolicyDocument.model_validate(DEFAULTS)


@dataclass(frozen=True)
class IdentityPolicy:
    """What identity.yaml says, with what people decided to block. `IdentityPolicy()` holds the defaults."""

    document: PolicyDocument = field(default_factory=_default_document)
    #: (identifier type, normalised value) blocked by decisions.
    decided: frozenset[tuple[str, str]] = frozenset()
    #: Own mail domains that the project's settings name, besides those of identity.yaml.
    own_domains: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str, name: str = "identity.yaml") -> IdentityPolicy:
        """The policy of a file's text; `name` is how messages call the file.

        Raises ConfigError with file:line: HUB-8001 not YAML, HUB-8002 an unknown or wrong setting.
        """
        return cls(parse_document(text, name, DEFAULTS))

    def with_blocked(self, blocked: Iterable[tuple[str, str]]) -> IdentityPolicy:
        """The same with these (type, value) blocked by decisions."""
        return replace(self, decided=frozenset(blocked))

    def with_own_domains(self, domains: Iterable[str]) -> IdentityPolicy:
        """The same with these mail domains known as the company's own."""
        return replace(self, own_domains=frozenset(domains))

    @cached_property
    def hash(self) -> str:
        """Changes when anything about the policy does: stored clusters and golden records are of one policy."""
        content = self.document.model_dump_json() + repr((sorted(self.decided), sorted(self.own_domains)))
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def holders_limit(self) -> int:
        """How many holders of one value to ask the store for: one more than a value may have."""
        return self.document.retire.records + 1

    def most_holders(self, type_: str) -> int:
        """How many records may have a key before it proposes nobody; type_: of an identifier, or empty."""
        return self.document.retire.records if type_ else self.document.retire.fields

    @cached_property
    def exclusive(self) -> frozenset[str]:
        """Types of which a customer has one."""
        return frozenset(
            type_ for type_, rule in self.document.identifiers.items() if rule.kind == "exclusive"
        )

    @property
    def component_cap(self) -> int:
        """Most records looked at as possibly one customer."""
        return self.document.component_cap

    # --- identifiers --------------------------------------------------------------------------------------------

    def rule(self, type_: str) -> IdentifierRule:
        """The rule of an identifier type."""
        rules = self.document.identifiers
        return rules.get(type_) or rules["other"]

    def rank(self, type_: str) -> int:
        """Place in the priority: 0 is trusted most."""
        return self._ranks.get(type_, len(self._ranks))

    @cached_property
    def _ranks(self) -> dict[str, int]:
        return {type_: rank for rank, type_ in enumerate(self.document.priority)}

    # --- blocked values -----------------------------------------------------------------------------------------

    def blocked(self, type_: str, value: str) -> str:
        """Why a normalised value may not join records; empty when it may."""
        return self.screen(type_)(value)

    def screen(self, type_: str) -> Screen:
        """The test of `blocked` for one type: take it once for a batch."""
        screen = self._screens.get(type_)
        if screen is None:
            screen = self._screens[type_] = self._make_screen(type_)
        return screen

    @cached_property
    def _screens(self) -> dict[str, Screen]:
        return {}

    def _make_screen(self, type_: str) -> Screen:
        rules = self.document.blocked
        values = {value.lower() for kind in ("any", type_) for value in rules.values.get(kind, ())}
        patterns = [pattern for kind in ("any", type_) for pattern in rules.patterns.get(kind, ())]
        matches = _any_of(patterns)
        decided = {value for kind, value in self.decided if kind == type_}

        def screen(value: str) -> str:
            if value in decided:
                return "decision"
            if value.lower() in values or matches(value):
                return "placeholder"
            return ""

        return self._mail_screen(screen) if type_ in ("email", "order_email") else screen

    def _mail_screen(self, screen: Screen) -> Screen:
        roles = {_bare(role) for role in self.document.blocked.role_mailboxes}
        own = {domain.lower() for domain in (*self.document.own_domains, *self.own_domains)}

        def mail_screen(value: str) -> str:
            local, _, domain = value.rpartition("@")
            if domain in own:
                return "own domain"
            if (local if local.isalpha() else _bare(local)) in roles:
                return "role mailbox"
            return screen(value)

        return mail_screen


def _bare(local: str) -> str:
    """A user part as role mailboxes are compared: without +tag, dots, dashes, underscores."""
    if "+" in local:
        local = local.partition("+")[0]
    return local.lower().replace(".", "").replace("-", "").replace("_", "")


def _any_of(patterns: list[str]) -> Callable[[str], object]:
    """One test for all patterns: whole value, whatever case. One search where it can be: every value passes here."""
    grouped = [pattern for pattern in patterns if re.compile(pattern).groups]
    plain = [pattern for pattern in patterns if pattern not in grouped]
    # References to groups count from the front: one pattern with groups may lead, the others stand alone.
    joined = "|".join(f"(?:{pattern})" for pattern in [*grouped[:1], *plain])
    first = re.compile(joined or "(?!)", re.IGNORECASE).fullmatch
    if len(grouped) < 2:
        return first
    others = [re.compile(pattern, re.IGNORECASE).fullmatch for pattern in grouped[1:]]
    return lambda value: first(value) or any(test(value) for test in others)
