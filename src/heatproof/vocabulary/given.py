"""Maps made elsewhere: a method that looks nothing up but what was handed over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from torch import Tensor

from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.formula import Claims, Formula
from heatproof.vocabulary.image import fingerprint
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About

ELSEWHERE = "these maps were made elsewhere and cannot be made again"


@dataclass(frozen=True, eq=False)
class Given:
    """Maps (N, C, H, W), (N, 1, H, W) or (N, H, W) float32; NaN where an image has none."""

    maps: Tensor
    name: str
    """What messages call them."""
    ids: tuple[str, ...] = ()
    """The image of each map; () where they come in the order of the images."""
    targets: tuple[int, ...] = ()
    """The class that each map explains; () where that is not known."""

    def __post_init__(self) -> None:
        if self.maps.ndim not in (3, 4) or not self.maps.numel() or not self.maps.is_floating_point():
            kind = str(self.maps.dtype).removeprefix("torch.")
            raise problem("HP685", name=self.name, got=f"{kind} of shape {tuple(self.maps.shape)}")
        for part, values in (("ids", self.ids), ("targets", self.targets)):
            if values and len(values) != len(self.maps):
                reason = f"{len(values)} for {len(self.maps)} maps"
                raise problem("HP686", name=self.name, part=part, reason=reason)
        if len(set(self.ids)) < len(self.ids):
            twice = next(i for i in self.ids if self.ids.count(i) > 1)
            raise problem("HP686", name=self.name, part="ids", reason=f"'{twice}' stands for two maps")

    @cached_property
    def digest(self) -> str:
        """The content of the maps and what they belong to, 64 hexadecimal digits."""
        parts = (fingerprint(self.maps), self.ids, self.targets)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def spread(self, shape: tuple[int, ...]) -> Tensor:
        """The maps at the shape (C, H, W) of the images; one for all channels is shared out among them (HP684)."""
        maps = self.maps[:, None] if self.maps.ndim == 3 else self.maps
        if tuple(maps.shape[1:]) == shape:
            return maps
        if tuple(maps.shape[1:]) != (1, *shape[1:]):
            wanted = f"{shape}, {(1, *shape[1:])} or {shape[1:]}"
            raise problem("HP684", name=self.name, got=tuple(self.maps.shape[1:]), images=shape, wanted=wanted)
        return (maps / shape[0]).expand(-1, *shape)


async def maps(
    f: Score,
    *,
    file: Annotated[str | None, About("the path of a .npz, .npy, .safetensors or .h5 file")] = None,
    key: Annotated[str | None, About("the name of the array inside the file")] = None,
    sha256: Annotated[str | None, About("64 hexadecimal digits: what the file must hold")] = None,
) -> Tensor:
    """The map that was handed over for this image."""
    raise Undefined(ELSEWHERE)  # a study puts the maps in this place


@dataclass(frozen=True)
class Handed(Formula):
    """The method `maps`, with the maps once they are read."""

    given: Given | None = None


MAPS = Handed("method", maps.__name__, maps, Claims(family="given"))
"""Not registered: without a file there is nothing that it could be asked for."""
