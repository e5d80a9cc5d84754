"""Overlapping regions of an image at several scales, and the order in which they cover it best."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, find_objects
from scipy.sparse import csr_array
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rehearsal import made_up_in_rehearsal

AREA = 224 * 224
"""Pixels of the images that the usual lengths and areas are about; on others they shrink or grow with the image."""
SCALES = (50.0, 100.0, 150.0, 250.0, 500.0, 1200.0)
SMOOTHING, FEWEST = 0.8, 150.0
"""Standard deviation of the blur before an image is cut, and the fewest pixels of a segment."""


def regions_of(image: Image, dilation: float, side: int | None) -> csr_array:
    """Regions x pixels, 1 inside: Felzenszwalb's segments at every scale, each grown by `dilation` pixels.

    They are found once. With a `side` a copy of that size is cut, and its labels are brought to the size of the image.
    """
    return image.fact(("regions", dilation, side), lambda: _found(image.x, dilation, side))


@made_up_in_rehearsal(torch.zeros(()))
def covering(
    image: Image,
    heat: Tensor,
    *,
    dilation: float,
    side: int | None,
    smallest: float,
    area: float,
    order: Literal["full", "fast"],
) -> Tensor:
    """(H, W) float64: each pixel gets the mean of `heat` over what its region added when it was taken.

    Regions are taken by their mean over the pixels that are not covered yet (full), or by their mean over all of their
    pixels (fast), until more than a share `area` is covered; those that add fewer than `smallest` pixels are left out.
    What no region covers gets its own mean.
    """
    a = heat.detach().double().cpu().flatten().numpy()
    if not np.isfinite(a).all():
        raise Undefined("the relevance of the pixels is not finite")
    regions = regions_of(image, dilation, side)
    take = _by_gain if order == "full" else _by_mean
    out = take(regions, a, max(smallest, 1), area)
    rest = np.isnan(out)
    out[rest] = a[rest].mean() if rest.any() else 0.0
    return torch.from_numpy(out).view(heat.shape)


def _by_gain(regions: csr_array, a: NDArray[Any], smallest: float, area: float) -> NDArray[Any]:
    out, free = np.full(len(a), np.nan), np.ones(len(a), bool)
    by_pixel = regions.tocsc()
    sums, sizes = regions @ a, regions.sum(1)
    while (1 - free.mean()) <= area and (sizes >= smallest).any():
        gains = np.divide(sums, sizes, out=np.full(len(sums), -np.inf), where=sizes >= smallest)
        new = _members(regions, int(gains.argmax()))
        new = new[free[new]]
        out[new], free[new] = a[new].mean(), False
        touched = by_pixel[:, new]
        sums, sizes = sums - touched @ a[new], sizes - touched.sum(1)
    return out


def _by_mean(regions: csr_array, a: NDArray[Any], smallest: float, area: float) -> NDArray[Any]:
    out, free = np.full(len(a), np.nan), np.ones(len(a), bool)
    means = (regions @ a) / regions.sum(1)
    for k in np.argsort(-means, kind="stable"):
        new = _members(regions, int(k))
        new = new[free[new]]
        if len(new) >= smallest and (1 - free.mean()) <= area:
            out[new], free[new] = a[new].mean(), False
    return out


def _members(regions: csr_array, k: int) -> NDArray[Any]:
    found: NDArray[Any] = regions.indices[regions.indptr[k] : regions.indptr[k + 1]]
    return found


def _found(x: Tensor, dilation: float, side: int | None) -> csr_array:
    from skimage.transform import resize

    picture = x.detach().float().cpu().double().permute(1, 2, 0).numpy()  # every precision sees the same regions
    if not np.isfinite(picture).all():
        raise Undefined("an image with values that are not finite has no regions")
    low, height = picture.min(), picture.max() - picture.min()
    picture = 2 * (picture - low) / (height or 1.0) - 1
    size = picture.shape[:2]
    if side:
        picture = resize(picture, (side, side), order=3, mode="constant")
    share = picture.shape[0] * picture.shape[1] / AREA
    rows: list[NDArray[Any]] = []
    for scale in SCALES:
        labels = _segments(picture, scale * share**0.5, max(1, round(FEWEST * share)))
        if side:
            labels = resize(labels, size, order=0, preserve_range=True, anti_aliasing=False).astype(int)
        rows += _grown(labels, dilation)
    starts = np.cumsum([0, *map(len, rows)])
    inside = np.concatenate(rows)
    return csr_array((np.ones(len(inside)), inside, starts), shape=(len(rows), labels.size))


def _segments(picture: NDArray[Any], scale: float, fewest: int) -> NDArray[Any]:
    """A label from 0 on for every pixel, by Felzenszwalb and Huttenlocher, whose k is scale / 255."""
    from skimage.segmentation import felzenszwalb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it doubts that four or more channels are meant
        found: NDArray[Any] = felzenszwalb(picture, scale, SMOOTHING, fewest, channel_axis=-1)
    return found


def _grown(labels: NDArray[Any], by: float) -> list[NDArray[Any]]:
    """The pixels of every segment together with those at most `by` pixels away from it."""
    margin, found = int(by) + 1, []
    for k, box in enumerate(find_objects(labels + 1)):
        if box is not None:
            around = tuple(slice(max(0, s.start - margin), s.stop + margin) for s in box)
            whole = np.zeros(labels.shape, bool)
            whole[around] = distance_transform_edt(labels[around] != k) <= by
            found.append(np.flatnonzero(whole))
    return found
