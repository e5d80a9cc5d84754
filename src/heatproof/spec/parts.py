"""Parts of a study that are plain mappings: models, data, compute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from heatproof.spec.part import Count, Part, Text
from heatproof.spec.training import PatchesSpec, TrainSpec, TwinSpec

__all__ = ["ComputeSpec", "Count", "DataSpec", "ModelSpec", "Part", "Text", "looks_like_a_folder"]


def looks_like_a_folder(name: str) -> bool:
    """True for `./photos`, `~/photos`, `a/b`; a plug-in is no folder."""
    return not re.search(r"\.py(:|$)", name) and (name.startswith((".", "~")) or "/" in name or "\\" in name)


class ModelSpec(Part):
    """`digits-cnn`, or {name, from, weights, sha256, normalise, train, twins}."""

    name: Text = Field(description="a name")
    source: Text = Field(
        default="", alias="from", description="the name of a known model, or a loader like timm:resnet18"
    )
    weights: Text | None = Field(default=None, description="the path of a safetensors file")
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = Field(
        default=None, description="64 hexadecimal digits"
    )
    normalise: Text | None = Field(default=None, description="none, or the name of a data set like imagenet")
    train: TrainSpec | None = Field(default=None, description="a mapping like {data: mnist5k, epochs: 5}")
    twins: dict[Text, Text | TwinSpec] | None = Field(
        default=None,
        description="safetensors files or trainings, as in {random labels: twin.safetensors} or "
        "{random labels: {train: {random_labels: true}}}",
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        given = {"name": given} if isinstance(given, str) else given
        if isinstance(given, dict) and "from" not in given and "source" not in given and "name" in given:
            train = given.get("train")
            network = train.get("network") if isinstance(train, dict) else None
            return {**given, "from": network or given["name"]}
        return given


class DataSpec(Part):
    """`mnist5k`, or {name | folder, root, split, images, labels, boxes, patches, reference, keep, search}."""

    name: Text = Field(description="a name")
    folder: Text | None = Field(default=None, description="the path of a folder of images")
    root: Text | None = Field(default=None, description="the path of the folder that has the known data set")
    split: Text | None = Field(default=None, description="a name")
    images: Count = Field(default=64, description="a whole number, at least 1")
    labels: Text | None = Field(default=None, description="the path of a CSV file")
    boxes: Text | None = Field(default=None, description="the path of a CSV file")
    patches: Text | PatchesSpec | None = Field(
        default=None, description="the path of a safetensors file, or {train: {targets: [0, 1]}}"
    )
    reference: Count = Field(default=100, description="a whole number, at least 1")
    keep: Literal["all", "correct", "correct_for_all"] = Field(
        default="all",
        description="all or correct (only images that the model gets right) or correct_for_all (every model)",
    )
    search: Count | None = Field(
        default=None, description="a whole number, at least 1: images to look through until `images` of them are right"
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        if isinstance(given, str):
            given = {"folder" if looks_like_a_folder(given) else "name": given}
        if isinstance(given, dict) and "name" not in given and isinstance(given.get("folder"), str):
            return {**given, "name": Path(given["folder"]).expanduser().resolve().name or "images"}
        return given


class ComputeSpec(Part):
    """Where and how the model is evaluated; `maps` and `scores` say how precisely, the others change no meaning."""

    device: Text = Field(default="auto", description="auto, cpu, cuda, cuda:0 or mps")
    batch: Literal["auto"] | Count = Field(default="auto", description="auto or a whole number, at least 1")
    workers: Literal["auto"] | Count = Field(default="auto", description="auto or a whole number, at least 1")
    compiled: bool = Field(default=False, strict=True, description="true or false")
    """Plain forwards go through torch.compile: worth a minute at the start of a long study of a large network."""
    maps: Literal["float32", "bfloat16", "float64"] = Field(
        default="float32", description="float32, bfloat16 or float64"
    )
    """The type of methods, of explanations that metrics make again, and of every gradient."""
    scores: Literal["float32", "bfloat16", "float16", "float64"] | None = Field(
        default=None, description="float32, bfloat16, float16 or float64"
    )
    """The type of the forwards that metrics ask for; left out, that of `maps`."""
