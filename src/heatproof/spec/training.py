"""What a study may say about weights and patches that have to be made before it can run.

A key that is left out is left to the recipe of the network.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from heatproof.spec.part import Count, Part, Text

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Label = Annotated[int, Field(strict=True, ge=0)]
_COUNT, _POSITIVE, _WEIGHT, _FLAG = "a whole number, at least 1", "a number above 0", "a number from 0", "true or false"


class Open(Part):
    """A mapping whose keys may all be left out."""

    def given(self) -> dict[str, Any]:
        """The keys that were not."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class TrainSpec(Open):
    """A training of a network: {network, data, epochs, seed, random_labels, adversarial, epsilon, ...}."""

    network: Text | None = Field(default=None, description="the name of a network that can be trained")
    data: Text | None = Field(default=None, description="the name of a data set")
    images: Count | None = Field(default=None, description=_COUNT)
    epochs: Annotated[int, Field(strict=True, ge=0)] | None = Field(default=None, description="a whole number, from 0")
    batch: Count | None = Field(default=None, description=_COUNT)
    rate: Positive | None = Field(default=None, description=_POSITIVE)
    seed: Seed | None = Field(default=None, description="a whole number, at least 0")
    reg: Weight | None = Field(default=None, description=_WEIGHT)
    random_labels: bool | None = Field(default=None, description=_FLAG)
    noise: Weight | None = Field(default=None, description=_WEIGHT)
    adversarial: Literal["l2", "linf"] | None = Field(default=None, description="l2 or linf")
    epsilon: Positive | None = Field(default=None, description=_POSITIVE)
    attack_steps: Count | None = Field(default=None, description=_COUNT)
    attack_step: Positive | None = Field(default=None, description=_POSITIVE)
    random_start: bool | None = Field(default=None, description=_FLAG)


class TwinSpec(Part):
    """A twin that is trained: what is said here is set otherwise than for the model itself."""

    train: TrainSpec = Field(description="a mapping like {random_labels: true}")


class PatchTrainSpec(Open):
    """The making of adversarial patches: {targets, area, epochs, rate, place, ...}."""

    targets: Annotated[tuple[Label, ...], Field(min_length=1)] | None = Field(
        default=None, description="a list of class numbers"
    )
    area: Annotated[float, Field(gt=0, le=1)] | None = Field(default=None, description="a share of the image, up to 1")
    epochs: Count | None = Field(default=None, description=_COUNT)
    batch: Count | None = Field(default=None, description=_COUNT)
    rate: Positive | None = Field(default=None, description=_POSITIVE)
    seed: Seed | None = Field(default=None, description="a whole number, at least 0")
    images: Count | None = Field(default=None, description=_COUNT)
    place: Literal["image", "batch"] | None = Field(default=None, description="image or batch")
    plateau: bool | None = Field(default=None, description=_FLAG)
    keep: Literal["validation", "training", "last"] | None = Field(
        default=None, description="validation, training or last"
    )


class PatchesSpec(Part):
    """Patches that are trained against each model, on images of the other split."""

    train: PatchTrainSpec = Field(description="a mapping like {targets: [0, 1]}")
