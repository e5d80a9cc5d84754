"""Linear surrogates of a score: small weighted regressions on which segments are there, in float64, solved exactly.

z (n, m) is 1 where a segment is there, y (n,) are the scores, w (n,) the weights.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.settings import About

Surrogate = Annotated[
    Literal["ridge", "lasso", "least_squares"],
    About("penalty: alpha |c|^2 (ridge); alpha |c|_1 beside half the weighted mean squared error (lasso); none"),
]

RANK = 1e-10
"""Directions of the samples below this share of the largest carry no information; the smallest solution is taken."""
TOLERANCE = 1e-12
"""Slopes that differ by less than this share of the largest are equal."""
Vector = NDArray[np.float64]


def fitted(surrogate: str, z: Tensor, y: Tensor, w: Tensor, alpha: float = 0.0) -> Tensor:
    """The coefficients c (m,) of b + z c; the smallest of them where several are best. b is not penalised.

    least_squares: argmin sum_i w_i (y_i - b - z_i c)^2
    ridge:         argmin sum_i w_i (y_i - b - z_i c)^2 + alpha |c|^2
    lasso:         argmin sum_i w_i (y_i - b - z_i c)^2 / (2 sum_i w_i) + alpha |c|_1
    """
    a, t = _centred(z, y, w)
    if surrogate == "least_squares" or alpha == 0:
        return smallest(a, t)
    if surrogate == "ridge":
        pull = alpha**0.5 * torch.eye(z.shape[1], dtype=a.dtype)  # samples that ask for c = 0
        return smallest(torch.cat([a, pull]), torch.cat([t, t.new_zeros(len(pull))]))
    total = w.sum()
    return _lasso((a.T @ a / total).numpy(), (a.T @ t / total).numpy(), alpha)


def _lasso(gram: Vector, start: Vector, alpha: float) -> Tensor:
    """argmin c'gram c / 2 - start'c + alpha |c|_1, exactly, by the search for the signs of c (Lee et al. 2007)."""
    c = np.zeros(len(start))
    slack = TOLERANCE * max(np.abs(start).max(), alpha)
    for _ in range(10 * len(c) + 100):
        slope, signs = start - gram @ c, np.sign(c)
        if np.abs(slope - alpha * signs)[signs != 0].max(initial=0.0) <= slack:
            steepest = np.where(signs == 0, np.abs(slope), 0.0).argmax()
            if signs[steepest] or np.abs(slope[steepest]) <= alpha + slack:
                return torch.from_numpy(c)
            signs[steepest] = np.sign(slope[steepest])
        on = np.flatnonzero(signs)
        c[on] = _nearer(c[on], gram[np.ix_(on, on)], start[on] - alpha * signs[on], slack)
    raise Undefined("the lasso does not settle: alpha is too small for so few samples")


def _nearer(c: Vector, gram: Vector, wanted: Vector, slack: float) -> Vector:
    """From c towards gram c = wanted, as far as no coefficient changes its sign."""
    goal = np.linalg.lstsq(gram, wanted, rcond=RANK)[0]
    left = wanted - gram @ goal
    # Where the samples cannot tell the coefficients apart, what is left is a way along which nothing gets worse.
    way, end = (goal - c, 1.0) if np.abs(left).max() <= slack else (left, np.inf)
    crossings = np.full(len(c), np.inf)
    np.divide(-c, way, out=crossings, where=c * way < 0)
    first = min(crossings.min(), end)
    return np.where(crossings == first, 0.0, goal if first == 1.0 else c + first * way)


def adding_up(z: Tensor, y: Tensor, w: Tensor, total: float) -> Tensor:
    """argmin_c sum_i w_i (y_i - z_i c)^2 with sum c = total; no intercept. The smallest c where several are."""
    m = z.shape[1]
    root, even = w.double().sqrt(), total / m
    z = z.double()
    level = z - z.mean(1, keepdim=True)  # what is left of c after its mean: it adds up to 0
    rest = smallest(level * root[:, None], (y.double() - z.sum(1) * even) * root)
    return even + rest - rest.mean()


def smallest(a: Tensor, t: Tensor) -> Tensor:
    """argmin_c |a c - t|, the smallest of them."""
    if not len(a):
        return torch.zeros(a.shape[1], dtype=torch.float64)
    found: Tensor = torch.linalg.lstsq(a, t[:, None], rcond=RANK, driver="gelsd").solution[:, 0]
    return found


def _centred(z: Tensor, y: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    """Samples and scores without their weighted means, times the roots of their weights: the intercept is gone."""
    w = w.double()
    if not float(w.sum() - w.max()) > TOLERANCE * float(w.max()):
        raise Undefined("no sample but one counts: the kernel is too narrow, or there are too few samples")
    share = w / w.sum()
    z, y, root = z.double(), y.double(), w.sqrt()
    return (z - share @ z) * root[:, None], (y - share @ y) * root
