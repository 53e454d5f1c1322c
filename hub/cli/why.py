"""`hub why`: where a customer comes from, and why two records are or are not one customer."""

from __future__ import annotations

from collections.abc import Sequence
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
_EDGES = (
    Column("a", "record"),
    Column("b", "record"),
    Column("rule", "rule"),
    Column("bits", "bits", number=True),
    Column("evidence", "most of it"),
)
_REFUSED = (
    Column("a", "a"),
    Column("b", "b"),
    Column("guard", "guard"),
    Column("code", "code"),
    Column("about", "about"),
    Column("bits", "bits", number=True),
    Column("now", "now"),
    Column("other_customer", "other customer"),
)
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
_DESTINATIONS = tuple(
    Column(name, name) for name in ("connection", "state", "reason", "held_by", "code", "next_at")
)
_REASONS = (
    Column("connection", "connection"),
    Column("object", "object"),
    Column("field", "field"),
    Column("value", "holds"),
    Column("reason", "because", whole=True),
)
_DEALS = tuple(Column(name, name) for name in ("deal", "connection", "object", "state", "reason"))
_FROZEN = tuple(Column(name, name) for name in ("connection", "object", "field", "reason"))
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
    for standing in told["destinations"]:
        standing["fields"] = _reasons(app, view, standing, told)
    told["deals"] = _deals(app, view, told["customer_id"])
    app.output.item(told)
    if not app.output.json:
        _show(app, told)


def _show(app: App, told: dict[str, Any]) -> None:
    app.output.text(f"{told['customer_id']} ({told['status']}), found by {told['matched_by']}")
    sources = [{**source, "state": _state(source)} for source in told["sources"]]
    section(app, "Records", sources, _SOURCES)
    section(app, "Evidence that they are one", [_edge(edge) for edge in told["edges"]], _EDGES)
    if told["edges"]:
        app.output.note("`hub why RECORD RECORD` draws what a weight is made of.")
    section(app, "Refused and doubtful merges", [_refusal(one) for one in told["refused"]], _REFUSED)
    section(app, "Who won each field", [_field(field) for field in told["fields"]], _FIELDS)
    section(app, "Decisions in force", told["decisions"], _DECISIONS)
    section(app, "Destinations", told["destinations"], _DESTINATIONS)
    section(app, "Deals at destinations", told["deals"], _DEALS)
    fields = [{**one, **field} for one in told["destinations"] for field in one["fields"]]
    section(app, "Why destinations hold what they hold", fields, _REASONS)
    frozen = [{**one, **field} for one in told["destinations"] for field in one["frozen"]]
    section(app, "Fields that are not sent any more", frozen, _FROZEN)


def _deals(app: App, view: Lens, customer_id: str) -> list[dict[str, Json]]:
    """How their deals stand with each destination that is told of deals, and why one is not there."""
    from hub.errors import HubError
    from hub.sync.deal_rows import standings
    from hub.sync.outbox import Destination

    found: list[dict[str, Json]] = []
    for name in destinations(app):
        number = view.store.connections.find(name)
        try:
            to = Destination.of(app.engine.connected(name), number) if number is not None else None
        except HubError:  # its mapping is wrong now; a push or a doctor tells of it
            continue
        found += [one._asdict() for one in standings(view.store, to, customer_id)] if to else []
    return found


def _reasons(app: App, view: Lens, standing: dict[str, Any], told: dict[str, Any]) -> list[dict[str, Json]]:
    """Of each field that a destination holds of the customer, why it holds that."""
    from hub.errors import HubError
    from hub.insight.masking import mask_raw
    from hub.sync.outbox import Destination
    from hub.sync.reasons import reasons

    number = view.store.connections.find(standing["connection"])
    if number is None or not standing["object"] or standing["connection"] not in app.settings.connections:
        return []
    told_by = {
        field["field"]: f"{field['winner']['source']} says so ({field['rule']})"
        if field["winner"]
        else field["rule"]
        for field in told["fields"]
    }
    try:
        to = Destination.of(app.engine.connected(standing["connection"]), number)
        found = reasons(view.store, to, standing["object"], told["customer_id"], told_by)
    except HubError:  # its mapping is wrong now; a push or a doctor tells of it
        return []
    return [
        {
            "field": one.field,
            "value": mask_raw(one.value, one.field) if view.masked else one.value,
            "reason": one.sentence,
        }
        for one in found
    ]


def _state(source: dict[str, Json]) -> str:
    if not source["stale"]:
        return ""
    refused = source["refused"]
    return (
        f"old: {refused['code']} reject {refused['reject_id']}" if refused else "old: its latest was refused"
    )


def _edge(edge: dict[str, Any]) -> dict[str, Json]:
    from hub.cli.waterfall import briefly

    return {**edge, "bits": f"{edge['weight']:+.1f}", "evidence": briefly(edge)}


def _refusal(refusal: dict[str, Any]) -> dict[str, Json]:
    detail, bits = refusal["detail"], refusal["weight"]
    limit = f", limit {detail['limit']}" if "limit" in detail else ""
    return {
        **refusal,
        "about": f"{detail.get('type', '')}{limit}",
        "bits": "" if bits is None else f"{bits:+.1f}",
        "now": "one customer" if refusal["joined"] else "apart",
    }


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
    told_edges = [reason["edge"] for reason in told["reasons"] if "edge" in reason]
    if told["path"]:
        app.output.text("", "What ties them together" if told["same"] else "Evidence between them")
        _draw(app, told["path"])
        told_edges = [edge for edge in told_edges if edge not in told["path"]]
    elif told["same"]:
        app.output.text("  Both name the same record.")
    if told_edges:
        app.output.text("", "What they weigh")
        _draw(app, told_edges)


def _draw(app: App, edges: Sequence[dict[str, Any]]) -> None:
    from hub.cli.waterfall import waterfall

    for place, edge in enumerate(edges):
        app.output.text(*([""] if place else []), *waterfall(edge))


def _detail(reason: dict[str, Json]) -> str:
    """What to look up next."""
    if reason["kind"] in ("refused", "doubt"):
        about = _refusal(reason)["about"]
        return f" ({reason['code']}{': ' + about if about else ''})"
    if reason["kind"] == "different":
        decision = reason["decision"]
        return f" (decision {decision['id']} by {decision['actor']}: {decision['reason']})"
    return ""
