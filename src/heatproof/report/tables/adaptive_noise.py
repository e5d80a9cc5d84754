"""Adaptive noising: which noise was chosen for the images, and was the search wide enough?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.study.view import FormulaView, ModelView

_ROUNDING = 1e-8
"""Values of sigma that are closer than this are the same."""


@table(
    caption="Noise that was chosen for each image ({images}) of {model}: mean, standard deviation and range of sigma, "
    "in units of the model's normalised input. At the ends: share of the images whose sigma is the smallest or largest "
    "of the interval that was searched. Objective: its mean at the chosen sigma; lower is better. Tried: mean number "
    "of values of sigma."
)
def adaptive_noise(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per method that chooses its noise."""
    del terms
    tuned = [m for m in model.methods if m.settings.get("tune", "none") != "none"]
    if not tuned:
        raise Absent("needs a method that tunes its noise, for example smooth_taylor: {tune: autvc}")
    noted = {m.key: [n for n in model.notes(m.key) if "sigma" in n] for m in tuned}
    if not any(noted.values()):
        raise Absent("no map with a chosen noise is finished yet")
    yield Tabled([_row(m, noted[m.key]) for m in tuned if noted[m.key]])


def _row(method: FormulaView, notes: Sequence[Mapping[str, float]]) -> dict[str, object]:
    sigma, low, high = (_column(notes, name) for name in ("sigma", "low", "high"))
    searched = np.isfinite(low) & np.isfinite(high)  # the published search goes in steps and has no interval
    ends = (np.abs(sigma - low) < _ROUNDING) | (np.abs(sigma - high) < _ROUNDING)
    return {
        "method": method.label,
        "objective": method.settings["tune"],
        "images": len(notes),
        "sigma_mean": float(sigma.mean()),
        "sigma_sd": float(sigma.std(ddof=1)) if len(sigma) > 1 else None,
        "sigma_min": float(sigma.min()),
        "sigma_max": float(sigma.max()),
        "at_the_ends": float(ends[searched].mean()) if searched.any() else None,
        "objective_mean": float(_column(notes, "objective").mean()),
        "tried": float(_column(notes, "tried").mean()),
    }


def _column(notes: Sequence[Mapping[str, float]], name: str) -> NDArray[np.float64]:
    return np.array([note.get(name, np.nan) for note in notes], dtype=np.float64)
