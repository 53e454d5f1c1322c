"""A weight drawn as a waterfall: what each field adds or takes away, on the way from nothing known to the sum."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

#: What weights that are no comparison are called.
_CALLED = {
    "prior": "any two records",
    "custom": "what comes together",
    "household": "family or namesake",
    "component": "in one component",
    "same": "a person's word",
}
#: They come first and last; comparisons between them, those that say most first.
_FIRST, _LAST = ("same", "prior"), ("custom", "household", "component")
#: Columns of a terminal that the bars get.
_WIDE = 36


def waterfall(edge: Mapping[str, Any]) -> list[str]:
    """The lines of one edge, in the shape of `hub why --json`."""
    steps = list(_steps(edge["weights"]))
    total = sum(bits for _, bits in steps if bits)
    ends = [0.0]
    for _, bits in steps:
        ends.append(ends[-1] + bits)
    low, high = min(ends), max(ends)
    names = [_name(name) for name, _ in steps]
    levels = [edge["levels"].get(name, "").replace("_", " ") for name, _ in steps]
    wide, level_wide = max(map(len, [*names, "together"])), max(map(len, [*levels, ""]))
    lines = [f"{edge['a']} and {edge['b']}: {edge['weight']:+.1f} bits"]
    for place, (_, bits) in enumerate(steps):
        bar = _bar(ends[place], ends[place + 1], low, high)
        lines.append(
            f"  {names[place]:<{wide}}  {levels[place]:<{level_wide}}  {bits:>+6.1f}  {bar}".rstrip()
        )
    if abs(total - edge["weight"]) < _ROUNDING:
        bar = _bar(0.0, total, low, high)
        lines.append(f"  {'together':<{wide}}  {'':<{level_wide}}  {total:>+6.1f}  {bar}".rstrip())
    return lines


#: Told weights are rounded; they add up to the whole but for this.
_ROUNDING = 0.1


def _steps(weights: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    for name in _FIRST:
        if name in weights:
            yield name, weights[name]
    fields = [name for name in weights if name not in (*_FIRST, *_LAST)]
    for name in sorted(fields, key=lambda name: (-weights[name], name)):
        yield name, weights[name]
    for name in _LAST:
        if weights.get(name):
            yield name, weights[name]


def _name(name: str) -> str:
    return _CALLED.get(name, name.replace("_", " "))


def _bar(start: float, end: float, low: float, high: float) -> str:
    """From where the sum was to where it is: plus and minus are drawn differently, and colour plays no part."""
    span = max(high - low, 1e-9)
    columns = [round((value - low) / span * _WIDE) for value in (min(start, end), max(start, end))]
    plus, minus = ("█", "░") if _draws_blocks() else ("#", "-")
    mark = plus if end >= start else minus
    return " " * columns[0] + mark * max(columns[1] - columns[0], 1)


def _draws_blocks() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")


def briefly(edge: Mapping[str, Any], most: int = 4) -> str:
    """The strongest of what an edge is made of: `email equal +24.6, birth date differ -8.0`."""
    weights, levels = edge["weights"], edge["levels"]
    if "same" in weights:
        return _CALLED["same"]
    names = sorted((name for name in weights if name in levels), key=lambda name: -abs(weights[name]))
    told = [
        f"{name} {levels[name]} {weights[name]:+.1f}".replace("_", " ")
        for name in names[:most]
        if weights[name]
    ]
    return ", ".join(told) + (", …" if len(names) > most else "")


def weight_bar(bits: float, most: float = 24.0, half: int = 12) -> str:
    """One weight: to the right of the line what says one person, to the left what says two."""
    plus, minus, line = ("█", "░", "│") if _draws_blocks() else ("#", "-", "|")
    length = min(round(abs(bits) / most * half), half)
    left = minus * length if bits < 0 else ""
    return f"{left:>{half}}{line}{plus * length if bits > 0 else ''}"
