"""The report as one HTML file for people: everything in it, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hub.insight.charts import Bar, columns, curves, weight_bar

Told = Mapping[str, Any]

_STYLE = """
:root { --page: #fff; --ink: #1d2433; --soft: #5b6577; --line: #dfe3ea; --for: #2563c9; --against: #c2571a; --two: #2b8a57; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14181f; --ink: #e6e9ef; --soft: #9aa5b8; --line: #2d3542; --for: #6ea0ff; --against: #f0935a;
          --two: #6fcf97; }
}
body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
       max-width: 56rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
p { max-width: 46rem } .soft { color: var(--soft) }
.cards { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0; padding: 0; list-style: none }
.cards li { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 7rem }
.cards b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums }
table { border-collapse: collapse; min-width: 22rem; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .18rem .6rem .18rem 0; border-bottom: 1px solid var(--line); font-weight: normal }
thead th { color: var(--soft); font-size: .85rem; vertical-align: bottom } td.n, th.n { text-align: right }
tbody th, td { white-space: nowrap } .wide { overflow-x: auto } tr.first > * { border-top: 2px solid var(--line) } tr.here > * { font-weight: bold } td + td { padding-left: 1rem }
svg.chart { width: 100%; height: auto } svg.weight { width: 11rem; height: 14px; display: block }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft) }
.for { fill: var(--for) } .against { fill: var(--against) } .axis { stroke: var(--soft) } .grid { stroke: var(--line) }
.stop { stroke: var(--ink); stroke-dasharray: 4 3 } .one, .two { fill: none; stroke-width: 2 }
.one { stroke: var(--for) } .two { stroke: var(--two) }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .3em }
.untrained { color: var(--soft); font-style: italic }
details { margin: .6rem 0 } summary { cursor: pointer; color: var(--soft) }
@media print { details > * { display: block } }
"""

#: What each kind of pair is called that weights are against.
_AGAINST = {
    "bits": "any two people",
    "household": "people of one household",
    "namesake": "people of one name",
}


def page(told: Told) -> str:
    """The whole page, of what `report` tells, with `truth` in it where that is known."""
    sections = [
        *_summary(told), *_weights(told), *_untrained(told), *_histogram(told), *_stops(told), *_blocks(told),
        *_sizes(told), *_model(told),
    ]  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Who is who: report</title><style>{_STYLE}</style></head><body><main>"
        + "\n".join(sections)
        + "</main></body></html>\n"
    )


# --- parts ---------------------------------------------------------------------------------------------------------


def _summary(told: Told) -> Iterator[str]:
    expected = told["expected"]
    yield "<h1>Who is who</h1>"
    yield f'<p class="soft">Model {escape(told["model"]["name"])}, version {escape(told["model"]["version"])}</p>'
    cards = [
        (f"{told['records']:,}", "records"),
        (f"{told['customers']:,}", "customers"),
        (f"{told['pairs']:,}", "pairs compared"),
        (f"{told['links']:,}", "links"),
        (_percent(expected["precision"]), "of the links are right, as the model expects"),
        (_percent(expected["recall"]), "of the true pairs compared are links, as it expects"),
    ]
    if told["block_recall"] is not None:
        cards.append((_percent(told["block_recall"]), "of all true pairs are compared, as estimated"))
    yield _cards(cards)
    truth = told.get("truth")
    if truth:
        yield "<h2>Against the truth</h2>"
        rows = [
            [name, *(f"{truth[key][part]:.4f}" for part in ("precision", "recall", "f1"))]
            for key, name in (("pairwise", "pairs of records"), ("b_cubed", "records (B-cubed)"))
        ]
        yield _table(["measured", "precision", "recall", "F1"], rows)
        yield f"<p>{truth['records']:,} records of {truth['people']:,} people were measured.</p>"


def _weights(told: Told) -> Iterator[str]:
    weights = told["weights"]
    most = max(8.0, max((abs(one["bits"]) for one in weights), default=8.0))
    others = list(dict.fromkeys(name for one in weights for name in one["against"]))
    yield "<h2>What each level of agreement says</h2>"
    yield (
        "<p>In bits: one bit more makes it twice as likely that two records are one person, one less half as likely. "
        f"{_swatch('for')}for one person, {_swatch('against')}against. A shared value that is rare says more than "
        "this, a common one less. What two people of a household or of one name share says less: the further "
        "columns.</p>"
    )
    head = ["field", "level", "", f"against {_AGAINST['bits']}"]
    head += [f"against {_AGAINST.get(name, name)}" for name in others]
    head += ["true pairs that reach it", "seen in training"]
    rows = [_weight_row(one, before, most, others) for one, before in _with_previous(weights)]
    yield (
        f"<table><thead><tr>{''.join(_th(text, number=place > 2) for place, text in enumerate(head))}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _with_previous(weights: Sequence[Told]) -> Iterator[tuple[Told, str]]:
    before = ""
    for one in weights:
        yield one, before
        before = one["comparison"]


def _weight_row(one: Told, before: str, most: float, others: Sequence[str]) -> str:
    first = one["comparison"] != before
    classes = " ".join(["first"] * first + ["untrained"] * (not one["trained"]))
    seen = "" if one["seen"] is None else f"{one['seen']:,.0f}" if one["trained"] else "none"
    numbers = [_bits(one["bits"]), *(_bits(one["against"][name]) for name in others)]
    numbers += [f"{one['match']:.2%}", seen]
    cells = "".join(f'<td class="n">{text}</td>' for text in numbers)
    name = _plain(one["comparison"]) if first else ""
    return (
        f'<tr class="{classes}"><th scope="row">{name}</th><td>{_plain(one["level"])}</td>'
        f"<td>{weight_bar(one['bits'], most)}</td>{cells}</tr>"
    )


def _untrained(told: Told) -> Iterator[str]:
    yield "<h2>Levels that training never saw</h2>"
    if told["untrained"]:
        names = ", ".join(_plain(name) for name in told["untrained"])
        yield f"<p>{names}. They stay as they were before, and are set in italics above.</p>"
    else:
        yield "<p>None.</p>"


def _histogram(told: Told) -> Iterator[str]:
    bins = told["histogram"]
    yield "<h2>Pairs by weight</h2>"
    if not bins:
        yield "<p>No pairs were compared.</p>"
        return
    yield (
        "<p>All pairs that were compared, by the weight of all their evidence together, in bits; the scale of numbers is "
        f"logarithmic. {_swatch('for')}share of one person, as the model expects, {_swatch('against')}share of two. "
        "Pairs right of the dashed line are links.</p>"
    )
    bars = [
        Bar(
            one["from"], one["to"], one["pairs"], one["true"] / one["pairs"],
            f"{one['from']:+g} to {one['to']:+g} bits: {one['pairs']:,} pairs, {one['true']:,.1f} of one person",
        )
        for one in bins
    ]  # fmt: skip
    stop = told["model"]["linking"]["stop"]
    yield columns(bars, "Compared pairs by weight", mark=stop, mark_text=f"stop {stop:+.2g}")
    rows = [
        [f"{one['from']:+g} to {one['to']:+g}", f"{one['pairs']:,}", f"{one['true']:,.1f}"] for one in bins
    ]
    yield _folded("As a table", _table(["bits", "pairs", "of one person, as expected"], rows))


def _stops(told: Told) -> Iterator[str]:
    stops = told["stops"]
    here = told["model"]["linking"]["stop"]
    yield "<h2>What another stop would do</h2>"
    yield (
        f"<p>{_swatch('for')}precision, {_swatch('two')}recall of the links, as the model expects, by the weight from which "
        "pairs are links. Recall is among the pairs that were compared.</p>"
    )
    yield curves(
        [(one["stop"], one["precision"]) for one in stops],
        [(one["stop"], one["recall"]) for one in stops],
        "Expected precision and recall by stop",
        mark=here,
    )
    rows = [
        [f"{one['stop']:+.3g}", f"{one['links']:,}", _percent(one["precision"]), _percent(one["recall"])]
        for one in stops
    ]
    marked = {n for n, one in enumerate(stops) if one["stop"] == here}
    yield _folded("As a table", _table(["stop", "links", "precision", "recall"], rows, marked))


def _blocks(told: Told) -> Iterator[str]:
    yield "<h2>Which keys find whom</h2>"
    yield (
        "<p>Two records are compared when they share a key. True pairs are as the model expects; those that only one kind "
        "of key finds would be missed without it. A retired key is one that so many records share that it proposes "
        "nobody.</p>"
    )
    rows = [
        [escape(one["key"].replace("+", " + ")), *(f"{one[name]:,.0f}" for name in ("keys", "retired", "pairs", "true", "only"))]
        for one in told["blocks"]
        if one["keys"]
    ]  # fmt: skip
    yield _table(["key", "shared keys", "retired", "pairs", "true pairs", "only by it"], rows)
    if told["block_recall"] is None:
        yield "<p>How many true pairs no key finds cannot be told from these records.</p>"
    else:
        yield (
            f"<p>All together find {_percent(told['block_recall'])} of the true pairs, as estimated from how often fields "
            "differ in pairs that other fields found, and from how often fields are known at all.</p>"
        )


def _sizes(told: Told) -> Iterator[str]:
    yield "<h2>Records of a customer</h2>"
    sizes = told["sizes"]
    last = sizes[-1]["records"] if sizes else 0
    rows = [
        [f"{one['records']}{' or more' if one['records'] == last >= 10 else ''}", f"{one['customers']:,}"]
        for one in sizes
    ]
    yield _table(["records", "customers"], rows)
    yield f"<p>{told['retired']:,} identifiers joined nobody, because so many have them.</p>"


def _model(told: Told) -> Iterator[str]:
    yield "<h2>The model's other numbers</h2>"
    rows = [
        [_plain(name), f"{value:,}"]
        for part in ("prior", "linking")
        for name, value in told["model"][part].items()
    ]
    yield _table(["number", "value"], rows)
    yield (
        '<p class="soft">Prior: records in the store, and how many other records of the same person, and of people it has '
        "to do with, a record meets. Linking, in bits: what a pair weighs at most, what it weighs where nothing ties it, "
        "and the mean from which clusters are joined.</p>"
    )


# --- pieces --------------------------------------------------------------------------------------------------------


def _cards(cards: Sequence[tuple[str, str]]) -> str:
    return '<ul class="cards">' + "".join(f"<li><b>{big}</b>{small}</li>" for big, small in cards) + "</ul>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], marked: set[int] | None = None) -> str:
    """Cells are HTML; all but the first column are numbers."""
    heads = "".join(_th(text, number=place > 0) for place, text in enumerate(head))
    lines = []
    for number, row in enumerate(rows):
        cells = "".join(f'<td class="n">{cell}</td>' for cell in row[1:])
        mark = ' class="here"' if marked and number in marked else ""
        lines.append(f'<tr{mark}><th scope="row">{row[0]}</th>{cells}</tr>')
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="wide"><table>{body}</table></div>'


def _th(text: str, *, number: bool) -> str:
    return (
        f'<th scope="col" class="n">{escape(text)}</th>' if number else f'<th scope="col">{escape(text)}</th>'
    )


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def _swatch(kind: str) -> str:
    return f'<span class="key" style="background: var(--{kind})"></span>'


def _plain(name: str) -> str:
    return escape(name.replace("_", " "))


def _bits(bits: float) -> str:
    return f"{round(bits, 1) + 0.0:+.1f}".replace("-", "\N{MINUS SIGN}") if round(bits, 1) else "0.0"


def _percent(share: float) -> str:
    return f"{share:.1%}"
