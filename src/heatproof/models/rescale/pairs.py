"""Rules for functions of a pair: the value at x, and a derivative that explains the difference from the reference r.

Each takes the call, its active tensors x and their counterparts r in the reference's forward. What it returns has the
value of the call at x; a gradient that passes back through it is multiplied by multipliers m with
sum m (x - r) = y(x) - y(r), for every single output y.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from heatproof.models.call import Call
from heatproof.models.swap import swapped

Tensors = list[Tensor]


def elementwise(call: Call, xs: Tensors, rs: Tensors) -> Tensor:
    """m = (y(x) - y(r)) / (x - r): the rescale rule; the derivative halfway where that says the same, up to rounding.

    Where x and r are close, the quotient has lost its digits and the derivative has not.
    """
    y, y_r = call.value(*xs), call.value(*rs)
    x, r = (t.expand(y.shape) for t in (*xs, *rs))
    halfway = ((x + r) / 2).detach().requires_grad_()
    (slope,) = torch.autograd.grad(call.at([halfway]).sum(), halfway)
    gap, change = x.detach() - r, y - y_r
    # Never where both are infinite, as hidden scores of attention are: there the quotient has no value.
    missed = (slope * gap - change).abs() > torch.maximum(_rounding(y), _rounding(y_r))
    return swapped(y, x * torch.where(missed, change / gap, slope))


def quadratic(call: Call, xs: Tensors, rs: Tensors) -> Tensor:
    """m = the derivative halfway, exact for polynomials of degree 2: in a product each factor meets the other's mean.

    For two factors that is Shapley's way to share: m of x1 in x1 x2 is (x2 + r2) / 2.
    """
    with torch.no_grad():
        means = [(x + r) / 2 for x, r in zip(xs, rs, strict=True)]
    return swapped(call.value(*xs), call.at([swapped(mean, x) for mean, x in zip(means, xs, strict=True)]))


def pooled(call: Call, xs: Tensors, rs: Tensors) -> Tensor | tuple[Tensor, Tensor]:
    """max of a window: the difference goes to where the larger of the two maxima lies, at x or at r.

    There the input differs by at least as much as the maxima do, so 0 < m <= 1. A place that holds both maxima has
    m = 1: a constant reference has its maximum everywhere, and neither raster order nor rounding shall choose.
    """
    (x,), (r,) = xs, rs
    name = call.name.removesuffix("_with_indices")
    dims = int(name[-2])
    pool, settings = getattr(functional, name), {**call.kwargs, "return_indices": True}
    with torch.no_grad():
        (y, i), (y_r, i_r) = (pool(t, *call.args[1:], **settings) for t in (x, r))
    tops = ((t.flatten(-dims), at.flatten(-dims)) for t, at in ((y, i), (y_r, i_r)))
    out = swapped(y, _by_the_largest(x.flatten(-dims), r.flatten(-dims), *tops).view_as(y))
    return (out, i) if call.kwargs.get("return_indices") else out


def amax(call: Call, xs: Tensors, rs: Tensors) -> Tensor:
    """max over dimensions, as one window."""
    y, x = call.value(*xs), xs[0]
    given = dict(zip(("dim", "keepdim"), call.args[1:], strict=False)) | call.kwargs
    dims = given.get("dim")
    dims = (dims,) if isinstance(dims, int) else tuple(dims or range(x.ndim))
    x, r = (t.movedim(dims, tuple(range(-len(dims), 0))).flatten(-len(dims)) for t in (x, rs[0]))
    tops = (t.max(-1, keepdim=True) for t in (x.detach(), r))
    return swapped(y, _by_the_largest(x, r, *tops).reshape(y.shape))


def _by_the_largest(x: Tensor, r: Tensor, top: Sequence[Tensor], top_r: Sequence[Tensor]) -> Tensor:
    """m x at the larger of two maxima; a top is a maximum and its place in the last dimension."""
    (y, i), (y_r, i_r) = top, top_r
    both, both_r = _reaches(r.gather(-1, i), y_r), _reaches(x.detach().gather(-1, i_r), y)
    where = torch.where(both | ((y > y_r) & ~both_r), i, i_r)
    gap = (x.detach() - r).gather(-1, where)
    m = torch.where(y == y_r, 0.0, (y - y_r) / gap).masked_fill(both | both_r, 1.0)
    return x.gather(-1, where) * m


def _reaches(value: Tensor, top: Tensor) -> Tensor:
    return value >= top - _rounding(top)


def _rounding(y: Tensor) -> Tensor:
    """What the last places of these values may be off by."""
    return 4 * torch.finfo(y.dtype).eps * y.abs()


def logsumexp(call: Call, xs: Tensors, rs: Tensors) -> Tensor:
    """m = L(e^x, e^r) / L(sum e^x, sum e^r), where L(a, b) = (a - b) / (log a - log b) is the logarithmic mean.

    That is the rescale rule for exp, sum and log, one after the other, written so that nothing overflows.
    """
    (x,), (r,) = xs, rs
    given = dict(zip(("dim", "keepdim"), call.args[1:], strict=False)) | call.kwargs
    with torch.no_grad():
        y, y_r = (torch.logsumexp(t, given["dim"], keepdim=True) for t in (x, r))
        m = (_log_mean(x, r) - _log_mean(y, y_r)).exp()
    return swapped(call.value(x), (x * m).sum(given["dim"], keepdim=given.get("keepdim", False)))


def _log_mean(a: Tensor, b: Tensor) -> Tensor:
    """log L(e^a, e^b) = (a + b) / 2 + log(sinh(h) / h) with h = |a - b| / 2; -inf where a or b is."""
    h = (a - b).abs() / 2
    near = h.square() / 6 * (1 - h.square() / 30)
    far = h + torch.log(-torch.expm1(-2 * h)) - torch.log(2 * h)
    return torch.where((a + b).isinf(), -torch.inf, (a + b) / 2 + torch.where(h < 0.01, near, far))
