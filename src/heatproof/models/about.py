"""What a weights file of ours says about itself beside its tensors: what the network sees and what it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import problem

KEY = "heatproof"


@dataclass(frozen=True)
class About:
    """The input and the class names that belong to some weights, where the file says."""

    input: InputSpec | None = None
    classes: tuple[str, ...] | None = None


NOTHING = About()


def note_of(path: Path) -> dict[str, Any]:
    """The note in a .safetensors file, as it was written; {} where there is none."""
    try:
        with safe_open(path, "pt") as file:
            text = (file.metadata() or {}).get(KEY, "{}")
    except (SafetensorError, OSError, ValueError):
        return {}
    try:
        note = json.loads(text)
    except ValueError:
        note = None
    if not isinstance(note, dict):
        raise problem("HP923", path=path, reason=f"its note {KEY!r} is no JSON object")
    return note


def read_about(path: Path) -> About:
    """What the note of a weights file says; raises HP923 where it makes no sense."""
    note = note_of(path)
    try:
        classes = note.get("classes")
        named = None if classes is None else tuple(str(name) for name in classes)
        return About(_input(note["input"]) if note.get("input") else None, named)
    except (TypeError, ValueError, KeyError) as error:
        raise problem("HP923", path=path, reason=f"its note {KEY!r} does not describe an input: {error}") from error


def written(spec: InputSpec, classes: tuple[str, ...]) -> dict[str, Any]:
    """The part of a note that `read_about` reads."""
    return {"input": asdict(spec), "classes": list(classes)}


def _input(said: Mapping[str, Any]) -> InputSpec:
    """An InputSpec of plain values."""
    sizes = [int(said[name]) for name in ("channels", "height", "width")]
    if not all(0 < size <= 10_000 for size in sizes):
        raise ValueError(f"a size of {sizes}")
    mean, std = (tuple(float(v) for v in said[name]) for name in ("mean", "std"))
    if len(mean) not in (1, sizes[0]) or len(std) not in (1, sizes[0]) or min(std) <= 0:
        raise ValueError("its normalisation")
    how: Literal["bilinear", "bicubic"] = "bicubic" if said.get("interpolation") == "bicubic" else "bilinear"
    return InputSpec(sizes[0], sizes[1], sizes[2], mean, std, float(said.get("crop", 1.0)), how)
