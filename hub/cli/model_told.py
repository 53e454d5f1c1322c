"""The model in force for people and programs: its weights, its file, its report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.evaluating import write_report, written
from hub.cli.output import Column
from hub.cli.stored_people import StoredPeople, tell_numbers

if TYPE_CHECKING:
    from hub.cli.app import App
    from hub.identity.model import Model
    from hub.identity.train import Trained
    from hub.models import Json


def in_force(app: App, people: StoredPeople) -> Trained:
    """The model that the store's customers are of, as it is."""
    from hub.insight.evaluation import as_it_is
    from hub.sync.model_in_force import model_in_force

    return as_it_is(people.ready, model_in_force(app.store))


def show_model(app: App, out: Path | None) -> None:
    """The model in force: for people its weights, for programs the file."""
    from hub.identity.model import as_document
    from hub.sync.model_in_force import model_in_force

    model = model_in_force(app.store)
    if out:
        write_model(out, model)
        app.output.note(f"The model is in {out}.")
        return
    app.output.item({"type": "model", "version": model.version, "model": as_document(model)})
    if app.output.json:
        return
    app.output.text(f"{model.name}, version {model.version}", "")
    app.output.rows(list(_weight_rows(model)), _WEIGHTS)
    for part in ("prior", "linking"):
        told = ", ".join(f"{name} {value:,}" for name, value in as_document(model)[part].items())
        app.output.text("", f"{part}: {told}")


_WEIGHTS = (
    Column("comparison", "field"),
    Column("level", "level"),
    Column("bits", "bits", number=True),
    Column("bar", ""),
    Column("match", "of true pairs", number=True),
    Column("seen", ""),
)


def _weight_rows(model: Model) -> Iterator[dict[str, Json]]:
    from hub.cli.waterfall import weight_bar

    before = ""
    for comparison, levels in model.comparisons.items():
        for level, told in reversed(list(levels.items())):
            yield {
                "comparison": "" if comparison == before else comparison.replace("_", " "),
                "level": level.replace("_", " "),
                "bits": f"{told.bits:+.1f}",
                "bar": weight_bar(told.bits),
                "match": f"{told.match:.1%}",
                "seen": "" if told.trained else "not seen in training",
            }
            before = comparison


def write_model(out: Path, model: Model) -> None:
    """The model as a file. Raises ConfigError HUB-8046."""
    from hub.identity.model_file import model_json

    with written(out) as file:
        file.write(model_json(model))


def report_store(app: App, html: Path | None) -> None:
    """The report on the model in force and the store's records."""
    from hub.insight.report import report
    from hub.sync.policy import load_policy

    people = StoredPeople.of(app, load_policy(app.settings, app.store))
    resolved = people.resolved(app, in_force(app, people))
    if html:
        write_report(html, resolved, None)
        app.output.note(f"The report is in {html}.")
    told = report(resolved)
    app.output.item(told)
    if app.output.json:
        return
    tell_numbers(app, resolved)
    if told["block_recall"] is not None:
        app.output.text(f"As estimated, {told['block_recall']:.1%} of all true pairs are compared at all.")
    app.output.text("")
    app.output.rows([one for one in told["blocks"] if one["keys"]], _BLOCKS)
    app.output.text("")
    stop = resolved.model.linking.stop
    app.output.rows(
        [_stop_row(one) for one in told["stops"] if one["stop"] % 2 == 0 or one["stop"] == stop], _STOPS
    )
    app.output.note("", "`hub identity model` shows the weights; `--html FILE` writes all of it as a page.")


_BLOCKS = (
    Column("key", "records that share"),
    *(
        Column(name, heading, number=True)
        for name, heading in (
            ("pairs", "pairs"),
            ("true", "true pairs"),
            ("only", "only by it"),
            ("retired", "retired"),
        )
    ),
)
_STOPS = tuple(Column(name, name, number=True) for name in ("stop", "links", "precision", "recall"))


def _stop_row(one: dict[str, Any]) -> dict[str, Json]:
    return {
        "stop": f"{one['stop']:+.3g}",
        "links": f"{one['links']:,}",
        "precision": f"{one['precision']:.1%}",
        "recall": f"{one['recall']:.1%}",
    }
