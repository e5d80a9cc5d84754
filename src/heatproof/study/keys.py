"""Content keys: equal keys mean equal results, and a changed meaning makes a new key."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from heatproof.spec.entry import Entry
from heatproof.vocabulary.image import fingerprint


def key(*parts: object) -> str:
    """A short hash of plain values."""
    text = json.dumps(parts, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def image_key(x: Tensor, target: int, boxes: Tensor | None = None) -> str:
    """The pixels, the class that is explained, and the boxes around its evidence where they are known."""
    return key("image", fingerprint(x), target, *([] if boxes is None else [fingerprint(boxes)]))


def model_key(fingerprint: str, device: str, maps: str, batches: Sequence[int], faster: Sequence[int]) -> str:
    """The model's bytes, and everything that decides its last bits: device, type, shapes of batches, PyTorch.

    `faster`: how many batch norms are folded, and whether forwards are compiled.
    """
    return key("model", fingerprint, device, maps, *batches, *faster, torch.__version__)


def method_key(entry: Entry, model: str, seed: int, extras: Sequence[str] = ()) -> str:
    """A method with its settings and what it is supplied with beside the image, on a model, under a seed."""
    return key("method", *_formula(entry), model, seed, *extras)


def metric_key(entry: Entry, extras: Sequence[str] = (), scores: str = "") -> str:
    """A metric with its settings, what it is supplied with beside the image, and the type of its own forwards."""
    by = [f"scores {scores}"] if scores and "f" in entry.formula.ingredients else []
    return key("metric", *_formula(entry), *extras, *by)


def twin_names(entry: Entry, twins: Mapping[str, Mapping[str, Tensor]]) -> list[str]:
    """What stands in the key of a formula that asks a twin of the model."""
    used = [twins[need] for need in entry.formula.claims.needs if need in twins]
    # Sorted: a file of weights is not read in the same order each time.
    return [key("twin", *((name, fingerprint(twin[name])) for name in sorted(twin))) for twin in used]


def _formula(entry: Entry) -> tuple[object, ...]:
    made = entry.formula
    # A function of the user's has no version; its text is what it means.
    code = inspect.getsource(made.call) if made.claims.family == "yours" else ""
    return made.name, made.claims.version, code, dict(entry.settings)


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return fingerprint(value)
    if isinstance(value, Mapping):
        return dict(value)
    return repr(value)
