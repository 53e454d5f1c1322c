"""The records of a project's store as a model sees them, and what would change for their customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.cli.evaluating import say
from hub.cli.output import plural
from hub.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

    from hub.cli.app import App
    from hub.identity.columns import Int64
    from hub.identity.policy import IdentityPolicy
    from hub.identity.train import Trained
    from hub.insight.changes import Changes
    from hub.insight.evaluation import Ready, Resolved
    from hub.models import Json

#: Groups of an example, and records of a group, that are named.
_NAMED = 4


@dataclass(frozen=True, slots=True)
class StoredPeople:
    """The records of the project's store, as a policy would have them compared."""

    ids: Int64
    ready: Ready
    policy: IdentityPolicy

    @classmethod
    def of(cls, app: App, policy: IdentityPolicy) -> StoredPeople:
        """Raises ConfigError HUB-8047 where there is nobody."""
        from hub.insight.evaluation import made_ready
        from hub.sync.whole import everybody

        say(app)("folding")
        people = everybody(app.store, policy)
        if len(people.ids) < 2:
            raise ConfigError(
                "HUB-8047", "the store holds no two records of people", hint="`hub sync` reads some."
            )
        say(app)("pairing")
        return cls(people.ids, made_ready(people.features, policy), policy)

    def resolved(self, app: App, trained: Trained) -> Resolved:
        """Who would be who by a model, decisions included."""
        from hub.identity import effective
        from hub.insight.evaluation import Clock, decide

        decided = effective(app.store.decisions.all())
        names = self.names(app) if decided.named else ()
        return decide(
            self.ready, self.policy, trained, self.policy.exclusive, decided=decided, names=names, clock=Clock(say(app))
        )  # fmt: skip

    def names(self, app: App, places: Sequence[int] | None = None) -> list[str]:
        """What records are called: all, or those at some places."""
        ids = (self.ids if places is None else self.ids[list(places)]).tolist()
        keys = app.store.identity.source_keys(ids)
        return [str(keys[id_]) for id_ in ids]

    def changes(self, app: App, resolved: Resolved) -> Changes:
        """Against the customers there are."""
        from hub.insight.changes import changes

        return changes(self._customers(app), resolved.labels)

    def _customers(self, app: App) -> np.ndarray:
        import numpy as np

        known = app.store.identity.customer_of(self.ids.tolist())
        numbers: dict[str, int] = {}
        # A record that is no customer's yet is alone.
        told = (
            numbers.setdefault(known[id_][0] if id_ in known else f"record {id_}", len(numbers))
            for id_ in self.ids.tolist()
        )
        return np.fromiter(told, np.int64, len(self.ids))


# --- telling ---------------------------------------------------------------------------------------------------------


def told_numbers(resolved: Resolved) -> dict[str, Json]:
    """{records, customers, pairs, links, retired, expected}."""
    expected = resolved.expected
    return {
        "records": resolved.ready.features.count,
        "customers": resolved.customers,
        "pairs": len(resolved.odds),
        "links": len(resolved.links.a),
        "retired": resolved.retired,
        "expected": {"precision": round(expected.precision, 6), "recall": round(expected.recall, 6)},
    }


def tell_numbers(app: App, resolved: Resolved) -> None:
    """The same for people."""
    expected = resolved.expected
    app.output.text(
        f"{plural(resolved.ready.features.count, 'record')}, {plural(len(resolved.odds), 'pair')} compared, "
        f"{plural(len(resolved.links.a), 'link')}.",
        f"By its own judgement, {expected.precision:.1%} of the links are right, and {expected.recall:.1%} of the "
        "true pairs among those compared are links.",
    )


def told_changes(app: App, people: StoredPeople, found: Changes, *, mask: bool) -> dict[str, Json]:
    """{before, after, merged, split, examples: [{kind, groups: [[record, …], …]}]}."""
    return {
        "before": found.before,
        "after": found.after,
        "merged": found.merged,
        "split": found.split,
        "examples": [
            {
                "kind": example.kind,
                "groups": [_record_names(app, people, group, mask=mask) for group in example.groups],
            }
            for example in found.examples
        ],
    }


def _record_names(app: App, people: StoredPeople, places: Sequence[int], *, mask: bool) -> list[str]:
    from hub.cli.looking import lens

    keys = app.store.identity.source_keys(people.ids[list(places)].tolist())
    view = lens(app, masked=mask)
    return [view.source(key) for key in keys.values()]


def tell_changes(app: App, people: StoredPeople, found: Changes, *, mask: bool, done: bool = False) -> None:
    """How many customers change, and examples, for people. done: it has happened."""
    would = "" if done else "would "
    if not (found.merged or found.split):
        app.output.text(f"{plural(found.before, 'customer')}: none changes.")
        return
    app.output.text(
        f"{plural(found.before, 'customer')} {'became' if done else 'would become'} {found.after:,}: "
        f"{found.merged:,} {would}{'joined' if done else 'join'} others, "
        f"{found.split:,} {would}{'fell' if done else 'fall'} apart."
    )
    if app.output.json:
        return
    for example in found.examples:
        groups = [_some(_record_names(app, people, group, mask=mask)) for group in example.groups[:_NAMED]]
        more = len(example.groups) - len(groups)
        sign = " + " if example.kind == "merged" else " | "
        app.output.text(
            f"  {example.kind}: {sign.join(groups)}{f'{sign}… ({more} more)' if more > 0 else ''}"
        )


def _some(names: Sequence[str]) -> str:
    told = ", ".join(names[:_NAMED])
    return f"{told}, … ({len(names)})" if len(names) > _NAMED else told
