"""Made-up runs that look like real ones, for the tests of the report."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from heatproof.stats.verdict import Cell, Pair, Sanity, Verdict
from heatproof.study.view import CurveView, FormulaView, ImageView, ModelView, RunView

HOSTILE = (
    "</script><img src=x onerror=\"document.title='owned'\">",
    "{{7*7}} ${7*7} &lt; ]]> <!-- javascript:alert(1)",
    "$\\frac{$ 100% a_{b",
    "line\u2028separator",
    "\x1b[31mred\x1b[0m \x00",
    "\u202etxet desrever\u202c",
    "=HYPERLINK(1)",
    "'><svg onload=alert(1)>",
)
_NAMES = (
    *("smoothgrad", "integrated_gradients", "grad_cam", "gradient", "input_x_gradient", "guided_backprop"),
    *("smooth_taylor", "vargrad", "smoothgrad_squared", "guided_grad_cam", "occlusion", "lrp", "rise", "lime"),
)
_METRICS = (
    *(("deletion", "lower"), ("insertion", "higher"), ("parameter_randomization", "lower"), ("gini", "")),
    *(("sensitivity_n", "higher"), ("infidelity", "lower"), ("max_sensitivity", "lower"), ("srg", "higher")),
    *(("entropy", ""), ("total_variation", "lower"), ("completeness", "lower")),
)
_BIBTEX = (
    "@inproceedings{{{key}, title={{On {key}}}, author={{A. Author}}, year={{2020}}, doi={{10.1000/{key}}}}}",
    "@article{{{key}, title={{About {key}}}, author={{B. Author}}, year={{2019}}, journal={{arXiv:1706.03825}}}}",
)


@dataclass(frozen=True)
class Size:
    """How large a made-up run is."""

    images: int = 8
    methods: int = 6
    metrics: int = 5
    side: int = 28
    names: tuple[str, ...] = _NAMES


def formulas(size: Size) -> tuple[tuple[FormulaView, ...], tuple[FormulaView, ...]]:
    """Methods with two controls, and metrics."""

    def method(name: str, control: bool = False) -> FormulaView:
        used = {"asked": 4000, "run": 1200, "forwards": 800, "gradients": 400, "seconds": 3.2}
        bibtex = "" if control else _BIBTEX[len(name) % 2].format(key=name)
        settings: dict[str, Any] = {"n": 50, "sigma": 0.15} if "smooth" in name else {}
        summary = "E[grad f(z)], z ~ N(x, sigma^2)." if settings else "d f(x) / d x."
        return FormulaView(f"m/{name}", name, name, settings, "gradients", summary, bibtex, control, "", used)

    def metric(name: str, better: str) -> FormulaView:
        family = "randomization" if "random" in name else "faithfulness"
        bibtex = _BIBTEX[len(name) % 2].format(key=name)
        used = {"asked": 900, "run": 900, "forwards": 900, "gradients": 0, "seconds": 11.0}
        return FormulaView(f"q/{name}", name, name, {}, family, "What it measures.", bibtex, False, better, used)

    methods = tuple(method(name) for name in size.names[: size.methods])
    controls = (method("random", control=True), method("edges", control=True))
    return methods + controls, tuple(itertools.starmap(metric, _METRICS[: size.metrics]))


def pictures(size: Size, seed: int) -> tuple[Callable[[], Any], Callable[[int], Any]]:
    """An image with a bright shape, and maps of it with more or less noise."""
    y, x = np.mgrid[: size.side, : size.side] / size.side - 0.5
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi)
    shape = np.exp(-20 * ((x * np.cos(angle) + y * np.sin(angle)) ** 2)) * (x**2 + y**2 < 0.12)
    tint = rng.uniform(0.4, 1.0, 3)

    def pixels() -> Any:
        return (255 * np.clip(0.15 + 0.8 * shape[..., None] * tint + 0.1 * y[..., None], 0, 1)).astype(np.uint8)

    def phi(place: int) -> Any:
        noise = np.random.default_rng([seed, place]).normal(size=(3, size.side, size.side))
        sign = np.sign(np.sin(9 * x + place))
        return (shape * (sign if place % 2 else 1.0) + (0.02 + 0.08 * place) * noise).astype(np.float32)

    return pixels, phi


def model(
    size: Size, name: str = "mnist-cnn", seed: int = 0, classes: tuple[str, ...] = ("three", "eight")
) -> ModelView:
    """Everything about one made-up model; method 0 is the best."""
    rng = np.random.default_rng(seed)
    methods, metrics = formulas(size)
    drawn = [pictures(size, 100 * seed + i) for i in range(size.images)]
    images = tuple(_image(i, drawn[i][0], classes) for i in range(size.images))
    places = {method.key: place for place, method in enumerate(methods)}
    values = {(a.key, b.key): _column(rng, places[a.key], b, size.images) for a in methods for b in metrics}
    reasons: dict[tuple[str, str], tuple[str | None, ...]] = {}
    if size.images > 2 and metrics:
        values[methods[1].key, metrics[0].key][2] = np.nan
        reasons[methods[1].key, metrics[0].key] = (None, None, "the map is constant", *[None] * (size.images - 3))
    numbers = {image.id: i for i, image in enumerate(images)}
    return ModelView(
        name=name,
        facts={"parameters": 20586, "sha256": "9f2c" * 16, "input": {"height": size.side, "width": size.side}},
        images=images,
        methods=methods,
        metrics=metrics,
        values=values,
        reasons=reasons,
        curves={b.key: _curves(rng, methods, b, size.images) for b in metrics[:3]},
        load_map=lambda method, image: drawn[numbers[image]][1](places[method]),
        verdict=verdict(methods, metrics, values),
    )


def _image(place: int, pixels: Callable[[], Any], classes: tuple[str, ...]) -> ImageView:
    target = place % len(classes)
    label = classes[target] if place % 4 else classes[target - 1]
    return ImageView(f"test/{place:05}.png", target, classes[target], target, classes[target], 0.97, label, pixels)


def _column(rng: np.random.Generator, place: int, metric: FormulaView, images: int) -> Any:
    sign = -1 if metric.better == "higher" else 1
    return 0.5 + sign * 0.03 * place + 0.05 * rng.normal(size=images)


def _curves(
    rng: np.random.Generator, methods: tuple[FormulaView, ...], metric: FormulaView, images: int
) -> tuple[CurveView, ...]:
    if "random" not in metric.name:
        x = np.linspace(0, 1, 29)
        values = {m.key: _bundle(rng, place, x, images) for place, m in enumerate(methods)}
        return (CurveView(metric.name, tuple(x.tolist()), "share of pixels removed", "probability", (), values),)
    kinds, x = ("spearman", "ssim", "hog"), np.arange(1.0, 5.0)
    floors = {m.key: np.full((images, 3), 0.95 - 0.02 * place) for place, m in enumerate(methods)}
    curves = [CurveView("noise floor", (0.0, 1.0, 2.0), "similarity", "phi against itself", kinds, floors)]
    for kind in kinds:
        values = {m.key: _bundle(rng, place, x / 4, images) for place, m in enumerate(methods)}
        stages = ("fc", "conv3", "conv2", "conv1")
        curves.append(CurveView(f"cascading {kind}", tuple(x.tolist()), "randomized down to", kind, stages, values))
    return tuple(curves)


def _bundle(rng: np.random.Generator, place: int, shape: Any, images: int) -> Any:
    return np.exp(-shape * (6 / (1 + place))) + 0.06 * rng.normal(size=(images, 1)) * shape


def verdict(
    methods: tuple[FormulaView, ...], metrics: tuple[FormulaView, ...], values: dict[tuple[str, str], Any]
) -> Verdict:
    """A verdict that fits the values roughly: enough to be shown."""
    cells, pairs = [], []
    for metric in metrics:
        for place, method in enumerate(methods):
            column = values[method.key, metric.key]
            seen = column[np.isfinite(column)]
            mean = float(seen.mean()) if seen.size else None
            low, high = (None, None) if mean is None else (mean - 0.02, mean + 0.02)
            beats = None if method.control else place < 4
            best = place < 2 and bool(metric.better) and mean is not None
            undefined = column.size - seen.size
            cells.append(Cell(method.label, metric.label, mean, low, high, seen.size, undefined, best, beats))
        for (i, a), (j, b) in itertools.combinations(enumerate(methods), 2):
            effect = 0.5 + 0.06 * (j - i)
            better = a.label if j - i > 2 else ""
            pairs.append(
                Pair(metric.label, a.label, b.label, 0.03, 0.01, 0.05, 0.001, 0.004, min(effect, 0.99), better, 8)
            )
    outcomes = ("pass", "pass", "undecided", "fail", "not tested")
    sanity = [
        Sanity(m.label, outcomes[i % 5], 0.1 * i, 0.1 * i - 0.02, 0.1 * i + 0.02, 0.95 if i % 2 else None)
        for i, m in enumerate(methods)
    ]
    names = [m.label for m in metrics]
    taus = np.linspace(-0.8, 0.95, max(1, len(names) * (len(names) - 1) // 2))
    return Verdict(
        methods=tuple(m.label for m in methods if not m.control),
        metrics=tuple(names),
        controls=tuple(m.label for m in methods if m.control),
        cells=tuple(cells),
        pairs=tuple(pairs),
        sanity=tuple(sanity),
        agreement=dict(zip(itertools.combinations(names, 2), map(float, taus), strict=False)),
        warnings=("Only 8 images: most differences cannot be decided.",),
        sentences=(
            f"{methods[0].label} is best on deletion and insertion; {methods[1].label} cannot be told from it.",
            "All methods but two beat the random control on at least one metric of faithfulness.",
        ),
    )


def run(size: Size | None = None, models: int = 2, **changes: Any) -> RunView:
    """A finished run, with a few things gone wrong."""
    size = size or Size()
    view = RunView(
        title="Which heatmap can you trust?",
        folder=Path("runs/first"),
        models=tuple(model(size, name, i) for i, name in enumerate(("mnist-cnn", "mnist-mlp")[:models])),
        study={"heatproof": 1, "seed": 7, "models": ["mnist-cnn"], "methods": [{"smoothgrad": {"n": 50}}]},
        provenance={"versions": {"heatproof": "0.1.0", "torch": "2.13.0"}, "hardware": {"cores": 2}, "seed": 7},
        cost={
            **{"asked": 120_000, "run": 41_000, "shared": 0.658, "forwards": 30_000, "gradients": 11_000},
            **{"seconds": 161.0, "model_seconds": 148.0},
        },
        events=({"when": "2026-11-24T06:00:00Z", "kind": "skipped", "text": "broken.png: not an image"},),
        failed=({"image": "test/00003.png", "method": "grad_cam", "metric": "", "reason": "no convolution"},),
        missing=3,
        digest="ab" * 32,
    )
    return replace(view, **changes)


def hostile_run() -> RunView:
    """Every name of a run is an attack."""
    size = Size(methods=6, metrics=3, names=HOSTILE)
    bad = model(size, HOSTILE[0], classes=HOSTILE)
    images = tuple(
        replace(image, id=f"{name}{i}") for i, (image, name) in enumerate(zip(bad.images, HOSTILE, strict=True))
    )
    numbers = {new.id: old.id for new, old in zip(images, bad.images, strict=True)}
    metrics = tuple(replace(m, summary=HOSTILE[0], family=HOSTILE[1], bibtex=HOSTILE[0]) for m in bad.metrics)
    changed = replace(bad, images=images, metrics=metrics, load_map=lambda m, i: bad.load_map(m, numbers[i]))
    told = replace(changed.verdict, warnings=HOSTILE, sentences=HOSTILE)
    return replace(
        run(models=0),
        models=(replace(changed, verdict=told),),
        title=HOSTILE[0],
        study={name: list(HOSTILE) for name in HOSTILE},
        provenance=dict.fromkeys(HOSTILE, HOSTILE[0]),
        events=({"when": HOSTILE[0], "kind": "skipped", "text": HOSTILE[0]},),
        failed=(dict.fromkeys(("image", "method", "metric", "reason"), HOSTILE[0]),),
    )
