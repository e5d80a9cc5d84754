"""Made-up runs that hold something for every figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from report_samples import Size, pictures, run

from heatproof.stats.verdict import Verdict
from heatproof.study.view import CurveView, FormulaView, ImageView, ModelView, RunView

LAYERS = ("fc", "conv2", "conv1")
KINDS = ("spearman", "absolute_spearman", "ssim")
IMAGES = 4
TAYLOR = {"n": 20, "sigma": 0.5, "tune": "none"}
METHODS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "gradient": ("gradient", {}),
    "guided_backprop": ("guided_backprop", {}),
    "integrated_gradients": ("integrated_gradients", {"steps": 50}),
    "taylor a": ("smooth_taylor", {**TAYLOR, "sigma": 0.3}),
    "taylor b": ("smooth_taylor", TAYLOR),
    "taylor c": ("smooth_taylor", {**TAYLOR, "n": 50}),
    "taylor d": ("smooth_taylor", {**TAYLOR, "sigma": 0.3, "n": 50}),
    "taylor tuned": ("smooth_taylor", {**TAYLOR, "tune": "aupc"}),
    "occlusion 5": ("occlusion", {"window": 5}),
    "occlusion 6": ("occlusion", {"window": 6}),
    "random": ("random", {}),
    "edges": ("edges", {}),
}
METRICS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "parameter_randomization": ("lower", {"similarity": "spearman", "order": "both"}),
    "model_noise": ("lower", {"similarity": "spearman", "relative": False}),
    "data_randomization": ("lower", {"similarity": "spearman"}),
    "hyperparameter_sensitivity": ("higher", {"similarity": "ssim"}),
    "input_noise_sensitivity": ("higher", {"similarity": "ssim"}),
    "perturbation_score": ("lower", {}),
    "total_variation": ("lower", {}),
    "insertion": ("higher", {}),
    "localization_error": ("lower", {}),
}


def view(models: int = 1, **changes: Any) -> RunView:
    """A run of models that differ in their numbers."""
    names = ("plain", "robust")[:models]
    made = tuple(model(name, seed, **changes) for seed, name in enumerate(names))
    return replace(run(models=0, failed=(), events=()), models=made)


def model(name: str, seed: int = 0, **changes: Any) -> ModelView:
    """One model; `noisy` methods have a low noise floor, see `floor_of`."""
    drawn = [pictures(Size(side=20), 10 * seed + i) for i in range(IMAGES)]
    methods = tuple(_method(label, *rest) for label, rest in METHODS.items())
    metrics = tuple(_metric(label, *rest) for label, rest in METRICS.items())
    places = {m.key: i for i, m in enumerate(methods)}
    rng = np.random.default_rng(seed)
    values = {(m.key, c.key): rng.uniform(0.2, 0.8, IMAGES) for m in methods for c in metrics}
    images = tuple(
        ImageView(f"digit-{i}", i, f"class {i}", i, f"class {i}", 0.9, f"class {i}", drawn[i][0]) for i in range(IMAGES)
    )
    numbers = {image.id: i for i, image in enumerate(images)}

    def album(metric: str, method: str, image: str) -> Mapping[str, Any]:
        place = numbers[image]
        if place > 1:  # kept for the first two
            return {}
        names = PICTURES.get(metric.removeprefix("q/"), ())
        return {called: drawn[place][1](places[method] + 3 + i) for i, called in enumerate(names)}

    return replace(
        ModelView(
            name=name,
            facts={"parameters": 10},
            images=images,
            methods=methods,
            metrics=metrics,
            values=values,
            reasons={},
            curves={c.key: tuple(_curves(rng, methods, c.name)) for c in metrics},
            load_map=lambda method, image: drawn[numbers[image]][1](places[method]),
            verdict=Verdict(tuple(METHODS), tuple(METRICS), ("random", "edges"), (), (), (), {}, (), ()),
            pictures=album,
        ),
        **changes,
    )


PICTURES = {
    "parameter_randomization": [f"{order} {layer}" for layer in LAYERS for order in ("cascading", "independent")],
    "data_randomization": ["random labels"],
    "hyperparameter_sensitivity": ["n 9", "n 40", "n 10", "mode other"],
    "input_noise_sensitivity": ["noisy image 1", "noisy image 2"],
}


def floor_of(label: str) -> float:
    """How alike a map is to itself."""
    return 0.6 if label == "taylor a" else 1.0


def _method(label: str, name: str, settings: dict[str, Any]) -> FormulaView:
    control = name in ("random", "edges")
    return FormulaView(f"m/{label}", label, name, settings, "gradient", "d f / d x", "", control)


def _metric(name: str, better: str, settings: dict[str, Any]) -> FormulaView:
    return FormulaView(f"q/{name}", name, name, settings, "any", "", "", False, better)


def _curves(rng: np.random.Generator, methods: tuple[FormulaView, ...], metric: str) -> list[CurveView]:
    def values(points: int) -> dict[str, Any]:
        return {m.key: rng.uniform(0.1, 0.9, (IMAGES, points)) for m in methods}

    floors = {m.key: np.full((IMAGES, len(KINDS)), floor_of(m.label)) for m in methods}
    floor = CurveView("noise floor", (0.0, 1.0, 2.0), "similarity", "phi against itself", KINDS, floors)
    if metric == "parameter_randomization":
        names = [f"{order} {kind}" for order in ("cascading", "independent") for kind in KINDS]
        stages = [CurveView(n, (1.0, 2.0, 3.0), "randomized", n, LAYERS, values(3)) for n in names]
        return [*stages, CurveView("cascading same class", (1.0, 2.0, 3.0), "", "same class", LAYERS, values(3)), floor]
    if metric == "model_noise":
        names = [f"{kind}, sigma {s}" for kind in ("spearman", "same class") for s in ("0.1", "0.3")]
        return [*(CurveView(n, (1.0, 2.0, 3.0), "disturbed", n, LAYERS, values(3)) for n in names), floor]
    if metric == "data_randomization":
        return [CurveView("similarities", (0.0, 1.0, 2.0), "similarity", "value", KINDS, values(3)), floor]
    if metric == "perturbation_score":
        return [CurveView("perturbation", (0.0, 1.0, 2.0), "windows of noise", "logit", (), values(3))]
    if metric == "total_variation":
        return [CurveView("scales", (20.0, 13.0, 8.0), "pixels", "total variation", (), values(3))]
    if metric == "insertion":
        return [CurveView("insertion", (0.0, 0.5, 1.0), "share", "probability", (), values(3))]
    return [floor] if "sensitivity" in metric else []
