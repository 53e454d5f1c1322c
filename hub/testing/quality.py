"""How good a connector is, from what its conformance test found: a file beside the connector, a table of all of them.

    quality.json       {"kit": 1, "tier": "silver", "items": {"config": "done", "live": {"todo": "no account yet"}, …}}
    connectors/README.md   made of those files

`hub connectors test NAME --write` writes the file, `make quality` writes all of them and the table. A test of the kit
fails when the file says something else than the kit found, and one of the house when the table does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from hub.errors import HubError, NotFound

if TYPE_CHECKING:
    from hub.contract import Connector
    from hub.testing.conformance import Conformance
    from hub.testing.conformance_items import Outcome

FILE = "quality.json"
#: Changes when the kit asks so much more that an old result says little.
KIT = 1
#: Tier of a connector that has not all of bronze, and of one without a result.
NONE, UNKNOWN = "none", "untested"


def folder_of(connector: type[Connector]) -> Traversable | None:
    """Where a connector's papers are: its README, its quality; None for one that was made out of nothing."""
    folder = getattr(connector, "home", None)
    if folder is not None:
        return Path(folder)
    package = connector.__module__.rpartition(".")[0] or connector.__module__
    try:
        return files(package)
    except (TypeError, ModuleNotFoundError, ValueError):
        return None


def stored(connector: type[Connector]) -> dict[str, Any]:
    """What the file beside a connector says; empty without one."""
    folder = folder_of(connector)
    try:
        found = orjson.loads((folder / FILE).read_bytes()) if folder is not None else {}
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) and found.get("kit") == KIT else {}


def tier_of(report: Mapping[str, Outcome]) -> str:
    """The highest tier of which, with all below it, nothing is missing."""
    from hub.testing.conformance_items import ITEMS, TIERS

    reached = NONE
    for tier in TIERS:
        states = {report[name].state for name, item in ITEMS.items() if item.tier == tier}
        if not states <= {"done", "exempt"}:
            return reached
        reached = tier
    return reached


def as_json(report: Mapping[str, Outcome]) -> dict[str, Any]:
    """What is kept of a report: how each item stands, and why. How something failed is not for keeping."""
    items = {
        name: one.state if one.state in ("done", "failed") else {one.state: one.reason}
        for name, one in report.items()
    }
    return {"kit": KIT, "tier": tier_of(report), "items": items}


def write(case: type[Conformance]) -> Path:
    """Write the file beside a case's connector. Raises NotFound HUB-4704 where there is no folder for it."""
    connector = case.connector_class()
    folder = folder_of(connector)
    if not isinstance(folder, Path):
        raise NotFound("HUB-4704", f"{connector.name} has no folder of its own to write {FILE} into")
    text = orjson.dumps(as_json(case.report()), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    (folder / FILE).write_bytes(text)
    return folder / FILE


# --- the table -------------------------------------------------------------------------------------------------------

_HEAD = """\
# Connectors

Made by `make quality` from what the conformance tests found (`tests/connectors/`); what an item asks is in
[hub/testing/conformance_items.py](../hub/testing/conformance_items.py), how to write a connector in
[docs/your-first-connector.md](../docs/your-first-connector.md).

**bronze** reads all and goes on where it stopped, also after `kill -9` · **silver** reads what changed, is honest about
errors, keeps the vendor's limits · **gold** knows of deletions, writes safely, was seen on the real system.
Items: ✓ done · ○ to do · – does not concern it. Why is told below.
"""


_LEFT_OUT = """\

## Left out, and why

- **Zendesk Sell**: Zendesk retires it on 31 August 2027 and deletes its data then, so no connector is written for it. Zendesk
  names Pipedrive as the place to go: push to that (`pipedrive`, or any other CRM above) and move what Sell has by its own export,
  read as CSV (`tabular`); `hub push match` then finds who is there already. Who needs Sell until then can describe it as a
  connector without code: `POST /v2/contacts/upsert`, with `custom_fields[hub_id]` in the address as its key.
"""


def table(connectors: Iterable[type[Connector]]) -> str:
    """The page about all connectors."""
    found = sorted(connectors, key=lambda one: one.name)
    told = {one: stored(one) for one in found}
    parts = [_HEAD, _summary(told), *(_of_tier(tier, told) for tier in ("bronze", "silver", "gold"))]
    return "\n".join([*parts, "## Why", "", *_reasons(told)]) + "\n" + _LEFT_OUT


def _summary(told: Mapping[type[Connector], Mapping[str, Any]]) -> str:
    rows = [
        f"| [{one.name}]({one.name}/) | {one.title} | {_roles(one)} | {found.get('tier', UNKNOWN)} |"
        for one, found in told.items()
    ]
    return "\n".join(["| connector | system | can | tier |", "|---|---|---|---|", *rows, ""])


def _roles(connector: type[Connector]) -> str:
    able = connector.capabilities
    return ", ".join(role for role in ("source", "destination", "receiver") if getattr(able, role))


def _of_tier(tier: str, told: Mapping[type[Connector], Mapping[str, Any]]) -> str:
    from hub.testing.conformance_items import ITEMS

    items = [name for name, item in ITEMS.items() if item.tier == tier]
    heading = f"| {tier} | {' | '.join(name.replace('_', ' ') for name in items)} |"
    rows = [
        f"| {one.name} | {' | '.join(_mark(found['items'].get(name)) for name in items)} |"
        for one, found in told.items()
        if found
    ]
    return "\n".join([heading, "|---" * (len(items) + 1) + "|", *rows, ""])


def _mark(state: Any) -> str:
    if state == "done":
        return "✓"
    return "–" if isinstance(state, dict) and "exempt" in state else "○"


def _reasons(told: Mapping[type[Connector], Mapping[str, Any]]) -> Sequence[str]:
    """Only reasons that an author gave: that a form does not read by itself goes without saying."""
    from hub.testing.conformance_items import OWN_EXCUSES

    lines: list[str] = []
    for one, found in told.items():
        for name, state in found.get("items", {}).items():
            if state == "failed":
                lines.append(f"- {one.name}, {name.replace('_', ' ')}: to do: it fails")
            elif isinstance(state, dict):
                ((word, reason),) = state.items()
                if reason not in OWN_EXCUSES:
                    to_do = "to do: " if word == "todo" else ""
                    lines.append(f"- {one.name}, {name.replace('_', ' ')}: {to_do}{reason}")
    return lines


# --- finding cases -----------------------------------------------------------------------------------------------------


def cases(root: Path, name: str = "", *, below: str = "tests", case: str = "") -> list[type[Conformance]]:
    """The conformance tests in `test_conformance*.py` below a folder of `root`, of one connector or of all; `case`: only
    the class of that name.

    Raises NotFound HUB-4704 when there is none."""
    root = root.resolve()
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    files_found = sorted((root / below).rglob("test_conformance*.py"))
    found = [one for file in files_found for one in _cases_in(file.relative_to(root), name)]
    found = [one for one in found if case in ("", one.__name__)]
    wanted = [one for one in found if not name or one.connector_class().name == name]
    if not wanted:
        raise NotFound(
            "HUB-4704",
            f"no conformance test of {name or 'any connector'} is below {below}/",
            hint="It is a subclass of hub.testing.Conformance in a file test_conformance.py; "
            "`hub connectors new` writes one.",
        )
    return wanted


def _cases_in(file: Path, name: str) -> Iterator[type[Conformance]]:
    from hub.testing.conformance import Conformance

    try:
        module = import_module(".".join(file.with_suffix("").parts))
    except HubError:
        if not name:
            raise
        return  # a test of a connector that is not installed is not the one that is asked for
    for one in vars(module).values():
        is_case = isinstance(one, type) and issubclass(one, Conformance) and hasattr(one, "connector")
        if is_case and one.__module__ == module.__name__:
            yield one


def main() -> None:
    """`python -m hub.testing.quality`: runs all tests below tests/connectors, writes their files and the table.

    With `--table` only the table, from the files that are there."""
    from hub.plugins import load_plugins

    root = Path.cwd()
    for case in () if "--table" in sys.argv else cases(root, below="tests/connectors"):
        file = write(case)
        sys.stdout.write(f"{file.relative_to(root)}: {stored(case.connector_class())['tier']}\n")
    (root / "connectors" / "README.md").write_text(
        table(ours(load_plugins().connectors.values(), root)), encoding="utf-8"
    )
    sys.stdout.write("connectors/README.md\n")


def ours(connectors: Iterable[type[Connector]], root: Path) -> list[type[Connector]]:
    """Those that are in `connectors/` of a checkout."""
    here = root.resolve() / "connectors"
    return [one for one in connectors if (folder := folder_of(one)) and str(folder).startswith(str(here))]


if __name__ == "__main__":
    main()
