"""Which records are one customer: pure functions on columns and batches. README.md tells how a batch walks."""

from hub.identity.assign import Alias, Assignment, IdentityEvent, Membership, assign
from hub.identity.consent import Statement, current_consents, more_restrictive
from hub.identity.decisions import Contradiction, Decided, Pin, effective
from hub.identity.explain import Candidate, Explanation, explain
from hub.identity.keys import Holder, Key, Row, identifier_rows
from hub.identity.policy import IdentityPolicy
from hub.identity.resolving import Edge, Refusal, Resolution, code_of, resolve
from hub.identity.retiring import Retired, retired_of, without_retired
from hub.identity.sources import Sources
from hub.identity.survive import Members, survive

__all__ = [  # noqa: RUF022 - in the order of a batch's walk
    "IdentityPolicy",
    "Row", "Key", "Holder", "identifier_rows",
    "Decided", "Pin", "Contradiction", "effective",
    "Retired", "retired_of", "without_retired",
    "Sources", "Edge", "Refusal", "Resolution", "resolve", "code_of",
    "Membership", "Alias", "IdentityEvent", "Assignment", "assign",
    "Members", "survive", "Candidate", "Explanation", "explain",
    "Statement", "current_consents", "more_restrictive",
]  # fmt: skip
