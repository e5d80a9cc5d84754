"""Our formulas and settings in the words of attribench: classes, modes, maskers, activations, file names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heatproof.study.view import FormulaView

ACTIVATIONS = {"logit": "linear", "probability": "softmax"}
MASKERS = {"zero": "constant", "noise": "random", "box_blur": "blur", "blur": "gaussian_blur"}
"""The first three as the benchmark's own configuration calls them."""
FREE = ("fill", "link", "perturbation")
"""Settings that are levels: metrics that differ in these alone share a file."""


@dataclass(frozen=True)
class Home:
    """Where the values of a formula go."""

    type: str
    stem: Callable[[Mapping[str, Any]], str]
    mode: str = ""
    """The setting that is the mode."""
    curve: str = ""
    """The curve that is the leaf; without one it is the value."""


_BY = {"whole": "value for the whole image", "max": "largest value"}


def _ordered(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda settings: f"{name}_{settings['order']}"


HOMES: dict[str, Home] = {
    "deletion": Home("DeletionResult", _ordered("deletion"), "order", "deletion"),
    "insertion": Home("InsertionResult", _ordered("insertion"), "order", "insertion"),
    "irof": Home("DeletionResult", _ordered("irof"), "order", "irof"),
    "iiof": Home("InsertionResult", _ordered("iiof"), "order", "iiof"),
    "sensitivity_n": Home("SensitivityNResult", lambda _: "sens_n", curve="sensitivity_n"),
    "segment_sensitivity_n": Home("SensitivityNResult", lambda _: "seg_sens_n", curve="segment_sensitivity_n"),
    "infidelity": Home("InfidelityResult", lambda _: "infidelity"),
    "minimal_subset": Home("MinimalSubsetResult", lambda settings: f"ms_{settings['mode']}", "mode"),
    "max_sensitivity": Home("MaxSensitivityResult", lambda _: "max_sensitivity"),
    "impact_coverage": Home("ImpactCoverageResult", lambda _: "impact_coverage"),
    "parameter_randomization": Home("ParameterRandomizationResult", lambda _: "parameter_randomization"),
}


def level_values(settings: Mapping[str, Any]) -> dict[str, str]:
    """The level values that these settings stand for."""
    fill, link = settings.get("fill"), settings.get("link")
    return {
        "masker": MASKERS.get(str(fill), _short(fill)),
        "activation_fn": ACTIVATIONS.get(str(link), str(link)),
        "perturbation_generator": str(settings.get("perturbation")),
    }


def other_settings(settings: Mapping[str, Any]) -> str:
    """Everything that has to be equal for two metrics to share a file."""
    return repr(sorted((name, repr(value)) for name, value in settings.items() if name not in FREE))


def remarks(metric: FormulaView) -> list[str]:
    """Where the number that attribench makes of the file is not the one of this study."""
    home, said, found = HOMES[metric.name], metric.settings, []
    if home.curve and "rule" in said:
        how = [] if said["rule"] == "mean" else ["by the trapezoid rule"]
        how += [] if said["normalise"] == "none" else [f"of curves divided by their {_BY[said['normalise']]}"]
        if how:
            found.append(f"attribench takes the plain mean of a curve, the study an area {' '.join(how)}")
        if said["area"] == "over":
            found.append("the study takes the area over the curve, which is get_df(agg_fn='aoc') there")
    if metric.name == "parameter_randomization" and (said["order"], said["similarity"]) != ("full", "spearman"):
        found.append("attribench would re-initialise all layers at once and compare by Spearman correlation")
    return found


def distinct(labels: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Labels as names of groups, files and arrays: without slashes, each once, and none of those that are taken."""
    used, found = {name.lower() for name in taken}, list[str]()
    for label in labels:
        plain = "".join("_" if c in "/\\\0" else c for c in label).strip(". ") or "_"
        name, n = plain, 2
        while name.lower() in used:
            name, n = f"{plain} {n}", n + 1
        used.add(name.lower())
        found.append(name)
    return found


def _short(fill: Any) -> str:
    if isinstance(fill, int | float):
        return f"{fill:g}"
    return fill.replace("/", "_") if isinstance(fill, str) else "pixels"
