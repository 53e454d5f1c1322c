"""`hub connectors new` and `test`: for those who write connectors."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Command, pass_app
from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_items import Outcome

_ITEMS = (
    Column("item", "item"),
    Column("tier", "tier"),
    Column("state", "state"),
    Column("reason", "why"),
)


@click.command(
    "new",
    cls=Command,
    examples=("hub connectors new acme", "hub connectors new acme --python"),
    exits=(0, 3),
)
@click.argument("name")
@click.option(
    "--python", is_flag=True, help="A class in Python; default: a manifest (connector.yaml), without code."
)
@click.option(
    "--to",
    "parent",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to make it in; default: here.",
)
@pass_app
def new_connector(app: App, name: str, python: bool, parent: Path) -> None:
    """A package with connector NAME, a fake of its vendor, and a conformance test that passes."""
    from hub.cli.scaffolding import scaffold

    made = scaffold(name, parent, python=python)
    for path in made:
        app.output.item({"type": "made", "file": str(path)})
        app.output.text(f"made {path}")
    app.output.note("", f"Next: `cd {made[0].parents[1]}` and `hub connectors test {name}`.")


@click.command(
    "test",
    cls=Command,
    examples=("hub connectors test acme", "hub connectors test acme --item resumes"),
    exits=(0, 2, 5),
)
@click.argument("name")
@click.option("--item", "items", multiple=True, help="Only this item of the kit; may be repeated.")
@click.option(
    "--case", "case_name", default="", help="Which test class, where there are several; default: the first."
)
@click.option("--write", is_flag=True, help="Keep the result beside the connector (quality.json).")
@click.option(
    "--below",
    default="tests",
    show_default=True,
    help="Folder, below this one, in which its test_conformance.py is.",
)
@pass_app
def try_connector(
    app: App, name: str, items: tuple[str, ...], case_name: str, write: bool, below: str
) -> int:
    """Run the conformance kit on connector NAME, from the folder that holds its tests."""
    from hub.testing import quality

    sys.dont_write_bytecode = True
    if write and items:
        raise click.UsageError("--write keeps the result of a whole run: leave --item away.")
    (case, *_) = quality.cases(Path.cwd(), name, below=below, case=case_name)
    report = dict(_reported(app, case, items))
    failed = sum(1 for one in report.values() if one.state == "failed")
    if items:
        return 5 if failed else 0
    tier = quality.tier_of(report)
    app.output.item({"type": "summary", "connector": name, "tier": tier, "failed": failed})
    counts = ", ".join(f"{sum(1 for one in report.values() if one.state == state)} {state}"
                       for state in ("done", "exempt", "todo", "failed"))  # fmt: skip
    app.output.text("", f"{name}: {tier} ({counts})")
    if write:
        app.output.text(f"wrote {quality.write(case).name}")
    return 5 if failed else 0


def _reported(app: App, case: type[Conformance], items: tuple[str, ...]) -> Iterator[tuple[str, Outcome]]:
    """Looks at the items one by one, and tells each."""
    from hub.testing.conformance_items import ITEMS

    unknown = [item for item in items if item not in ITEMS]
    if unknown:
        raise click.UsageError(f"The kit has no item {unknown[0]!r}. It has: {', '.join(ITEMS)}.")
    rows: list[Mapping[str, Any]] = []
    for name in items or ITEMS:
        outcome = case.outcome(name)
        rows.append(
            {"item": name, "tier": ITEMS[name].tier, "state": outcome.state, "reason": outcome.reason}
        )
        yield name, outcome
    app.output.rows(rows, _ITEMS)
