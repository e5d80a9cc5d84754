"""Content keys: equal keys mean equal results, and a changed meaning makes a new key."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from heatproof.spec.entry import Entry
from heatproof.vocabulary.image import fingerprint


def key(*parts: object) -> str:
    """A short hash of plain values."""
    text = json.dumps(parts, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def image_key(x: Tensor, target: int) -> str:
    """The pixels and the class that is explained."""
    return key("image", fingerprint(x), target)


def model_key(fingerprint: str, device: str, precision: str, batch: int) -> str:
    """The model's bytes, and everything that decides its last bits: device, type, micro-batch, PyTorch."""
    return key("model", fingerprint, device, precision, batch, torch.__version__)


def method_key(entry: Entry, model: str, seed: int) -> str:
    """A method with its settings, on a model, under a seed."""
    return key("method", *_formula(entry), model, seed)


def metric_key(entry: Entry) -> str:
    """A metric with its settings."""
    return key("metric", *_formula(entry))


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
