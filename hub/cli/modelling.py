"""What `hub identity` does with a project's store: train, look at what a model would change, take it into use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.evaluating import (
    policy_of,
    read_model,
    say,
    tell_measures,
    told_measures,
    told_model,
    write_report,
)
from hub.cli.model_told import in_force, write_model
from hub.cli.output import plural
from hub.cli.stored_people import StoredPeople, tell_changes, tell_numbers, told_changes, told_numbers

if TYPE_CHECKING:
    from hub.cli.app import App
    from hub.identity.model import Model
    from hub.identity.train import Trained

#: Fewer records than this tell little about how people write.
_FEW = 2_000


# --- evaluate --------------------------------------------------------------------------------------------------------


def of_store(
    app: App,
    *,
    truth: Path | None,
    truth_id: str | None,
    truth_person: str | None,
    report: Path | None,
    model: Path | None,
    policy: Path | None,
    mask: bool,
) -> None:
    """What the present identity.yaml, or another model, would change. Raises ConfigError as `of_file`."""
    from hub.insight.truth import measure, read_truth
    from hub.sync.policy import load_policy

    told = read_truth(truth, truth_id, truth_person, None) if truth else None
    rules = load_policy(app.settings, app.store)
    if policy:
        rules = policy_of(app, policy).with_own_domains(app.settings.own_domains).with_blocked(rules.decided)
    people = StoredPeople.of(app, rules)
    trained = _of_file(app, people, read_model(model)) if model else in_force(app, people)
    resolved = people.resolved(app, trained)
    found = people.changes(app, resolved)
    measured = None if told is None else measure(people.names(app), resolved.labels, told)
    if report:
        write_report(report, resolved, measured)
    app.output.item(
        {
            "type": "evaluation",
            **told_numbers(resolved),
            "truth": None if measured is None else told_measures(measured),
            "changes": told_changes(app, people, found, mask=mask),
            "fields": [],
            "left_out": [],
            "model": told_model(resolved.model),
            "seconds": dict(resolved.seconds),
            "out": None,
        }
    )
    tell_numbers(app, resolved)
    tell_changes(app, people, found, mask=mask)
    if measured is not None:
        tell_measures(app, measured)
    if report:
        app.output.note(f"The report is in {report}.")


def _of_file(app: App, people: StoredPeople, model: Model) -> Trained:
    from hub.insight.evaluation import moved

    say(app)("training")
    return moved(people.ready, people.policy, model, people.policy.exclusive)


# --- train -----------------------------------------------------------------------------------------------------------


def train(
    app: App,
    *,
    prior_only: bool,
    start: str | None,
    name: str,
    out: Path | None,
    report: Path | None,
    dry_run: bool,
    mask: bool,
) -> None:
    """A model for the store's own records is found, told, and taken into use.

    Raises ConfigError HUB-8003, HUB-8004, HUB-8046, HUB-8047; Locked."""
    from dataclasses import replace

    from hub.sync.policy import load_policy

    given = read_model(Path(start)) if start and start != SHIPPED else None
    people = StoredPeople.of(app, load_policy(app.settings, app.store))
    trained = _trained(app, people, given, shipped=start == SHIPPED, prior_only=prior_only)
    if start != SHIPPED:
        trained = replace(trained, model=replace(trained.model, name=given.name if given else name))
    resolved = people.resolved(app, trained)
    found = people.changes(app, resolved)
    told = {
        "type": "training",
        "dry_run": dry_run,
        **told_numbers(resolved),
        "changes": told_changes(app, people, found, mask=mask),
        "untrained": list(untrained(trained.model)),
        "model": told_model(trained.model),
    }
    if out:
        write_model(out, trained.model)
    if report:
        write_report(report, resolved, None)
    if not dry_run:
        from hub.sync.model_in_force import use_model

        say(app)("deciding everybody anew")
        told["done"] = dict(use_model(app.engine, None if start == SHIPPED else trained.model))
    app.output.item(told)
    tell_numbers(app, resolved)
    tell_changes(app, people, found, mask=mask, done=not dry_run)
    _tell_untrained(app, trained)
    if dry_run:
        app.output.note("Nothing was written." if not out else f"Nothing was written but {out}.")


#: What `--from` takes for the model that every project begins with.
SHIPPED = "shipped"


def _trained(
    app: App, people: StoredPeople, given: Model | None, *, shipped: bool, prior_only: bool
) -> Trained:
    from hub.identity import shipped as shipping
    from hub.identity.train import train
    from hub.insight.evaluation import as_it_is, fresh
    from hub.sync.model_in_force import model_in_force

    if shipped:
        return as_it_is(people.ready, shipping.shipped())
    if given is not None:
        return _of_file(app, people, given)
    say(app)("training")
    exclusive = people.policy.exclusive
    if prior_only:
        cap = people.policy.document.retire.fields
        return train(people.ready.features, model_in_force(app.store), exclusive, cap=cap, only_prior=True)
    return fresh(people.ready, people.policy, exclusive)


def untrained(model: Model) -> Iterator[str]:
    """`birth_date: near` for each level that training never saw."""
    for comparison, levels in model.comparisons.items():
        for level, told in levels.items():
            if not told.trained:
                yield f"{comparison}: {level}"


def _tell_untrained(app: App, trained: Trained) -> None:
    if not trained.rounds:
        return
    by_field: dict[str, list[str]] = {}
    for one in untrained(trained.model):
        comparison, _, level = one.replace("_", " ").partition(": ")
        by_field.setdefault(comparison, []).append(level)
    if by_field:
        told = "; ".join(f"{name}: {', '.join(levels)}" for name, levels in by_field.items())
        app.output.note(f"Levels that no pair reached stay as they were: {told}.")
    if trained.records < _FEW:
        app.output.note(
            f"{plural(trained.records, 'record')} teach little: `hub identity train --from {SHIPPED}` goes back to the model "
            "that ships."
        )


# --- rebuild ---------------------------------------------------------------------------------------------------------


def rebuild(app: App, *, dry_run: bool, mask: bool) -> None:
    """Everybody is decided anew; what that changes is told."""
    from hub.sync.policy import load_policy

    if dry_run:
        people = StoredPeople.of(app, load_policy(app.settings, app.store))
        found = people.changes(app, people.resolved(app, in_force(app, people)))
        app.output.item(
            {"type": "rebuild", "dry_run": True, "changes": told_changes(app, people, found, mask=mask)}
        )
        tell_changes(app, people, found, mask=mask)
        app.output.note("Nothing was written.")
        return
    counts = app.engine.rebuild()
    told = {name: counts[name] for name in ("created", "changed", "merged", "split")}
    app.output.item({"type": "rebuild", "dry_run": False, "customers": told})
    app.output.text(", ".join(f"{count:,} {name}" for name, count in told.items()))
