"""One image beside its maps, as a PNG or a page; names are drawn as they are, never as formulas."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heatproof.report.maps import CLIP
from heatproof.vocabulary.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 4
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}


def write_picture(path: Path, pixels: NDArray[Any], maps: Mapping[str, NDArray[Any]], title: str) -> None:
    """Write image (H, W, 3) and maps (C, H, W) to a .png or .html file, whole or not at all."""
    png = _png(pixels, maps, title)
    content = _page(png, title, list(maps)).encode() if path.suffix.lower() in (".html", ".htm") else png
    write_whole(path, content)


def _png(pixels: NDArray[Any], maps: Mapping[str, NDArray[Any]], title: str) -> bytes:
    from matplotlib.figure import Figure

    count = len(maps) + 1
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(2.4 * columns, 2.7 * rows + 0.4), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    axes[0].imshow(pixels)
    axes[0].set_title("image", fontsize=9, **PLAIN)
    for ax, (name, phi) in zip(axes[1:], maps.items(), strict=False):
        _map(ax, name, phi)
    for ax in axes:
        ax.axis("off")
    figure.suptitle(title, fontsize=10, **PLAIN)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that the font lacks is drawn as boxes
        figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def _map(ax: Axes, name: str, phi: NDArray[Any]) -> None:
    """Sum over channels, red for and blue against, cut off at a percentile of |value|."""
    values = np.nan_to_num(phi.astype(np.float64)).sum(0)
    size = np.abs(values)
    limit = np.percentile(size, CLIP) or size.max() or 1.0
    ax.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    ax.set_title(name, fontsize=9, **PLAIN)


def _page(png: bytes, title: str, names: list[str]) -> str:
    data = base64.b64encode(png).decode("ascii")
    shown = escape(f"{title}: {', '.join(names)}")
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<body style="font-family: sans-serif"><h1 style="font-size: 1.2em">{escape(title)}</h1>\n'
        f'<img style="max-width: 100%" alt="{shown}" src="data:image/png;base64,{data}"></body></html>\n'
    )
