"""The metrics of a suite.yaml of 2022 as metrics of a study, with what is different."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from heatproof.interchange.suite_maskers import fills_of, links_of
from heatproof.interchange.suite_parts import Arguments
from heatproof.vocabulary.formula import Kind
from heatproof.vocabulary.registry import formula

PRESET = "attribench2022"


@dataclass(frozen=True)
class Written:
    """An entry of the study, or none where nothing here does the same; notes say why, and what differs."""

    entry: Mapping[str, Any] | None
    notes: tuple[str, ...] = ()


def metric_entries(asked: Arguments) -> list[Written]:
    """The entries that a metric of the suite becomes; an unknown type or argument is complained of."""
    make = METRICS.get(asked.canonical)
    if make is None:
        asked.source.unknown(asked.way, "metric", asked.kind, asked.name, SPELLED)
        return []
    found = list(make(asked))
    asked.done()
    return found


def entry(kind: Kind, name: str, label: str, wanted: Mapping[str, Any], preset: str = PRESET) -> dict[str, Any]:
    """The formula under its preset, and the settings in which it differs from that."""
    made = formula(kind, name)
    known = preset in made.claims.presets
    base = made.bind({"preset": preset} if known else {})
    own = {n: _swept(v) for n, v in wanted.items() if not (len(_list(v)) == 1 and base[n] == _list(v)[0])}
    return {name: ({"preset": preset} if known else {}) | own, "label": label}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _swept(value: Any) -> Any:
    return (
        value[0]
        if isinstance(value, list) and len(value) == 1
        else {"sweep": value}
        if isinstance(value, list)
        else value
    )


def _deletion(asked: Arguments) -> Iterator[Written]:
    yield _curve(asked, "deletion", "insertion")


def _insertion(asked: Arguments) -> Iterator[Written]:
    yield _curve(asked, "insertion", "deletion")


def _irof(asked: Arguments) -> Iterator[Written]:
    written = _curve(asked, "irof", "iiof", stop=1.0)
    quirk = "below one segment attribench 0.0.2 removes every segment (the second of 100 points on small images)"
    yield Written(written.entry, (*written.notes, quirk))


def _iiof(asked: Arguments) -> Iterator[Written]:
    yield _curve(asked, "iiof", "irof", stop=1.0)


def _curve(asked: Arguments, name: str, opposite: str, stop: float = 1.0) -> Written:
    """A removal curve; one that runs from 1 down to 0 is the opposite one with the other order."""
    order = asked.word("mode", ("morf", "lerf"), "morf")
    start, end = asked.take("start", 0.0), asked.take("stop", stop)
    points = asked.whole("num_steps", 100, low=2)
    notes = []
    if start > end:
        name, order = opposite, {"morf": "lerf", "lerf": "morf"}[order]
        notes.append(f"from {start:g} down to {end:g}: that is {name} of the other order")
        start, end = round(1 - start, 12), round(1 - end, 12)
    fills, (links, more) = fills_of(asked), links_of(asked)
    if asked.take("normalize", False, (bool,)):
        notes.append("normalize: attribench divides by the largest prediction of the sample; not done here")
    wanted = {"order": order, "steps": points - 1, "start": start, "stop": end, "fill": fills.fills, "link": links}
    if name in ("deletion", "insertion"):
        wanted["unit"] = fills.unit
    return Written(entry("metric", name, asked.name, wanted), (*notes, *fills.notes, *more))


def _minimal(mode: str = "") -> Callable[[Arguments], Iterator[Written]]:
    def make(asked: Arguments) -> Iterator[Written]:
        chosen = mode or asked.word("mode", ("deletion", "insertion"), "deletion")
        fills = fills_of(asked)
        wanted = {"mode": chosen, "steps": asked.whole("num_steps", 100), "fill": fills.fills, "unit": fills.unit}
        differs = "an image whose explained class is not the predicted one is undefined here"
        yield Written(entry("metric", "minimal_subset", asked.name, wanted), (*fills.notes, differs))

    return make


def _sizes(asked: Arguments) -> dict[str, Any]:
    low, high = asked.take("min_subset_size", 0.1), asked.take("max_subset_size", 0.5)
    return {"low": float(low), "high": float(high), "sizes": asked.whole("num_steps", 10)}


def _sensitivity(asked: Arguments) -> Iterator[Written]:
    wanted, fills, (links, more) = _sizes(asked), fills_of(asked), links_of(asked)
    wanted |= {"subsets": asked.whole("num_subsets", 100, low=2), "unit": fills.unit}
    wanted |= {"fill": fills.fills, "link": links}
    n = wanted["subsets"]
    differs = f"attribench 0.0.2 gives correlations that are {n}/{n - 1} of these, also beyond 1"
    yield Written(entry("metric", "sensitivity_n", asked.name, wanted), (*fills.notes, *more, differs))


def _seg_sensitivity(asked: Arguments) -> Iterator[Written]:
    wanted, fills, (links, more) = _sizes(asked), fills_of(asked), links_of(asked)
    given = asked.whole("num_subsets", 100, low=2)
    wanted |= {"subsets": max(2, wanted["sizes"]), "fill": fills.fills, "link": links}
    differs = f"the suite of 2022 drew num_steps ({wanted['sizes']}) subsets of each size, not num_subsets ({given})"
    yield Written(entry("metric", "segment_sensitivity_n", asked.name, wanted), (*fills.notes, *more, differs))


GENERATORS: dict[str, tuple[str, Mapping[str, str]]] = {
    "noisybaseline": ("noisy_baseline", {"sd": "sigma"}),
    "gaussian": ("gaussian", {"sd": "sigma"}),
    "square": ("square", {"square_size": "square"}),
    "segmentremoval": ("segment", {"num_segments": "removed"}),
}
GENERATED = ("NoisyBaseline", "Gaussian", "Square", "SegmentRemoval")


def _infidelity(asked: Arguments) -> Iterator[Written]:
    n, (links, more) = asked.whole("num_perturbations", 1000), links_of(asked)
    for generator in asked.parts("perturbation_generators"):
        if generator.canonical not in GENERATORS:
            asked.source.unknown(generator.way, "perturbation generator", generator.kind, generator.name, GENERATED)
            continue
        name, renamed = GENERATORS[generator.canonical]
        wanted: dict[str, Any] = {"perturbation": name, "n": n, "link": links}
        for theirs, ours in renamed.items():
            value = generator.take(theirs) if ours == "sigma" else generator.whole(theirs)
            wanted |= {} if value is None else {ours: float(value) if ours == "sigma" else value}
        generator.done()
        differs = "attribench 0.0.2 sees the mean of the map over channels in each channel; here each has its own"
        yield Written(entry("metric", "infidelity", f"{asked.name} {generator.name}", wanted), (*more, differs))


def _max_sensitivity(asked: Arguments) -> Iterator[Written]:
    wanted = {"n": asked.whole("num_perturbations", 50), "radius": float(asked.take("radius", 0.1))}
    differs = "attribench 0.0.2 compares means over channels, here all channels are compared"
    yield Written(entry("metric", "max_sensitivity", asked.name, wanted, "attribench2024"), (differs,))


def _impact_coverage(asked: Arguments) -> Iterator[Written]:
    folder = asked.take("patch_folder", "", (str,))
    where = f" (those of {folder})" if folder else ""
    needs = f"needs adversarial patches{where} as one file: data: {{patches: FILE.safetensors}}"
    yield Written(entry("metric", "impact_coverage", asked.name, {}), (needs,))


def _missing(why: str) -> Callable[[Arguments], Iterator[Written]]:
    def make(asked: Arguments) -> Iterator[Written]:
        asked.taken += list(asked.given)
        yield Written(None, (f"{asked.name} ({asked.kind}) is left out: {why}",))

    return make


METRICS: dict[str, Callable[[Arguments], Iterator[Written]]] = {
    "deletion": _deletion,
    "insertion": _insertion,
    "irof": _irof,
    "iiof": _iiof,
    "minimalsubset": _minimal(),
    "minimalsubsetdeletion": _minimal("deletion"),
    "minimalsubsetinsertion": _minimal("insertion"),
    "sensitivityn": _sensitivity,
    "segsensitivityn": _seg_sensitivity,
    "infidelity": _infidelity,
    "maxsensitivity": _max_sensitivity,
    "impactcoverage": _impact_coverage,
    "runtime": _missing("the report of a run shows what each method costs"),
    "impactscore": _missing("no metric here counts changed predictions"),
}
SPELLED = (
    "Deletion",
    "Insertion",
    "Irof",
    "Iiof",
    "MinimalSubset",
    "SensitivityN",
    "SegSensitivityN",
    "Infidelity",
    "MaxSensitivity",
    "ImpactCoverage",
    "Runtime",
    "ImpactScore",
)
