"""Who is who among any records, from scratch and without labels, as the store's walk would tell it.

resolved = resolve(features, policy)                      # a model trained on these records alone

ready = made_ready(features, policy)                      # the same by steps, with a model of one's own
resolved = decide(ready, policy, fitted(ready, policy, model), ...)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from hub.identity.blocking import Keys, block_keys
from hub.identity.columns import Int32, Int64
from hub.identity.compare import compare
from hub.identity.components import components
from hub.identity.decisions import Decided, KeyPair
from hub.identity.document import IdentifierRule
from hub.identity.features import Features
from hub.identity.limits import counted
from hub.identity.linkage import Linked
from hub.identity.matching import PART as BATCH
from hub.identity.matching import Pairs, Told, settle, weigh
from hub.identity.model import Model
from hub.identity.policy import IdentityPolicy
from hub.identity.retiring import Retired, proposed, retired_of, without_retired
from hub.identity.shipped import shipped
from hub.identity.train import Trained, frequencies, people_weights, train
from hub.identity.untrained import untrained
from hub.insight.curve import Curve, Expected, expected_at

#: What is compared to tell how many people, rather than records, have a value.
_SURE = ("given_name", "family_name", "birth_date", "email", "phone", "exclusive", "identifier")
_NO_LIMIT = 1_000_000

#: Called with what is being done now.
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """Records, and the pairs of them that are worth comparing."""

    #: Without identifiers that join nobody, because so many have them.
    features: Features
    keys: Sequence[Keys]
    retired: Sequence[Retired]
    #: Pairs that keys propose, a < b.
    a: Int32
    b: Int32


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who is who, and how that was found."""

    #: Of each record the first record of its customer.
    labels: Int32
    ready: Ready
    trained: Trained
    #: The odds of the pairs that keys propose, in micro-bits; and the same as a curve.
    odds: Int64
    curve: Curve
    links: Pairs
    linked: Linked
    #: What took how long.
    seconds: Mapping[str, float]

    @property
    def model(self) -> Model:
        """The model that decided."""
        return self.trained.model

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return len(np.unique(self.labels))

    @property
    def expected(self) -> Expected:
        """What the model expects of its links."""
        return expected_at(self.odds, self.model.linking.stop)

    @property
    def retired(self) -> int:
        """How many identifiers joined nobody."""
        return sum(1 for row in self.ready.retired if row.type)


@dataclass
class Clock:
    """Says what is done now, and keeps how long each took."""

    say: Say = lambda _: None
    seconds: dict[str, float] = field(default_factory=dict)
    _doing: str = ""
    _since: float = 0.0

    def now(self, doing: str) -> None:
        """This begins, and what went before has ended; empty: that was all."""
        at = time.perf_counter()
        if self._doing:
            self.seconds[self._doing] = round(at - self._since, 3)
        self._doing, self._since = doing, at
        if doing:
            self.say(doing)


def resolve(
    features: Features,
    policy: IdentityPolicy,
    *,
    model: Model | None = None,
    exclusive: frozenset[str] = frozenset(),
    say: Say | None = None,
) -> Resolved:
    """Customers of these records, by the policy's limits and rules for what is retired.

    model: default one that is trained on these records alone. exclusive: types of identifiers of which a customer has
    one only; of those that the policy calls exclusive, others speak against a merge without forbidding it.
    """
    clock = Clock(say or (lambda _: None))
    clock.now("pairing")
    ready = made_ready(features, policy)
    clock.now("training")
    compared = exclusive | policy.exclusive
    made = fresh(ready, policy, compared) if model is None else moved(ready, policy, model, compared)
    return decide(ready, with_exclusive(policy, exclusive), made, compared, clock=clock)


def made_ready(features: Features, policy: IdentityPolicy) -> Ready:
    """Which records are worth comparing, by the policy's rules for what is retired."""
    keys, limits = block_keys(features), policy.document.retire
    gone = retired_of(keys, features, limits.records, limits.names, limits.fields)
    a, b = proposed(keys, gone, features.count)
    return Ready(without_retired(features, gone), keys, gone, a, b)


# --- models --------------------------------------------------------------------------------------------------------


def fresh(
    ready: Ready, policy: IdentityPolicy, exclusive: frozenset[str], start: Model | None = None
) -> Trained:
    """A model that is trained on these records. start: the one to begin with, default figures that nothing trained."""
    features = ready.features
    return train(
        features, start or untrained(features.attributes), exclusive, cap=policy.document.retire.fields
    )


def moved(ready: Ready, policy: IdentityPolicy, model: Model, exclusive: frozenset[str]) -> Trained:
    """A model from elsewhere among these records: its weights stay; how many records of one person there are, and how
    common values are, is told anew. Attributes that it does not know weigh what they weigh in the one that ships."""
    features = ready.features
    known = shipped(features.attributes).comparisons
    new = {name: known[name] for name in features.attributes}
    here = replace(
        model,
        comparisons={**new, **model.comparisons},
        frequencies=frequencies(features, _people(ready, exclusive)),
    )
    return train(features, here, exclusive, cap=policy.document.retire.fields, only_prior=True)


def _people(ready: Ready, exclusive: frozenset[str]) -> np.ndarray:
    """How much of a person each record is; see `people_weights`."""
    a, b = proposed(ready.keys[:1], ready.retired, ready.features.count)
    return people_weights(ready.features, a, b, compare(ready.features, a, b, exclusive, _SURE))


def as_it_is(ready: Ready, model: Model) -> Trained:
    """A model that is used without training."""
    return Trained(model, ready.features.count, 0.0, 0, 1.0, {}, 0)


# --- deciding ------------------------------------------------------------------------------------------------------


def decide(
    ready: Ready,
    policy: IdentityPolicy,
    trained: Trained,
    exclusive: frozenset[str],
    *,
    decided: Decided | None = None,
    names: Sequence[str] = (),
    clock: Clock | None = None,
) -> Resolved:
    """Customers by a model. exclusive: as for `compare`. decided: what people decided of records by these names."""
    clock = clock or Clock()
    clock.now("weighing")
    links, odds = _weighed(trained.model, ready, exclusive)
    clock.now("clustering")
    told = _told(ready.features, policy, links, decided or Decided(), names)
    settled = settle(trained.model, ready.features, links, told, exclusive)
    clock.now("")
    curve = Curve.empty().and_also(odds)
    return Resolved(settled.linked.labels, ready, trained, odds, curve, links, settled.linked, clock.seconds)


def _weighed(model: Model, ready: Ready, exclusive: frozenset[str]) -> tuple[Pairs, Int64]:
    """The links among the pairs, and the odds of all."""
    odds, links = [], []
    for start in range(0, max(len(ready.a), 1), BATCH):
        part = slice(start, start + BATCH)
        pairs = weigh(model, ready.features, ready.a[part], ready.b[part], exclusive)
        odds.append(pairs.odds)
        links.append(pairs.links(model))
    return Pairs.joined(links), np.concatenate(odds)


def _told(
    features: Features, policy: IdentityPolicy, links: Pairs, decided: Decided, names: Sequence[str]
) -> Told:
    """Decisions by the numbers of records, and the identifiers that count against limits."""
    number = {name: place for place, name in enumerate(names)} if decided.named else {}
    same, different = _numbered(decided.same, number), _numbered(sorted(decided.different), number)
    ties = np.concatenate((links.a, same[:, 0])), np.concatenate((links.b, same[:, 1]))
    found = counted(features, policy, components(features.count, *ties))
    return Told(
        same,
        different,
        found.holder,
        found.kind,
        found.value,
        found.limits,
        found.exclusive,
        policy.component_cap,
    )


def _numbered(pairs: Collection[KeyPair], number: Mapping[str, int]) -> Int32:
    found = [(number[a], number[b]) for a, b in pairs if a in number and b in number]
    return np.array(found, np.int32).reshape(-1, 2)


def with_exclusive(policy: IdentityPolicy, types: Collection[str]) -> IdentityPolicy:
    """The same where a person has only one identifier of these types, and any number of what else was exclusive."""
    rules = {
        name: rule.model_copy(update={"kind": "limited", "limit": _NO_LIMIT})
        if rule.kind == "exclusive"
        else rule
        for name, rule in policy.document.identifiers.items()
    }
    rules |= {name: IdentifierRule(kind="exclusive", limit=1) for name in types}
    return replace(policy, document=policy.document.model_copy(update={"identifiers": rules}))
