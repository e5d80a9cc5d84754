"""What a finished or half-finished run looks like to those who only read it: the report, the terminal, a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from heatproof.stats.verdict import Verdict

Array = NDArray[Any]


@dataclass(frozen=True)
class FormulaView:
    """One row (method) or one column (metric) of a study."""

    key: str
    """Content key: names this formula with these settings on this model in the store."""
    label: str
    """What tables show: the name, and the settings that distinguish it from other entries."""
    name: str
    settings: Mapping[str, Any]
    family: str
    summary: str
    """The formula: first line of the docstring."""
    bibtex: str
    control: bool = False
    better: str = ""
    """Metrics only: "higher", "lower", or "" where neither is better."""
    evaluations: Mapping[str, int] = field(default_factory=dict)
    """asked, run, forwards, gradients, seconds - of this entry, over all images."""


@dataclass(frozen=True)
class ImageView:
    """One explained image."""

    id: str
    target: int
    target_name: str
    predicted: int
    predicted_name: str
    probability: float
    """Softmax probability of the explained class."""
    label_name: str | None
    pixels: Callable[[], Array]
    """() -> (H, W, 3) uint8, for display."""


@dataclass(frozen=True)
class CurveView:
    """The curves of one metric: the same x for every method and image."""

    name: str
    x: tuple[float, ...]
    x_label: str
    y_label: str
    x_names: tuple[str, ...] = ()
    """Names of the points where x is not a quantity (layers)."""
    values: Mapping[str, Array] = field(default_factory=dict)
    """method key -> (images, points), NaN where undefined."""


@dataclass(frozen=True)
class ModelView:
    """Everything a study knows about one model."""

    name: str
    facts: Mapping[str, Any]
    images: tuple[ImageView, ...]
    methods: tuple[FormulaView, ...]
    metrics: tuple[FormulaView, ...]
    values: Mapping[tuple[str, str], Array]
    """(method key, metric key) -> one value per image, NaN where undefined or missing."""
    reasons: Mapping[tuple[str, str], tuple[str | None, ...]]
    """(method key, metric key) -> per image why there is no value."""
    curves: Mapping[str, tuple[CurveView, ...]]
    """metric key -> its curves."""
    load_map: Callable[[str, str], Array | None]
    """(method key, image id) -> (C, H, W) float32, or None where there is no map."""
    verdict: Verdict
    pictures: Callable[[str, str, str], Mapping[str, Array]] = field(default=lambda metric, method, image: {})
    """(metric key, method key, image id) -> the maps (C, H, W) that the metric made beside phi, by stage or value."""
    notes: Callable[[str], tuple[Mapping[str, float], ...]] = field(default=lambda method: ())
    """method key -> per image what the method noted beside its map, by name."""


@dataclass(frozen=True)
class RunView:
    """A run folder, read."""

    title: str
    folder: Path
    models: tuple[ModelView, ...]
    study: Mapping[str, Any]
    """The resolved study: all defaults written out; itself a valid study file."""
    provenance: Mapping[str, Any]
    cost: Mapping[str, Any]
    """asked, run, shared (0..1), forwards, gradients, seconds, model_seconds."""
    events: tuple[Mapping[str, Any], ...] = ()
    """Shrunk batches, skipped images, resumed sessions: {when, kind, text}."""
    missing: int = 0
    """Units of the study that are not in the store yet."""
    failed: tuple[Mapping[str, str], ...] = ()
    """{image, method, metric, reason} of units that failed."""
    digest: str = ""
    """SHA-256 over every map and score of the study: equal digests are equal results."""

    @property
    def habits(self) -> tuple[str, ...]:
        """What was noticed of the models before anything ran, each text beginning with the model's name."""
        return tuple(str(event["text"]) for event in self.events if event["kind"] == "model")
