"""How alike two maps are: each similarity is a view of a map, and a comparison of one view with many.

Everything is computed in float64, for a stack of maps at once. A similarity that has no value (a constant map has no
ranks to compare) is NaN in a stack, and raises Undefined for a single pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from heatproof.vocabulary import views
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.orientations import orientation_histograms
from heatproof.vocabulary.ranks import cosine, deviations, ranks
from heatproof.vocabulary.structure import GAUSSIAN, UNIFORM, structural_similarity
from heatproof.vocabulary.views import Maps

Map = NDArray[np.float64]
SimilarityName = Literal[
    "spearman",
    "absolute_spearman",
    "nonzero_spearman",
    "nonzero_absolute_spearman",
    "grey_spearman",
    "diverging_spearman",
    "pearson",
    "cosine",
    "ssim",
    "ssim_notebooks",
    "hog",
    "hog_notebooks",
    "top_k",
]
TOP = 0.1
"""Share of the pixels that are the top k, unless another is asked for."""


@dataclass(frozen=True)
class Similarity:
    """similarity(a, b) = compare(view(a), view(b))."""

    view: Callable[[Maps], Maps]
    """(M, C, H, W) -> one row, or one stack of channels, for each map."""
    compare: Callable[[Maps, Maps], Map]
    """(the view of one map, those of M others) -> (M,), NaN where there is no value."""
    nonzero: bool = False
    """Only pixels where the image is not 0 are looked at."""

    def __call__(self, a: Map, b: Map) -> float:
        """Of two maps (H, W) or (C, H, W); raises Undefined."""
        stack = np.stack([np.asarray(m, np.float64).reshape(-1, *m.shape[-2:]) for m in (a, b)])
        seen = self.view(within_one(stack))
        (value,) = self.compare(seen[0], seen[1:])
        if not np.isfinite(value):
            raise Undefined("these maps cannot be compared: one of them is constant, or too small")
        return float(value)


def within_one(maps: Maps) -> Maps:
    """Each map times a power of two that brings its largest value to between 1/2 and 1: exact, and safe to square."""
    exponents = np.frexp(np.abs(maps).max((1, 2, 3), keepdims=True))[1]
    scaled: Maps = np.ldexp(maps, -exponents)
    return scaled


def heat(phi: Tensor) -> Map:
    """The map (H, W) of an attribution (C, H, W): the sum over channels, signed."""
    summed: Map = phi.detach().cpu().double().sum(0).numpy()
    if not np.isfinite(summed).all():
        raise Undefined("the map holds values that are not finite")
    return summed


def pearson(a: NDArray[Any], b: NDArray[Any]) -> float:
    """cov(a, b) / (std(a) std(b))."""
    value = float(pairwise_pearson(*(np.asarray(v, np.float64).reshape(1, -1) for v in (a, b)))[0])
    if not np.isfinite(value):
        raise Undefined("a constant map has no correlation")
    return value


def pairwise_pearson(a: Maps, b: Maps) -> Map:
    """cov(a_i, b_i) / (std(a_i) std(b_i)) of each row i of a and b (M, D); NaN where one of the two is constant."""
    return cosine(deviations(a), deviations(b))


def _flat(maps: Maps) -> Maps:
    return maps.reshape(len(maps), -1)


def _ranked(maps: Maps) -> Maps:
    return deviations(ranks(_flat(maps)))


def _histograms(maps: Maps) -> Maps:
    """9 orientations, 3 x 3 cells a block; cells of 16 x 16 pixels as published, smaller on images too small for them.

    NaN for maps below 12 x 12 pixels.
    """
    cell = min(16, min(maps.shape[-2:]) // 6)
    if cell < 2:
        return np.full((len(maps), 2), np.nan)
    seen = np.isfinite(maps[:, 0, 0, 0])
    described = orientation_histograms(np.where(seen[:, None, None, None], maps, 0.0), cell)
    return np.where(seen[:, None], described, np.nan)


def top_k(share: float) -> Similarity:
    """The common share of the most relevant pixels of two maps: k = share of all, at least one pixel.

    Pixels that tie with the k-th belong to the top in equal parts, so that the order of pixels decides nothing.
    """
    return Similarity(partial(_membership, share=share), lambda a, others: np.minimum(a, others).sum(1) / a.sum())


def _membership(maps: Maps, share: float) -> Maps:
    rows = _flat(views.summed(maps))
    k = max(1, round(share * rows.shape[1]))
    last = -np.partition(-rows, k - 1, 1)[:, k - 1 : k]
    above, tied = rows > last, rows == last
    part = (k - above.sum(1, keepdims=True)) / tied.sum(1, keepdims=True)
    constant = rows.max(1, keepdims=True) == rows.min(1, keepdims=True)
    members: Maps = np.where(constant, np.nan, above + part * tied)
    return members


SIMILARITIES: dict[str, Similarity] = {
    # Pearson correlation of the ranks of two signed maps.
    "spearman": Similarity(lambda m: _ranked(views.summed(m)), cosine),
    # The same of |map|: pixels that are exactly 0 in both (a black background) tie, and raise it.
    "absolute_spearman": Similarity(lambda m: _ranked(np.abs(views.summed(m))), cosine),
    "nonzero_spearman": Similarity(lambda m: _ranked(views.summed(m)), cosine, nonzero=True),
    "nonzero_absolute_spearman": Similarity(lambda m: _ranked(np.abs(views.summed(m))), cosine, nonzero=True),
    # The sanity checks' own: of maps as they are drawn in grey, or in red and blue, where the top 1 % tie.
    "grey_spearman": Similarity(lambda m: _ranked(views.grey(m)), cosine),
    "diverging_spearman": Similarity(lambda m: _ranked(views.diverging(m)), cosine),
    "pearson": Similarity(lambda m: deviations(_flat(views.summed(m))), cosine),
    "cosine": Similarity(lambda m: _flat(views.by_largest(m)), cosine),
    # Structural similarity of maps divided by max |map|, as the sanity checks' author recommends.
    "ssim": Similarity(views.by_largest, partial(structural_similarity, window=UNIFORM)),
    # Of all channels scaled to [0, 1], under a Gaussian window, as in the sanity checks' notebooks.
    "ssim_notebooks": Similarity(views.channels_to_unit, partial(structural_similarity, window=GAUSSIAN)),
    # Pearson correlation of histograms of oriented gradients of maps scaled to [0, 1].
    "hog": Similarity(lambda m: deviations(_histograms(views.to_unit(m))), cosine),
    # Their Spearman correlation, of the strongest channel at each pixel, as in the notebooks.
    "hog_notebooks": Similarity(lambda m: _ranked(_histograms(views.channels_to_unit(m))), cosine),
    "top_k": top_k(TOP),
}
assert set(SIMILARITIES) == set(get_args(SimilarityName))


def similarity(name: str, top: float = TOP) -> Similarity:
    """The similarity of this name; `top` is the share of pixels that `top_k` looks at."""
    return top_k(top) if name == "top_k" else SIMILARITIES[name]
