"""`hub why`: where a customer comes from, and why two records are or are not one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.app import App, Command, pass_app
from hub.cli.looking import destinations, lens, mask_option, section
from hub.cli.output import Column

if TYPE_CHECKING:
    from hub.insight.lens import Lens
    from hub.models import Json

_SOURCES = (
    Column("key", "record"),
    Column("stream", "stream"),
    Column("first_seen", "first seen"),
    Column("linked_by", "linked by"),
    Column("state", "state"),
)
_EDGES = (Column("a", "record"), Column("b", "record"), Column("evidence", "evidence (bits)"))
_REFUSED = tuple(Column(name, name) for name in ("a", "b", "guard", "code", "about", "other_customer"))
_FIELDS = (
    Column("field", "field"),
    Column("value", "value"),
    Column("rule", "rule"),
    Column("winner", "from"),
    Column("losers", "instead of"),
)
_DECISIONS = (
    Column("id", "decision", number=True),
    *(Column(name, name) for name in ("kind", "a", "b", "field", "value", "actor", "reason")),
)
_DESTINATIONS = tuple(Column(name, name) for name in ("connection", "state", "reason", "code", "next_at"))
_TRACES = tuple(
    Column(name, name)
    for name in ("connection", "stream", "key", "state", "code", "message", "path", "where")
)


@click.command(
    "why",
    cls=Command,
    examples=("hub why anna@example.com", "hub why shop/customer/7 desk/user/12 --json"),
    exits=(0, 3, 9),
)
@click.argument("key", metavar="KEY")
@click.argument("other", metavar="[KEY2]", required=False, default="")
@mask_option
@pass_app
def why(app: App, key: str, other: str, mask: bool) -> None:
    """Why a customer is as it is; with KEY2, why both are or are not one customer.

    KEY is an e-mail address, a phone number, a customer's id, connection/type/id, an id in a connected system or any
    identifier. All is told as it was decided: records, evidence, merges that were refused, who won each field, decisions,
    destinations. A record that is no customer yet is told with its reason.
    """
    view = lens(app, masked=mask)
    if other:
        _why_pair(app, view, key, other)
    else:
        _why_one(app, view, key)


def _why_one(app: App, view: Lens, key: str) -> None:
    from hub.insight.lookup import lookup, one
    from hub.insight.record import traces
    from hub.insight.why import why

    if not lookup(view.store, key) and (rows := traces(view, key)):
        app.output.item({"customer_id": None, "rows": rows})
        app.output.text("No customer has this; these records do, and so far did not become one.")
        section(app, "Records", rows, _TRACES)
        return
    told = why(view, one(view.store, key), destinations(app))
    app.output.item(told)
    if not app.output.json:
        _show(app, told)


def _show(app: App, told: dict[str, Any]) -> None:
    app.output.text(f"{told['customer_id']} ({told['status']}), found by {told['matched_by']}")
    sources = [{**source, "state": _state(source)} for source in told["sources"]]
    section(app, "Records", sources, _SOURCES)
    section(app, "Evidence that they are one", [_edge(edge) for edge in told["edges"]], _EDGES)
    section(app, "Merges that were refused", [_refusal(one) for one in told["refused"]], _REFUSED)
    section(app, "Who won each field", [_field(field) for field in told["fields"]], _FIELDS)
    section(app, "Decisions in force", told["decisions"], _DECISIONS)
    section(app, "Destinations", told["destinations"], _DESTINATIONS)


def _state(source: dict[str, Json]) -> str:
    if not source["stale"]:
        return ""
    refused = source["refused"]
    return (
        f"old: {refused['code']} reject {refused['reject_id']}" if refused else "old: its latest was refused"
    )


def _edge(edge: dict[str, Json]) -> dict[str, Json]:
    return {**edge, "evidence": ", ".join(f"{rule} {bits:g}" for rule, bits in edge["weights"].items())}


def _refusal(refusal: dict[str, Json]) -> dict[str, Json]:
    detail = refusal["detail"]
    about = detail.get("type") or detail.get("rule") or ""
    limit = f", limit {detail['limit']}" if "limit" in detail else ""
    return {**refusal, "about": f"{about}{limit}"}


def _field(field: dict[str, Json]) -> dict[str, Json]:
    winner = field["winner"]
    losers = "; ".join(f"{_plain(loser['value'])} ({loser['source']})" for loser in field["losers"])
    return {**field, "winner": winner["source"] if winner else "", "losers": losers}


def _plain(value: Json) -> str:
    from hub.cli.output import cell

    return cell(value)


def _why_pair(app: App, view: Lens, key: str, other: str) -> None:
    from hub.insight.lookup import one
    from hub.insight.pair import why_pair

    told = why_pair(view, one(view.store, key), one(view.store, other))
    app.output.item(told)
    if app.output.json:
        return
    a, b = told["a"]["customer_id"], told["b"]["customer_id"]
    app.output.text(f"One customer: {a}" if told["same"] else f"Two customers: {a} and {b}")
    app.output.text(*(f"  {reason['text']}{_detail(reason)}" for reason in told["reasons"]))
    if told["path"]:
        title = "What ties them together" if told["same"] else "Evidence between them"
        section(app, title, [_edge(edge) for edge in told["path"]], _EDGES)
    elif told["same"]:
        app.output.text("  Both name the same record.")


def _detail(reason: dict[str, Json]) -> str:
    """What to look up next."""
    if reason["kind"] == "refused":
        about = _refusal(reason)["about"]
        return f" ({reason['code']}{': ' + about if about else ''})"
    if reason["kind"] == "different":
        decision = reason["decision"]
        return f" (decision {decision['id']} by {decision['actor']}: {decision['reason']})"
    return ""
