"""An image cut into segments, once for everybody who asks: superpixels, or labels that a user brings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.fills import Fill
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.settings import About

Algorithm = Literal["slico", "slic", "quickshift"]
Cut = int | Sequence[Any] | Tensor
"""A number of segments to ask for, or the labels themselves: (H, W), or (C, H, W) where channels differ."""

Segmentation = Annotated[Cut, About("number of segments to ask for, or a label for every pixel (H, W)", 1, 100_000)]
Superpixels = Annotated[
    Algorithm,
    About("slico: SLIC whose compactness adapts itself; slic; quickshift (4, 200, 0.2), which takes no number"),
]
Compactness = Annotated[float, About("slic: weight of distance against colour", 1e-6, 1e6)]
Smoothing = Annotated[float, About("standard deviation of the blur before the image is cut, pixels", 0.0, 1e3)]
SegmentFill = Annotated[
    Fill | Literal["segment_mean"],
    About("what an absent segment is: its own mean colour (segment_mean), a number, pixels, or any other fill"),
]
Spread = Annotated[
    Literal["even", "copied"],
    About("even: what a segment is worth is divided among its pixels; copied: each of its pixels gets all of it"),
]


@dataclass(frozen=True, eq=False)
class Segments:
    """A partition of an image; `key` names it in evaluations."""

    key: Hashable
    labels: Tensor
    """(1 or C, H, W) int64, from 0 to count - 1."""

    @cached_property
    def count(self) -> int:
        """How many segments there are: often not as many as were asked for."""
        return int(self.labels.max()) + 1

    @cached_property
    def sizes(self) -> Tensor:
        """Pixels (or values, where channels differ) of every segment: (count,) float64."""
        return torch.bincount(self.labels.flatten(), minlength=self.count).double()

    def sums(self, phi: Tensor) -> Tensor:
        """The sum of phi (C, H, W) over every segment: (count,) float64."""
        values = phi.double().sum(0, keepdim=True) if len(self.labels) == 1 else phi.double().expand_as(self.labels)
        # On the CPU, where values are added up in one order: an accelerator takes them as they come.
        total = torch.zeros(self.count, dtype=torch.float64)
        return total.index_add_(0, self.labels.flatten().cpu(), values.flatten().cpu()).to(phi.device)

    def painted(self, values: Tensor) -> Tensor:
        """Each pixel gets the value of its segment: (..., count) -> (..., 1 or C, H, W)."""
        return values[..., self.labels]

    def colours(self, x: Tensor) -> Tensor:
        """Each pixel of x gets the mean colour of its segment."""
        if len(self.labels) > 1:
            return self.painted(self.sums(x) / self.sizes).to(x.dtype)
        means = [self.painted(self.sums(channel[None]) / self.sizes) for channel in x]
        return torch.cat(means).to(x.dtype)

    def spread(self, worth: Tensor, how: str, like: Tensor) -> Tensor:
        """The map, of the shape and type of `like`, that gives every segment its worth (count,)."""
        worth = worth.to(like.device)
        if how == "even":
            worth = worth / self.sizes / (len(like) if len(self.labels) == 1 else 1)
        return self.painted(worth).expand_as(like).to(like.dtype)


def segmented(
    image: Image,
    cut: Cut,
    algorithm: Algorithm = "slico",
    compactness: float = 10.0,
    smoothing: float = 0.0,
) -> Segments:
    """The segments of an image, found once whoever asks."""
    if not isinstance(cut, int):
        labels = torch.as_tensor(cut)
        return image.fact(("labels", fingerprint(labels)), lambda: _given(image, labels))
    name: tuple[Hashable, ...] = (algorithm, smoothing)
    if algorithm != "quickshift":
        name = (*name, cut, compactness if algorithm == "slic" else "own")
    return image.fact(("segments", name), lambda: Segments(name, _found(image, cut, algorithm, compactness, smoothing)))


def fill_of_segments(image: Image, segments: Segments, fill: Fill | Literal["segment_mean"]) -> Fill:
    """What stands where segments are absent."""
    if isinstance(fill, str) and fill == "segment_mean":
        return image.fact(("segment mean", segments.key), lambda: segments.colours(image.x))
    return fill


def _found(image: Image, cut: int, algorithm: Algorithm, compactness: float, smoothing: float) -> Tensor:
    """Labels of an image in float32, so that every precision sees the same segments."""
    from skimage.segmentation import quickshift, slic

    x = image.x.detach().float().cpu().double().permute(1, 2, 0).numpy()
    if not np.isfinite(x).all():
        raise Undefined("an image with values that are not finite has no segments")
    if algorithm == "quickshift":
        colours = x.repeat(3, 2) if x.shape[2] == 1 else x
        lab = colours.shape[2] == 3
        found = quickshift(colours, 0.2, kernel_size=4, max_dist=200, sigma=smoothing, convert2lab=lab, rng=0)
    else:
        own = algorithm == "slico"
        found = slic(x, cut, compactness, sigma=smoothing, slic_zero=own, start_label=0, channel_axis=-1)
    return _numbered(found)[None].to(image.x.device)


def _given(image: Image, labels: Tensor) -> Segments:
    """The segments of these labels, numbered from 0 in their order."""
    shape = tuple(image.x.shape)
    whole = labels[None] if labels.ndim == 2 else labels
    if tuple(whole.shape) not in (shape, (1, *shape[1:])) or whole.is_floating_point() or whole.is_complex():
        raise problem(
            "HP105",
            setting="segments",
            value=f"{str(labels.dtype).removeprefix('torch.')} labels of shape {tuple(labels.shape)}",
            valid=f"a number, or whole numbers of shape {shape[1:]}, the image's height and width",
        )
    numbered = _numbered(whole.cpu().numpy())
    return Segments(("labels", fingerprint(numbered)), numbered.to(image.x.device))


def _numbered(labels: NDArray[Any]) -> Tensor:
    """The same partition with labels from 0 on, without gaps."""
    _, numbered = np.unique(labels, return_inverse=True)
    return torch.from_numpy(numbered.reshape(labels.shape).astype(np.int64))
