"""Charts as SVG text: plain shapes that a page may style by class, with a text for who cannot see them.

Classes: `for` and `against` (bars), `stop` (a line), `axis`, `grid`, `one` and `two` (curves), `muted` (small text).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

#: Width and height of a chart, and the room for what stands beside and below it, in pixels.
WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _BOTTOM, _TOP = 56, 24, 34, 12

#: (x, y) in the units of a chart's axes
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: from x to x on the axis, and how high; `part` of it is coloured as `for`, the rest as `against`."""

    start: float
    end: float
    height: float
    part: float
    #: Shown where the pointer rests.
    told: str


def columns(bars: Sequence[Bar], title: str, *, mark: float, mark_text: str) -> str:
    """Bars side by side over a linear axis, as high as the logarithm of their numbers; `mark` is a line across."""
    low, high = min(bar.start for bar in bars), max(bar.end for bar in bars)
    top = max(1.0, max(_log(bar.height) for bar in bars))
    plot = _Plot(low, max(high, low + 1), top)
    parts = [*plot.grid(_decades(top)), *plot.ticks(_steps(low, high))]
    for bar in bars:
        parts += plot.bar(bar)
    x = plot.x(min(max(mark, low), high))
    parts.append(f'<line class="stop" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{plot.floor}"/>')
    parts.append(f'<text class="muted" x="{x + 4:.1f}" y="{_TOP}">{escape(mark_text)}</text>')
    return _svg(title, parts)


def curves(one: Sequence[Point], two: Sequence[Point], title: str, *, mark: float) -> str:
    """Two curves between 0 and 1 over a linear axis."""
    low, high = one[0][0], one[-1][0]
    plot = _Plot(low, high, 1.0)
    shares = [(tenth / 10, f"{tenth * 10} %") for tenth in range(0, 11, 2)]
    parts = [*plot.grid(shares), *plot.ticks(_steps(low, high))]
    for name, points in (("one", one), ("two", two)):
        told = " ".join(f"{plot.x(x):.1f},{plot.y(y):.1f}" for x, y in points)
        parts.append(f'<polyline class="{name}" points="{told}"/>')
    x = plot.x(mark)
    parts.append(f'<line class="stop" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{plot.floor}"/>')
    return _svg(title, parts)


def weight_bar(bits: float, most: float) -> str:
    """One weight as a bar to the right (for one person) or to the left (against), of at most `most` bits."""
    half = 100
    length = min(abs(bits) / most, 1.0) * half
    kind, start = ("for", half) if bits >= 0 else ("against", half - length)
    return (
        f'<svg class="weight" viewBox="0 0 {2 * half} 14" role="img" aria-label="{bits:+.1f} bits">'
        f'<line class="axis" x1="{half}" x2="{half}" y1="0" y2="14"/>'
        f'<rect class="{kind}" x="{start:.1f}" y="2" width="{length:.1f}" height="10"/></svg>'
    )


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where things are: x from low to high, y from 0 to top."""

    low: float
    high: float
    top: float

    @property
    def floor(self) -> int:
        return HEIGHT - _BOTTOM

    def x(self, value: float) -> float:
        return _LEFT + (value - self.low) / (self.high - self.low) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return self.floor - value / self.top * (self.floor - _TOP)

    def grid(self, lines: Sequence[tuple[float, str]]) -> Iterator[str]:
        for value, text in lines:
            y = self.y(value)
            yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="muted" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'

    def ticks(self, values: Sequence[float]) -> Iterator[str]:
        yield f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{self.floor}" y2="{self.floor}"/>'
        for value in values:
            x, y = self.x(value), self.floor + 16
            yield f'<text class="muted" x="{x:.1f}" y="{y}" text-anchor="middle">{value:+g}</text>'
        yield f'<text class="muted" x="{WIDTH - _RIGHT}" y="{HEIGHT - 4}" text-anchor="end">bits</text>'

    def bar(self, bar: Bar) -> Iterator[str]:
        """The lower part of a bar is `for`, the upper `against`: heights are logarithms, parts are shares of them."""
        x, wide = self.x(bar.start), max(self.x(bar.end) - self.x(bar.start) - 0.5, 0.5)
        high = max(self.floor - self.y(_log(bar.height)), 1.0)
        upper = high * (1 - bar.part)
        yield f"<g><title>{escape(bar.told)}</title>"
        for kind, start, length in (
            ("against", self.floor - high, upper),
            ("for", self.floor - high + upper, high - upper),
        ):
            if length > 0.05:
                yield (
                    f'<rect class="{kind}" x="{x:.1f}" y="{start:.1f}" width="{wide:.1f}" height="{length:.1f}"/>'
                )
        yield "</g>"


def _log(count: float) -> float:
    return log10(1 + count)


def _decades(top: float) -> list[tuple[float, str]]:
    return [(_log(10**power), f"{10**power:,}") for power in range(int(top) + 1) if _log(10**power) <= top]


def _steps(low: float, high: float) -> list[float]:
    step = next(size for size in (1, 2, 5, 10, 20, 50) if (high - low) / size <= 16)
    first = -(-low // step) * step
    return [first + step * number for number in range(int((high - first) // step) + 1)]


def _svg(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
