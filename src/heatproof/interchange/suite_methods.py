"""The methods of a methods.yaml of 2022 as methods of a study, with what is different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heatproof.interchange.suite_metrics import Written, entry
from heatproof.interchange.suite_parts import Arguments, Source, plain, typed
from heatproof.vocabulary.registry import formula

BATCHES = ("internal_batch_size", "perturbations_per_eval")
"""Arguments that say how many images go through the model at a time, and change no map."""


@dataclass(frozen=True)
class Twin:
    """Our method for a type of theirs: their arguments by our settings, and what is always different."""

    name: str
    type: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    preset: str = "attribench2022"


_NOISE = {"num_samples": "n", "n_samples": "n", "nt_samples": "n", "stdev": "sigma", "stdevs": "sigma"}
_SEGMENTS = {"num_samples": "n", "n_samples": "n", "num_segments": "segments", "n_segments": "segments"}
_REFERENCE = {"num_samples": "n", "n_samples": "n", "num_baselines": "n", "n_baseline_samples": "n"}
_DRAWN = ("reference images are drawn once per image from data: {reference: ...}, not anew for each batch",)
TWINS: tuple[Twin, ...] = (
    Twin("gradient", "Gradient"),
    Twin("input_x_gradient", "InputXGradient"),
    Twin("guided_backprop", "GuidedBackprop"),
    Twin("deconvnet", "Deconvolution"),
    Twin("grad_cam", "GradCAM"),
    Twin("guided_grad_cam", "GuidedGradCAM"),
    Twin("deeplift", "DeepLift"),
    Twin("integrated_gradients", "IntegratedGradients", {"num_steps": "steps", "n_steps": "steps"}),
    Twin("smoothgrad", "SmoothGrad", _NOISE),
    Twin("vargrad", "VarGrad", _NOISE),
    Twin("deepshap", "DeepShap", _REFERENCE, _DRAWN),
    Twin("kernel_shap", "KernelShap", _SEGMENTS),
    Twin("expected_gradients", "ExpectedGradients", _REFERENCE, _DRAWN),
    Twin("lime", "Lime", _SEGMENTS),
    Twin("random", "Random", {}, ("one random map for each image, the same in every metric",)),
    Twin("edges", "EdgeDetection", {}, ("Sobel over each channel",)),
    Twin("xrai", "XRAI", {"num_steps": "steps"}, (), "attribench2024"),
    Twin("grad_cam_plus_plus", "GradCAMPlusPlus", {}, (), "attribench2024"),
    Twin("score_cam", "ScoreCAM", {}, (), "attribench2024"),
)
PUBLISHED = TWINS[:14]
"""The methods of the benchmark of 2022."""
_BY_TYPE = {plain(twin.type): twin for twin in TWINS}


def methods_of(source: Source) -> list[Written]:
    """The methods of the file in its order; what is wrong is complained of in the source."""
    root = source.root.data
    source.only(root, ("wrappers", "methods"), (), source.path)
    _wrappers(source, root.get("wrappers"))
    listed = root.get("methods")
    wanted = "a list of names or of {name: {type: ..., args: ...}}"
    if not isinstance(listed, list):
        source.wrong(("methods",), "methods", listed, wanted)
        return []
    found: list[Written] = []
    for i, item in enumerate(listed):
        if isinstance(item, str):
            found += _written(typed(source, ("methods", i), item, None))
        elif isinstance(item, Mapping) and len(item) == 1:
            ((name, given),) = item.items()
            found += _written(typed(source, ("methods", i, name), str(name), given))
        else:
            source.wrong(("methods", i), f"entry {i + 1} of methods", item, wanted)
    return found


def published_methods() -> list[Written]:
    """All 14 methods of the benchmark of 2022, as it ran them."""
    return [Written(entry("method", twin.name, twin.type, {}, twin.preset), twin.notes) for twin in PUBLISHED]


def _written(asked: Arguments) -> list[Written]:
    twin = _BY_TYPE.get(asked.canonical)
    if twin is None:
        asked.source.unknown(asked.way, "method", asked.kind, asked.source.path, [t.type for t in TWINS])
        return []
    asked.taken += BATCHES
    wanted: dict[str, Any] = {}
    known = formula("method", twin.name).settings
    for theirs, ours in twin.renamed.items():
        value = asked.take(theirs) if float in known[ours].kinds else asked.whole(theirs)
        if value is not None:
            wanted[ours] = float(value) if float in known[ours].kinds else value
    asked.done()
    return [Written(entry("method", twin.name, asked.name, wanted, twin.preset), twin.notes)]


def _wrappers(source: Source, given: Any) -> None:
    """PixelAggregation by the mean, which the order of pixels and correlations do not tell from a sum."""
    held = source.mapping(given, ("wrappers",), "wrappers")
    source.only(held, ("PixelAggregation",), ("wrappers",), "wrappers")
    if "PixelAggregation" in held:
        asked = typed(source, ("wrappers", "PixelAggregation"), "PixelAggregation", held["PixelAggregation"] or {})
        asked.word("aggregation_fn", ("avg",), "avg")
        asked.done()
