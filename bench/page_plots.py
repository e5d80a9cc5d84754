"""The plots of docs/performance.md: small SVG files, the same bytes for the same numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "heatproof", "svg.fonttype": "none", "font.size": 9, "axes.spines.right": False})
mpl.rcParams["axes.spines.top"] = False

import matplotlib.pyplot as plt  # noqa: E402

OURS, THEIRS = "#1b6ca8", "#b0b0b0"


def draw(found: dict[str, Any], folder: Path) -> Iterator[Path]:
    """One file for each benchmark that was run."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, title in (("methods", "captum"), ("metrics", "the peer")):
        if part in found:
            yield _saved(ratios(found[part]["rows"], f"times as fast as {title}"), folder / f"{part}.svg")
    if "growth" in found:
        yield _saved(curves(found["growth"]["curves"]), folder / "growth.svg")


def ratios(rows: dict[str, list[dict[str, Any]]], title: str) -> Any:
    """A bar for each row, with its spread; one panel per size, and a line at 1."""
    good = {side: [r for r in listed if "ratio" in r] for side, listed in rows.items()}
    height = 0.9 + 0.22 * max([len(listed) for listed in good.values()] or [1])
    figure, panels = plt.subplots(1, max(1, len(good)), figsize=(9, height), squeeze=False, layout="constrained")
    for panel, (side, listed) in zip(panels[0], good.items(), strict=False):
        names = [r["label"] + (f" ({r['peer']})" if "toolkit" in r else "") for r in listed]
        middle = [r["ratio"] for r in listed]
        spread = [[r["ratio"] - r["low"] for r in listed], [r["high"] - r["ratio"] for r in listed]]
        places = range(len(listed))
        panel.barh(places, middle, xerr=spread, color=OURS, ecolor="black", error_kw={"linewidth": 0.8})
        panel.set_yticks(places, names)
        panel.invert_yaxis()
        panel.axvline(1, color="black", linewidth=0.8)
        panel.set(xscale="log", title=f"{side} px", xlabel=title)
    return figure


def curves(found: dict[str, Any]) -> Any:
    """Seconds, evaluations and memory against size, each as a multiple of its first point."""
    figure, panels = plt.subplots(1, max(1, len(found)), figsize=(11, 2.6), squeeze=False, layout="constrained")
    for panel, (name, curve) in zip(panels[0], found.items(), strict=False):
        points = [p for p in curve["points"] if "failed" not in p]
        sizes = [p["size"] for p in points]
        for key, colour in (("seconds", OURS), ("run", "#d1495b"), ("peak_mib", THEIRS)):
            panel.plot(sizes, [p[key] / points[0][key] for p in points], color=colour, marker=".", label=key)
        panel.plot(
            sizes, [s / sizes[0] for s in sizes], color="black", linewidth=0.6, linestyle=":", label="in proportion"
        )
        panel.set(xscale="log", yscale="log", title=name)
    panels[0][0].set_ylabel("times the first point")
    panels[0][-1].legend(fontsize=7, frameon=False)
    return figure


def _saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
