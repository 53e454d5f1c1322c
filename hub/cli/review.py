"""`hub review`: merges that need a person's eye."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.app import App, Group, pass_app
from hub.cli.looking import lens, mask_option
from hub.cli.output import plural

#: What each guard has against a merge; told of the two records.
_GUARDS = {
    "doubt": "a close call",
    "exclusive": "they differ in {type}, of which a customer has one",
    "limit": "together they would have {would_be} values of {type}; {limit} may be",
    "component_cap": "{records} records hang together; at most {cap} are looked at",
    "evidence": "what they tell contradicts itself",
    "contradiction": "somebody said that they are one, but another decision is against it",
}


@click.group("review", cls=Group)
def review() -> None:
    """Merges that were refused, and those that are doubtful: look and decide."""


@review.command(
    "list",
    examples=("hub review list", "hub review list --limit 100 --json"),
    exits=(0, 3, 9),
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")
@mask_option
@pass_app
def list_items(app: App, limit: int, mask: bool) -> None:
    """What is most worth a look, first.

    That is what is most doubtful and concerns most records: the records of both sides, divided by one and the distance in
    bits between their mean weight and the weight that it takes. What was decided is not shown again.
    """
    from hub.insight.review import count, queue

    view = lens(app, masked=mask)
    items = queue(view, limit)
    for item in items:
        app.output.item(item)
        if not app.output.json:
            app.output.text(*_lines(item), "")
    if not items:
        app.output.note("There is nothing to review.")
    elif len(items) == limit and (rest := count(view) - limit) > 0:
        app.output.note(f"About {plural(rest, 'more', 'more')}: `--limit` shows more.")


def _lines(item: dict[str, Any]) -> list[str]:
    now = "one customer now" if item["joined"] else "two customers now"
    why = _GUARDS.get(item["guard"], item["guard"]).format_map(_Known(item["detail"]))
    lines = [f"{item['id']}  {now}, {plural(item['size'], 'record')}, {item['mean']:+.1f} bits: {why}"]
    lines += [f"    {_side(item[side], joined=item['joined'])}" for side in ("a", "b")]
    for words, told in (("for", _strongest(item, 1)), ("against", _strongest(item, -1))):
        if told:
            lines.append(f"    {words}: {told}")
    return lines


class _Known(dict[str, Any]):
    """What a refusal tells; what it does not tell is left open."""

    def __missing__(self, name: str) -> str:
        return "…"


def _side(side: dict[str, Any], *, joined: bool) -> str:
    fields = side["fields"]
    name = fields.get("full_name") or " ".join(
        filter(None, (fields.get("given_name"), fields.get("family_name")))
    )
    told = [
        name or fields.get("organization_name"),
        fields.get("email"),
        fields.get("phone"),
        fields.get("birth_date"),
    ]
    others = 0 if joined else len(side["sources"]) - 1
    beside = f" (and {plural(others, 'other record')})" if others else ""
    return f"{side['record']}  {', '.join(filter(None, told))}{beside}"


def _strongest(item: dict[str, Any], sign: int) -> str:
    """The three comparisons that say most for it (1), or against it (-1)."""
    levels = item["levels"]
    told = sorted(
        ((bits, name) for name, bits in item["weights"].items() if name in levels and bits * sign > 0),
        key=lambda pair: -abs(pair[0]),
    )
    return ", ".join(
        f"{name.replace('_', ' ')} {levels[name].replace('_', ' ')} {bits:+.1f}" for bits, name in told[:3]
    )


@review.command(
    "decide",
    examples=(
        "hub review decide 12-57 same",
        'hub review decide 12-57 different --reason "father and son" --dry-run',
    ),
    exits=(0, 3, 5, 8, 9),
)
@click.argument("item", metavar="ID")
@click.argument("answer", type=click.Choice(["same", "different"]))
@click.option("--reason", default="reviewed", show_default=True, help="Why; kept with the decision.")
@click.option("--actor", default="", help="Who decides; default: the user of this machine.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@pass_app
def decide(app: App, item: str, answer: str, reason: str, actor: str, dry_run: bool) -> None:
    """Say whether the two of an item of `hub review list` are the same person, or different ones.

    The decision is kept for ever, or until `hub customers undo` takes it back, and the item is closed with it.
    """
    from hub.cli import deciding
    from hub.insight.review import decisions

    made = decisions(lens(app, masked=False), item, answer, actor or deciding.user(), reason)
    deciding.decide(app, made, dry_run=dry_run)
