"""`hub identity`: how well records are told to be one customer, and by which model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.looking import mask_option

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("identity", cls=Group)
def identity() -> None:
    """Who is who: evaluate, train and look at the model that decides it."""


def _fields(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [value.partition("=") for value in values]
    for name, mark, column in pairs:
        if not (name and mark and column):
            raise click.BadParameter("write FIELD=COLUMN", ctx, param)
    return [(name.strip(), column) for name, _, column in pairs]


_report_option = click.option("--report", type=_FILE, help="Write a report for people: one HTML file.")
_dry_run = click.option("--dry-run", is_flag=True, help="Only show what would change.")


@identity.command(
    "evaluate",
    examples=(
        "hub identity evaluate --records people.csv --truth truth.csv --out customers.csv",
        "hub identity evaluate --records people.parquet --id No --field full_name=Name --field email=Mail "
        "--field birth_date='{year}-{month}-{day}' --json",
        "hub identity evaluate --policy stricter.yaml --report report.html",
    ),
    exits=(0, 3, 9),
)
@click.option(
    "--records", type=_FILE, help="People: CSV, JSON lines or Parquet; default: the project's store."
)
@click.option("--truth", type=_FILE, help="Who they really are: a column of ids and one that names persons.")
@click.option(
    "--field", "fields", multiple=True, callback=_fields, metavar="FIELD=COLUMN",
    help="What a column holds, such as email=Mail; a field may come several times. COLUMN may be a template of columns: "
    "'{year}-{month}-{day}'. attribute:NAME=COLUMN compares any other column as it is. Default: columns that are "
    "called like fields.",
)  # fmt: skip
@click.option(
    "--id", "id_column", metavar="COLUMN", help="What tells records apart; default: record_id or id."
)
@click.option(
    "--truth-id", metavar="COLUMN",
    help="The same in the truth; default: as in the records. Of a store's records it holds connection/type/id.",
)  # fmt: skip
@click.option(
    "--truth-person", metavar="COLUMN", help="Who that is; default: person_id, or the only other column."
)
@click.option("--region", metavar="COUNTRY", help="Where phone numbers without country code are, such as US.")
@click.option("--out", type=_FILE, help="Write who is who: CSV of record_id, customer_id.")
@_report_option
@click.option(
    "--model", type=_FILE,
    help="Take this model; default: one that is trained on these records, of the store the one in force.",
)  # fmt: skip
@click.option("--policy", type=_FILE, help="An identity.yaml; default: that of the project, if there is one.")
@click.option(
    "--exclusive", multiple=True, metavar="TYPE",
    help="An identifier of which a person has one only, never mistyped, such as user_id: records that differ in it are "
    "never joined.",
)  # fmt: skip
@mask_option
@pass_app
def evaluate(app: App, /, **options: Any) -> None:
    """Tell who is who among the records of a file, and how good that is.

    From scratch and without labels: the model is trained on these records alone, and the truth is looked at only to
    measure. Without --truth, sizes and what the model expects of itself are told.

    Without --records: what the present identity.yaml, another --policy or another --model would change in the project's
    store. Nothing is written.
    """
    mask = options.pop("mask")
    if options["records"] is not None:
        from hub.cli import evaluating

        evaluating.of_file(app, **options)
        return
    from hub.cli import modelling

    for name, option in (
        ("fields", "--field"), ("id_column", "--id"), ("region", "--region"), ("out", "--out"), ("exclusive", "--exclusive"),
    ):  # fmt: skip
        if options.pop(name):
            raise click.UsageError(f"{option} goes with --records.")
    del options["records"]
    modelling.of_store(app, mask=mask, **options)


@identity.command(
    "train",
    examples=("hub identity train --dry-run", "hub identity train --report report.html --json"),
    exits=(0, 3, 8, 9),
)
@click.option(
    "--prior-only",
    is_flag=True,
    help="Keep all weights; only tell anew how many records of one person there are.",
)
@click.option(
    "--from", "start", metavar="FILE",
    help="Take the weights of a model file instead of training; `shipped` for the model every project begins with.",
)  # fmt: skip
@click.option("--name", default="trained", show_default=True, help="What to call the model.")
@click.option("--out", type=_FILE, help="Write the model to a file as well.")
@_report_option
@_dry_run
@mask_option
@pass_app
def train(app: App, /, **options: Any) -> None:
    """Fit the model to the store's own records, without labels, and take it into use.

    What it changes is told, and all customers are decided anew by it; decisions that people made hold. Levels that no pair
    reached stay as they were, and are named.
    """
    from hub.cli import modelling

    if options["prior_only"] and options["start"]:
        raise click.UsageError("--prior-only and --from exclude each other.")
    modelling.train(app, **options)


@identity.command(
    "rebuild",
    examples=("hub identity rebuild", "hub identity rebuild --json"),
    exits=(0, 3, 8, 9),
)
@_dry_run
@mask_option
@pass_app
def rebuild(app: App, dry_run: bool, mask: bool) -> None:
    """Decide all customers anew from their records, by the identity.yaml and the model in force.

    A sync does that by itself after identity.yaml changed. Where nothing changed, nothing changes.
    """
    from hub.cli import modelling

    modelling.rebuild(app, dry_run=dry_run, mask=mask)


@identity.command(
    "model",
    examples=("hub identity model", "hub identity model --out model.json"),
    exits=(0, 3, 9),
)
@click.option("--out", type=_FILE, help="Write it to a file, for `train --from` and `evaluate --model`.")
@pass_app
def model(app: App, out: Path | None) -> None:
    """Show the model in force: what each level of agreement says, in bits."""
    from hub.cli import model_told

    model_told.show_model(app, out)


@identity.command(
    "report",
    examples=("hub identity report", "hub identity report --html report.html"),
    exits=(0, 3, 9),
)
@click.option("--html", type=_FILE, help="Write it as a page: one file that stands alone.")
@pass_app
def report(app: App, html: Path | None) -> None:
    """What the model in force does to the store's records: expected precision and recall, and what keys find whom."""
    from hub.cli import model_told

    model_told.report_store(app, html)
