"""What `hub identity evaluate` does: read, resolve, measure, tell."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from hub.cli.output import Column, plural
from hub.errors import ConfigError, HubError

if TYPE_CHECKING:
    from hub.cli.app import App
    from hub.identity.evaluate import Measure
    from hub.identity.model import Model
    from hub.identity.policy import IdentityPolicy
    from hub.insight.evaluation import Resolved
    from hub.insight.people_file import People
    from hub.insight.truth import Measured
    from hub.models import Json

_MEASURES = (
    Column("of", "measured"),
    *(
        Column(name, heading, number=True)
        for name, heading in (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
    ),
)


def of_file(
    app: App,
    *,
    records: Path,
    truth: Path | None,
    fields: Sequence[tuple[str, str]],
    id_column: str | None,
    truth_id: str | None,
    truth_person: str | None,
    region: str | None,
    out: Path | None,
    report: Path | None,
    model: Path | None,
    policy: Path | None,
    exclusive: Sequence[str],
) -> None:
    """Evaluates the records of a file. Raises ConfigError HUB-8040 to HUB-8045, and those of policy and model."""
    from hub.insight.evaluation import resolve
    from hub.insight.truth import measure, read_truth

    rules = policy_of(app, policy)
    start = read_model(model) if model else None
    wanted = list(fields) or _guessed(app, records)
    told = read_truth(truth, truth_id, truth_person, id_column) if truth else None
    people = _people(app, records, wanted, id_column, region)
    resolved = resolve(
        people.features(rules), rules, model=start, exclusive=frozenset(exclusive), say=say(app)
    )
    measured = None if told is None else measure(people.ids, resolved.labels, told)
    if out:
        write_memberships(out, people.ids, resolved)
    if report:
        write_report(report, resolved, measured)
    _tell(app, people, wanted, resolved, measured, out)
    if report:
        app.output.note(f"The report is in {report}.")


def policy_of(app: App, file: Path | None) -> IdentityPolicy:
    """The policy of a file; else that of the project one stands in; else the defaults."""
    from hub.identity.policy import IdentityPolicy
    from hub.settings import find_project

    own: Sequence[str] = ()
    if file is None:
        try:
            folder = find_project(app.folder)
        except HubError:
            if app.folder is not None:
                raise
            return IdentityPolicy()
        file, own = folder / "identity.yaml", app.settings.own_domains
        if not file.is_file():
            return IdentityPolicy().with_own_domains(own)
        app.output.note(f"By the rules of {file}.")
    text = _text(file, "HUB-8001")
    policy = IdentityPolicy.parse(text, str(file)) if text.strip() else IdentityPolicy()
    return policy.with_own_domains(own)


def read_model(file: Path) -> Model:
    """The model of a file. Raises ConfigError HUB-8003, HUB-8004."""
    from hub.identity.model_file import parse_model

    return parse_model(_text(file, "HUB-8003"), str(file))


def _text(file: Path, code: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(code, f"cannot be read: {error.strerror}", where=str(file)) from None
    except UnicodeError:
        raise ConfigError(code, "is not UTF-8", where=str(file)) from None


def say(app: App) -> Callable[[str], None]:
    """Tells what is done now, where somebody watches."""
    return (lambda doing: app.output.note(f"{doing} …")) if app.output.live else (lambda _: None)


# --- reading -------------------------------------------------------------------------------------------------------


def _guessed(app: App, records: Path) -> list[tuple[str, str]]:
    from hub.insight.people_fields import COMPARED, guessed
    from hub.insight.table_file import column_names

    names = column_names(records)
    found = guessed(names)
    if not found:
        raise ConfigError(
            "HUB-8041", "no column is called like a field", where=str(records),
            hint=f"Name them: --field FIELD=COLUMN. Columns: {', '.join(names)}. Fields: {', '.join(COMPARED)}.",
        )  # fmt: skip
    app.output.note("Taken as: " + ", ".join(f"{field}={column}" for field, column in found) + ".")
    return found


def _people(
    app: App, records: Path, wanted: Sequence[tuple[str, str]], id_column: str | None, region: str | None
) -> People:
    from hub.canonical.phone import known_region
    from hub.insight.people_file import read_people

    if region is not None and not known_region(region.upper()):
        raise ConfigError("HUB-8041", f"there is no region {region}", hint="Take two letters, such as US.")
    people = read_people(records, wanted, id_column=id_column, region=region)
    for column in people.dropped:
        app.output.note(f"{column.column} ({column.field}) is left out: {column.reason}.")
    app.output.note(*(f"{remark}." for remark in people.remarks))
    if not any(name != "country" and name != "kind" for name in people.columns):
        raise ConfigError("HUB-8045", "no column tells people apart", where=str(records))
    return people


# --- telling -------------------------------------------------------------------------------------------------------


def write_memberships(out: Path, ids: Sequence[str], resolved: Resolved) -> None:
    """record_id, customer_id: a customer is called after its first record. Raises ConfigError HUB-8046."""
    with written(out) as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "customer_id"])
        writer.writerows(zip(ids, map(ids.__getitem__, resolved.labels.tolist()), strict=True))


def write_report(out: Path, resolved: Resolved, measured: Measured | None) -> None:
    """One HTML file for people. Raises ConfigError HUB-8046."""
    from hub.insight.report import report
    from hub.insight.report_page import page

    told = report(resolved)
    told["truth"] = None if measured is None else told_measures(measured)
    with written(out) as file:
        file.write(page(told))


@contextmanager
def written(out: Path) -> Iterator[IO[str]]:
    """A file to write. Raises ConfigError HUB-8046."""
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise ConfigError("HUB-8046", f"cannot be written: {error.strerror}", where=str(out)) from None


def _tell(
    app: App,
    people: People,
    wanted: Sequence[tuple[str, str]],
    resolved: Resolved,
    measured: Measured | None,
    out: Path | None,
) -> None:
    expected = resolved.expected
    app.output.item(
        {
            "type": "evaluation",
            "records": len(people.ids),
            "customers": resolved.customers,
            "pairs": int(resolved.curve.pairs.sum()),
            "links": len(resolved.links.a),
            "retired": resolved.retired,
            "expected": {"precision": round(expected.precision, 6), "recall": round(expected.recall, 6)},
            "truth": None if measured is None else told_measures(measured),
            "changes": None,
            "fields": [{"field": field, "column": column} for field, column in wanted],
            "left_out": [
                {"field": item.field, "column": item.column, "reason": item.reason} for item in people.dropped
            ],
            "model": told_model(resolved.model),
            "seconds": dict(resolved.seconds),
            "out": str(out) if out else None,
        }
    )
    app.output.text(
        f"{plural(len(people.ids), 'record')} are {plural(resolved.customers, 'customer')}: "
        f"{plural(int(resolved.curve.pairs.sum()), 'pair')} compared, {plural(len(resolved.links.a), 'link')}.",
        f"By its own judgement, {expected.precision:.1%} of the links are right, and {expected.recall:.1%} of the "
        "true pairs among those compared are links.",
    )
    if resolved.retired:
        app.output.note(f"{plural(resolved.retired, 'identifier')} joined nobody: too many have them.")
    if measured is not None:
        tell_measures(app, measured)
    if out:
        app.output.note(f"Who is who is in {out}.")


def told_model(model: Model) -> dict[str, Json]:
    """{name, version, prior, linking} of a model, the latter two as its file has them."""
    from hub.identity.model import as_document

    document = as_document(model)
    return {
        "name": model.name,
        "version": model.version,
        "prior": document["prior"],
        "linking": document["linking"],
    }


def told_measures(measured: Measured) -> dict[str, Json]:
    """{records, people, without_truth, unknown, pairwise: {precision, recall, f1}, b_cubed: likewise}."""
    found = measured.evaluation
    return {
        "records": found.records,
        "people": found.people,
        "without_truth": measured.without_truth,
        "unknown": measured.unknown,
        "pairwise": _three(found.pairwise),
        "b_cubed": _three(found.b_cubed),
    }


def _three(measure: Measure) -> dict[str, Json]:
    return {
        "precision": round(measure.precision, 6),
        "recall": round(measure.recall, 6),
        "f1": round(measure.f1, 6),
    }


def tell_measures(app: App, measured: Measured) -> None:
    """How customers compare with the truth, for people."""
    found = measured.evaluation
    app.output.text("", f"In truth these are {plural(found.people, 'person', 'people')}.")
    if not app.output.json:
        rows = [("pairs of records", found.pairwise), ("records (B-cubed)", found.b_cubed)]
        shown: list[dict[str, Json]] = [
            {"of": name} | {key: f"{value:.4f}" for key, value in _three(measure).items()}
            for name, measure in rows
        ]
        app.output.rows(shown, _MEASURES)
    if measured.without_truth:
        app.output.note(
            f"The truth does not tell of {plural(measured.without_truth, 'record')}: not measured."
        )
    if measured.unknown:
        app.output.note(f"The truth tells of {plural(measured.unknown, 'record')} that are not there.")
