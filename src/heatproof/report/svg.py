"""Small charts as inline SVG: the numbers come in, escaped markup goes out. Colours come from the style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from heatproof.report.text import finite, number_format, shown

Point = tuple[float, float]
ROW = 16
"""Height of a line of the legend."""


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """One element. `class_` is written class, other underscores become hyphens."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(shown(_short(value)))}"' for key, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{''.join(map(_safe, children))}</{name}>")  # noqa: S704 - escaped here


def _safe(child: str) -> Markup:
    return child if isinstance(child, Markup) else escape(shown(child))


def _short(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def interval(low: float | None, mean: float | None, high: float | None, domain: Point) -> Markup:
    """A dot on a whisker, on the scale of its column."""
    width, height = 72.0, 9.0
    inside = finite([low, mean, high])
    if len(inside) < 3:
        return Markup("")
    start, middle, end = (4 + (width - 8) * _share(v, domain) for v in inside)
    return tag(
        "svg",
        tag("line", class_="scale", x1=4.0, x2=width - 4, y1=height / 2, y2=height / 2),
        tag("line", x1=start, x2=end, y1=height / 2, y2=height / 2),
        tag("circle", cx=middle, cy=height / 2, r=2.6),
        class_="interval",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        aria_hidden="true",
    )


def bar(share: float) -> Markup:
    """A horizontal bar that is this full."""
    filled = tag("rect", class_="filled", width=100 * min(max(share, 0.0), 1.0), height=8)
    return tag("svg", tag("rect", width=100, height=8), filled, class_="bar", viewBox="0 0 100 8", aria_hidden="true")


@dataclass(frozen=True)
class Line:
    """One line of a chart, with its band."""

    label: str
    css: str
    middle: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    mark: float | None = None
    """A value that is marked at the right edge."""


@dataclass(frozen=True)
class Frame:
    """Where the plot lies in the picture, and what it spans."""

    x: Point
    y: Point
    left: float = 52
    right: float = 420
    top: float = 12
    bottom: float = 262
    width: float = 640

    def at(self, x: float, y: float) -> Point:
        """Data to picture."""
        across, up = _share(x, self.x), _share(y, self.y)
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)


def line_chart(lines: Sequence[Line], x: Sequence[float], x_label: str, y_label: str, title: str) -> Markup:
    """Lines with bands, axes, and a legend with a row for each line."""
    heights = finite(v for line in lines for v in (*line.middle, *line.low, *line.high, line.mark))
    frame = Frame(_spread(finite(x)), _padded(_spread(heights)), bottom=max(262.0, 12.0 + ROW * len(lines)))
    drawn = [_series(frame, line, x, row) for row, line in enumerate(lines)]
    return tag(
        "svg",
        tag("title", title),
        _axes(frame, x_label, y_label),
        *drawn,
        class_="chart",
        viewBox=f"0 0 {frame.width:.0f} {frame.bottom + 46:.0f}",
        role="img",
    )


def _series(frame: Frame, line: Line, x: Sequence[float], row: int) -> Markup:
    """The band, the line, its mark and its row of the legend: one group, so that pointing at one lights up all."""
    y = frame.top + 8 + ROW * row
    name = line.label if len(line.label) <= 26 else line.label[:25] + "…"
    parts = [
        tag("path", class_="band", d=_area(frame, x, line.low, line.high)),
        tag("path", class_="line", d=_path(frame, x, line.middle)),
        tag("line", class_="line", x1=frame.right + 24, x2=frame.right + 52, y1=y, y2=y),
        tag("text", name, tag("title", line.label), x=frame.right + 60, y=y + 4),
    ]
    if finite([line.mark]):
        _, height = frame.at(frame.x[1], finite([line.mark])[0])
        tip, back = frame.right + 2, frame.right + 9
        parts.append(tag("path", class_="mark", d=_move([(tip, height), (back, height - 4), (back, height + 4)]) + "Z"))
    return tag("g", *parts, class_=f"series {line.css}")


def _axes(frame: Frame, x_label: str, y_label: str) -> Markup:
    rows = ticks(frame.y)
    write_y, write_x = number_format(frame.y), number_format(frame.x)
    whole = all(float(v).is_integer() for v in ticks(frame.x))
    parts = []
    for value in rows:
        _, y = frame.at(frame.x[0], value)
        parts.append(tag("line", class_="grid", x1=frame.left, x2=frame.right, y1=y, y2=y))
        parts.append(tag("text", _tidy(write_y(value)), class_="tick", x=frame.left - 8, y=y + 4, text_anchor="end"))
    for value in ticks(frame.x):
        x, _ = frame.at(value, frame.y[0])
        text = f"{value:.0f}" if whole else _tidy(write_x(value))
        parts.append(tag("text", text, class_="tick", x=x, y=frame.bottom + 17, text_anchor="middle"))
    centre = (frame.left + frame.right) / 2
    parts.append(tag("text", x_label, class_="label", x=centre, y=frame.bottom + 38, text_anchor="middle"))
    middle = (frame.top + frame.bottom) / 2
    parts.append(
        tag("text", y_label, class_="label", text_anchor="middle", transform=f"translate(12 {middle:.0f}) rotate(-90)")
    )
    return tag("g", *parts, class_="axes")


def _tidy(text: str) -> str:
    """Without zeros that say nothing."""
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _runs(points: Iterable[tuple[float, ...]]) -> list[list[tuple[float, ...]]]:
    """Stretches of points without a gap."""
    runs: list[list[tuple[float, ...]]] = [[]]
    for point in points:
        if all(math.isfinite(v) for v in point):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _move(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _path(frame: Frame, x: Sequence[float], y: Sequence[float]) -> str:
    """A lonely point becomes a dot: a line of no length with round ends."""
    runs = _runs(zip(x, y, strict=True))
    return "".join(_move(frame.at(*p[:2]) for p in (run if len(run) > 1 else run * 2)) for run in runs)


def _area(frame: Frame, x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> str:
    runs = [run for run in _runs(zip(x, low, high, strict=True)) if len(run) > 1]
    outlines = ([frame.at(a, b) for a, b, _ in run] + [frame.at(a, c) for a, _, c in reversed(run)] for run in runs)
    return "".join(_move(outline) + "Z" for outline in outlines)


def _share(value: float, domain: Point) -> float:
    low, high = domain
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


def _spread(values: Sequence[float]) -> Point:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _padded(domain: Point) -> Point:
    """The domain with some air, so that no line lies on the edge."""
    air = 0.03 * (domain[1] - domain[0])
    return domain[0] - air, domain[1] + air


def _step(domain: Point) -> float:
    """1, 2 or 5 times a power of ten, so that three to six steps cover the domain."""
    raw = (domain[1] - domain[0]) / 6
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)


def ticks(domain: Point) -> list[float]:
    """Round numbers in the domain."""
    step = _step(domain)
    first = math.ceil(domain[0] / step - 1e-9)
    last = math.floor(domain[1] / step + 1e-9)
    return [i * step for i in range(first, last + 1)]
