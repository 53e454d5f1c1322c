"""What `hub push match` does and shows: whose record is whose at a destination, before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.app import App
from hub.cli.looking import section
from hub.cli.output import Column, plural

if TYPE_CHECKING:
    from hub.models import Json
    from hub.sync.match_report import Report
    from hub.sync.match_step import MatchStep

_KINDS = (
    Column("kind", "kind"),
    Column("count", "how many", number=True),
    Column("meaning", "what that means"),
)
_FIELDS = (
    Column("field", "field"),
    Column("wins", "whose word"),
    Column("ours", "ours goes", number=True),
    Column("filled", "filled", number=True),
    Column("emptied", "emptied", number=True),
    Column("theirs", "theirs stays", number=True),
    Column("asked", "you are asked", number=True),
    Column("untold", "not told", number=True),
)
_PAIRS = tuple(
    Column(name, title)
    for name, title in (
        ("customer_id", "customer"), ("remote_id", "record"), ("by", "by"), ("field", "field"), ("before", "before"),
        ("after", "after"), ("becomes", "which is"),
    )
)  # fmt: skip
_DOUBTFUL = tuple(
    Column(name, title)
    for name, title in (("customer_id", "customer"), ("why", "why"), ("records", "records"))
)
_WHY = {"several": "several records fit it", "contested": "its record fits others, or is another's"}


def links(app: App, step: MatchStep, object_: str, link: Sequence[str], unlink: Sequence[str]) -> None:
    """Links and unlinks what a person names, all of it or up to the first mistake."""
    import click

    from hub.cli import deciding
    from hub.insight.lookup import one

    for pair in link:
        key, mark, remote_id = pair.rpartition("=")
        if not (mark and key and remote_id):
            raise click.UsageError(
                "--link takes CUSTOMER=REMOTE: a customer as for `hub why`, and the record's id there"
            )
        customer_id = one(app.store, key).customer_id
        step.link(deciding.user(), object_, customer_id, remote_id)
        _tell(app, step, "linked", customer_id, remote_id)
    for key in unlink:
        customer_id = one(app.store, key).customer_id
        step.unlink(deciding.user(), object_, customer_id)
        _tell(app, step, "unlinked", customer_id, None)


def _tell(app: App, step: MatchStep, word: str, customer_id: str, remote_id: str | None) -> None:
    item = {
        "type": "push_link",
        "action": word,
        "connection": step.name,
        "customer_id": customer_id,
        "remote_id": remote_id,
    }
    app.output.item(item)
    app.output.text(f"{word}: {' '.join(filter(None, (customer_id, remote_id)))}")


def match(app: App, step: MatchStep, object_: str, *, accept: bool, reveal: bool) -> int:
    """Shows how both sides meet; accept: and remembers it. 5 where a person has to say whose is whose."""
    from hub.cli import deciding

    done: list[tuple[Report, Counter[str]]]
    if accept:
        done = step.accept(deciding.user(), object_)
    else:
        done = [(report, Counter()) for report in step.look(object_)]
    for report, accepted in done:
        told = _told(step.name, report, accepted if accept else None, reveal=reveal)
        app.output.item(told)
        if not app.output.json:
            _show(app, told)
    doubtful = sum(report.several + report.contested for report, _ in done)
    return 5 if accept and doubtful else 0


def _told(name: str, report: Report, accepted: Mapping[str, int] | None, *, reveal: bool) -> dict[str, Json]:
    from hub.sync.match_report import ENDS, names

    return {
        "type": "push_match",
        "connection": name,
        "object": report.object,
        "matched_by": list(report.levels),
        "listed": report.listed,
        "customers": report.ours,
        "records": report.theirs if report.listed else None,
        "linked": report.linked,
        "missing": report.missing,
        "unlinked": report.unlinked,
        "exact": report.exact,
        "exact_by": dict(report.by),
        "exact_same": report.same,
        "several": report.several,
        "contested": report.contested,
        "only_here": report.only_here,
        "only_there": report.only_there if report.listed else None,
        "fields": [
            {"field": field, "wins": report.wins[field], **{end: report.fields[field][end] for end in ENDS}}
            for field in names(report)
        ],
        "samples": _samples(report, reveal=reveal),
        "accepted": None if accepted is None else dict(accepted),
    }


def _samples(report: Report, *, reveal: bool) -> dict[str, Json]:
    from hub.insight.masking import mask_raw
    from hub.sync.match_report import end

    def shown(value: Any, name: str) -> Json:
        return value if reveal else mask_raw(value, name)

    def record(fields: Mapping[str, Any]) -> dict[str, Json]:
        return {name: shown(value, name) for name, value in fields.items() if value not in (None, "", [])}

    return {
        "exact": [
            {
                "customer_id": pair.customer_id,
                "remote_id": pair.remote_id,
                "by": pair.by,
                "fields": [
                    {
                        "field": name,
                        "before": shown(pair.theirs.get(name), name),
                        "after": shown(fate.value, name),
                        "becomes": end(name, fate, pair.theirs),
                    }
                    for name, fate in pair.fates.items()
                ],
            }
            for pair in report.pairs
        ],
        "doubtful": [
            {"customer_id": customer_id, "why": why, "remote_ids": list(remote_ids)}
            for customer_id, why, remote_ids in report.doubtful
        ],
        "only_here": [{"customer_id": id_, "fields": record(fields)} for id_, fields in report.here],
        "only_there": [{"remote_id": id_, "fields": record(fields)} for id_, fields in report.there],
    }


def _show(app: App, told: dict[str, Any]) -> None:
    output = app.output
    records = (
        f"{told['records']:,} records there" if told["listed"] else "what is there was asked for one by one"
    )
    output.text(
        f"{told['object']} of {told['connection']}: {plural(told['customers'], 'customer')}, {records}, compared by "
        f"{', '.join(told['matched_by'])}"
    )
    output.rows(_kinds(told), _KINDS)
    section(app, "Who wins each field of what is one to one", told["fields"], _FIELDS)
    pairs = [{**pair, **field} for pair in told["samples"]["exact"] for field in pair["fields"]]
    section(app, "Before and after", pairs, _PAIRS)
    doubtful = [
        {**one, "why": _WHY[one["why"]], "records": " ".join(one["remote_ids"])}
        for one in told["samples"]["doubtful"]
    ]
    section(app, "Nobody can tell", doubtful, _DOUBTFUL)
    for title, kind, id_ in (
        ("Only here", "only_here", "customer_id"),
        ("Only there", "only_there", "remote_id"),
    ):
        rows = [{"id": one[id_], **one["fields"]} for one in told["samples"][kind]]
        names = list(dict.fromkeys(name for row in rows for name in row))
        section(app, title, rows, [Column(name, name) for name in names])
    _advise(app, told)


def _kinds(told: dict[str, Any]) -> list[dict[str, Json]]:
    by = ", ".join(f"{count:,} by {name}" for name, count in told["exact_by"].items())
    rows = (
        (
            "linked already",
            told["linked"],
            f"{told['missing']:,} of them are not there any more" if told["missing"] else "",
        ),
        ("one to one", told["exact"], f"{by}; {told['exact_same']:,} the same in every field" if by else ""),
        ("several there", told["several"], "never linked by itself" if told["several"] else ""),
        (
            "contested",
            told["contested"],
            "one record for several customers: never linked by itself" if told["contested"] else "",
        ),
        ("only here", told["only_here"], "would be created"),
        ("only there", "unknown" if told["only_there"] is None else told["only_there"], "left as they are"),
        ("unlinked", told["unlinked"], "by a person: nothing is sent"),
    )
    return [
        {"kind": kind, "count": count, "meaning": meaning}
        for kind, count, meaning in rows
        if count or kind not in ("unlinked", "linked already")
    ]


def _advise(app: App, told: dict[str, Any]) -> None:
    name, accepted = told["connection"], told["accepted"]
    if accepted is not None:
        app.output.note(
            f"{plural(accepted.get('linked', 0), 'record')} linked. `hub push {name}` sends what differs."
        )
    elif told["exact"] or told["several"] or told["contested"]:
        app.output.note(f"Nothing was written. `hub push match {name} --accept` links what is one to one.")
    if told["several"] or told["contested"]:
        app.output.note(f"`hub push match {name} --link CUSTOMER=RECORD` says whose a record is.")
