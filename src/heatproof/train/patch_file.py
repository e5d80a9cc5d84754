"""Patches that are made into a file, one after the other: killed at any moment, the next call goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from heatproof.data.imageset import ImageSet
from heatproof.data.patches import read_patches, write_patches
from heatproof.models.about import note_of
from heatproof.models.classifier import Classifier
from heatproof.train.patch_settings import PatchSettings
from heatproof.train.patches import MadePatch, PatchProgress, train_patches
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.image import fingerprint


def patch_digest(model: nn.Module, data: str, settings: PatchSettings) -> str:
    """The name of patches against exactly these weights, made on these images."""
    weights = [f"{name} {fingerprint(tensor)}" for name, tensor in sorted(model.state_dict().items())]
    return settings.digest(data, *weights)


def outputs_of(classifier: Classifier, data: ImageSet) -> int:
    """How many classes a model answers about."""
    if classifier.classes:
        return len(classifier.classes)
    with torch.no_grad():
        return int(classifier.module(data.images[:1]).shape[1])


def make_patches(
    path: Path,
    model: nn.Module,
    learned: ImageSet,
    held_out: ImageSet,
    settings: PatchSettings,
    *,
    about: Mapping[str, Any],
    progress: PatchProgress | None = None,
) -> list[MadePatch]:
    """Make the patches and write them with `about` and how well each works; see `train_patches`."""
    digest = patch_digest(model, learned.name, settings)
    unfinished = path.with_name(f".{path.name}.{digest[:12]}.unfinished")
    note = {**about, "settings": asdict(settings), "learned": learned.name, "held out": len(held_out)}
    made = _done(unfinished)
    try:
        for patch in train_patches(model, learned, held_out, settings, progress, first=len(made)):
            made.append(patch)
            _write(unfinished, made, note)
        _write(path, made, note)
        unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise problem("HP951", path=error.filename or path, reason=error.strerror or error) from error
    return made


def _write(path: Path, made: list[MadePatch], note: Mapping[str, Any]) -> None:
    results = [{"success": m.success, "all images": m.all_images, "loss": m.loss} for m in made]
    write_patches(path, [m.patch for m in made], {**note, "patches": results})


def _done(unfinished: Path) -> list[MadePatch]:
    """What an interrupted call has finished."""
    if not unfinished.exists():
        return []
    try:
        results = note_of(unfinished)["patches"]
        patches = read_patches(unfinished)
        return [
            MadePatch(patch, result["success"], result["all images"], result["loss"])
            for patch, result in zip(patches, results, strict=True)
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise problem("HP960", path=unfinished) from error
