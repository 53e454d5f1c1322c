"""Which records are one customer: pure functions on columns and batches. README.md tells how a batch walks."""

from hub.identity.assign import Alias, Assignment, IdentityEvent, Membership, assign
from hub.identity.cluster import Refusal
from hub.identity.consent import Statement, current_consents, more_restrictive
from hub.identity.decisions import Contradiction, Decided, Pin, effective
from hub.identity.edges import Edge, Retired
from hub.identity.explain import Candidate, Explanation, explain
from hub.identity.keys import Holder, Key, Row, Touch, identifier_rows, keys_of, linking, touch
from hub.identity.policy import IdentityPolicy
from hub.identity.resolve import Resolution, resolve
from hub.identity.sources import Sources
from hub.identity.survive import Members, survive

__all__ = [  # noqa: RUF022 - in the order of a batch's walk
    "IdentityPolicy",
    "Row", "Key", "Holder", "identifier_rows", "linking", "keys_of", "Touch", "touch",
    "Decided", "Pin", "Contradiction", "effective",
    "Sources", "Edge", "Retired", "Refusal", "Resolution", "resolve",
    "Membership", "Alias", "IdentityEvent", "Assignment", "assign",
    "Members", "survive", "Candidate", "Explanation", "explain",
    "Statement", "current_consents", "more_restrictive",
]  # fmt: skip
