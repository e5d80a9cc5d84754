"""Parts of a study that are plain mappings: models, data, compute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

Count = Annotated[int, Field(strict=True, ge=1)]
Text = Annotated[str, Field(min_length=1)]


def looks_like_a_folder(name: str) -> bool:
    """True for `./photos`, `~/photos`, `a/b`; a plug-in is no folder."""
    return not re.search(r"\.py(:|$)", name) and (name.startswith((".", "~")) or "/" in name or "\\" in name)


class Part(BaseModel):
    """A mapping of a study; unknown keys are refused. Descriptions say what a key takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @classmethod
    def keys(cls) -> dict[str, FieldInfo]:
        """The fields by the keys of YAML."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}


class ModelSpec(Part):
    """`digits-cnn`, or {name, from, weights, sha256, twins}."""

    name: Text = Field(description="a name")
    source: Text = Field(
        default="", alias="from", description="the name of a known model, or a loader like timm:resnet18"
    )
    weights: Text | None = Field(default=None, description="the path of a safetensors file")
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = Field(
        default=None, description="64 hexadecimal digits"
    )
    twins: dict[Text, Text] | None = Field(
        default=None, description="paths of safetensors files, as in {random labels: twin.safetensors}"
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        given = {"name": given} if isinstance(given, str) else given
        if isinstance(given, dict) and "from" not in given and "source" not in given and "name" in given:
            return {**given, "from": given["name"]}
        return given


class DataSpec(Part):
    """`mnist5k`, or {name | folder, split, images, labels, boxes, patches, reference, keep}."""

    name: Text = Field(description="a name")
    folder: Text | None = Field(default=None, description="the path of a folder of images")
    split: Text | None = Field(default=None, description="a name")
    images: Count = Field(default=64, description="a whole number, at least 1")
    labels: Text | None = Field(default=None, description="the path of a CSV file")
    boxes: Text | None = Field(default=None, description="the path of a CSV file")
    patches: Text | None = Field(default=None, description="the path of a safetensors file")
    reference: Count = Field(default=100, description="a whole number, at least 1")
    keep: Literal["all", "correct"] = Field(
        default="all", description="all or correct (only images that the model gets right)"
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
    """Where and how the model is evaluated; no value changes what is computed, except `precision`."""

    device: Text = Field(default="auto", description="auto, cpu, cuda, cuda:0 or mps")
    batch: Literal["auto"] | Count = Field(default="auto", description="auto or a whole number, at least 1")
    precision: Literal["float32", "bfloat16", "float64"] = Field(
        default="float32", description="float32, bfloat16 or float64"
    )
