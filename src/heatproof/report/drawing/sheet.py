"""The sheet that figures are drawn on: its size, its type, its panels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from heatproof.report.drawing.ink import Ink
from heatproof.report.text import shown

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTHS = {"column": 3.3, "page": 6.9}
"""Inches: one column of a two-column page, and both."""
TALLEST = 9.0
LINE = 0.14
"""Inches of a line of a legend."""
STYLE: Any = {  # any: matplotlib types its settings by a literal of all their names
    "text.parse_math": False,  # names are drawn as they are, never as formulas
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so that every machine draws the same
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#333333",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.0,
    "patch.linewidth": 0.6,
    "boxplot.flierprops.markersize": 2.0,
    "hatch.linewidth": 0.5,
    "image.interpolation": "none",
    "image.composite_image": False,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "savefig.facecolor": "white",
    "svg.hashsalt": "heatproof",
    "pdf.fonttype": 42,  # text stays text
    "pdf.compression": 6,
}


_THEIRS = ("backend", "backend_fallback", "interactive", "toolbar", "webagg.port", "date.epoch")
"""Settings of a person's matplotlib that have nothing to do with how a figure looks."""


@contextmanager
def styled(**changes: Any) -> Iterator[None]:
    """Draw in our style, whatever the person's own settings are; theirs are back afterwards."""
    import matplotlib as mpl

    ours: Any = {name: value for name, value in mpl.rcParamsDefault.items() if name not in _THEIRS}
    ours |= {**STYLE, **changes}
    with mpl.rc_context():
        mpl.rcParams.update(ours)
        yield


@dataclass(frozen=True)
class Sheet:
    """What a figure needs to know about where it will stand."""

    width: float = WIDTHS["page"]
    """Inches."""
    inks: Mapping[str, Ink] = field(default_factory=dict)
    pixels: int = 448
    """The longer side of a photograph or map, at most."""
    brief: bool = False
    """Only the first of several colourings, and few images: the report has little room."""
    images: int = 6
    """Rows of a grid of images, at most."""

    def ink(self, label: str) -> Ink:
        """Of the method with this label."""
        return self.inks.get(label, Ink())

    def panels(self, count: int, *, each: float = 2.2, ratio: float = 0.8, **words: Any) -> tuple[Figure, list[Axes]]:
        """A figure with this many panels side by side, then below; `each` is the least width of one, in inches."""
        across = max(1, min(count, int(self.width / each)))
        down = -(-count // across)
        height = min(TALLEST, down * self.width / across * ratio + 0.5)
        figure = self.blank(height)
        axes = list(figure.subplots(down, across, squeeze=False, **words).flatten())
        for ax in axes[count:]:
            ax.remove()
        return figure, axes[:count]

    def blank(self, height: float) -> Figure:
        """An empty figure of this width; its parts find their places themselves."""
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        engine = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)
        return Figure(figsize=(self.width, height), layout=engine)

    def free(self, height: float, width: float | None = None) -> Figure:
        """An empty figure whose parts are put where they are told to be, narrower than the sheet where `width` is."""
        from matplotlib.figure import Figure

        return Figure(figsize=(width or self.width, min(height, TALLEST + 0.5)))

    def legend(self, figure: Figure, ax: Axes, names: Sequence[str] = (), handles: Sequence[Artist] = ()) -> None:
        """One legend for all panels, below them: what is drawn in `ax`, or these."""
        if not handles:
            found, labels = ax.get_legend_handles_labels()
            handles, names = found, labels
        if handles:
            longest = max(len(name) for name in names)
            columns = max(1, min(len(names), int(self.width / (0.55 + 0.058 * longest))))
            rows = -(-len(names) // columns)
            figure.set_figheight(figure.get_figheight() + LINE * max(0, rows - 2))  # else the panels would give way
            figure.legend(handles, names, loc="outside lower center", ncols=columns, columnspacing=1.2)


LONGEST = 48
"""Letters of the name of a method that are shown: its settings tell it from others."""


def words(name: object, longest: int = LONGEST) -> str:
    """A name from the study as it can be drawn: no signs that cannot be seen, and not too long.

    A long one keeps its end, the last of its settings: names often differ there alone.
    """
    text, end = " ".join(shown(name).split()), (longest - 1) * 2 // 5
    return text if len(text) <= longest else f"{text[: longest - 1 - end]}…{text[len(text) - end :]}"
