"""Functions that are explained by their parts: written out in functions that have a rule of their own.

They are called while the rules are at work, so every part is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Dims = int | list[int] | tuple[int, ...]


def log_softmax(x: Tensor, dim: int | None = None, dtype: torch.dtype | None = None, *, _stacklevel: int = 3) -> Tensor:
    """x - log sum exp x."""
    dim = (0 if x.ndim in (0, 1, 3) else 1) if dim is None else dim
    x = x if dtype is None else x.to(dtype)
    return x - x.logsumexp(dim, keepdim=True)


def softmax(x: Tensor, dim: int | None = None, dtype: torch.dtype | None = None, *, _stacklevel: int = 3) -> Tensor:
    """exp(x - log sum exp x)."""
    return log_softmax(x, dim, dtype).exp()


def div(x: Tensor, y: Tensor, *, rounding_mode: None = None) -> Tensor:
    """x times 1 / y."""
    return x * y.reciprocal()


def rdiv(y: Tensor, x: float | Tensor) -> Tensor:
    """x times 1 / y, the divisor first."""
    return y.reciprocal() * x


def maximum(x: Tensor, y: Tensor) -> Tensor:
    """y + relu(x - y)."""
    return y + (x - y).relu()


def minimum(x: Tensor, y: Tensor) -> Tensor:
    """y - relu(y - x)."""
    return y - (y - x).relu()


def largest(x: Tensor, dim: Any, keepdim: bool = False) -> Any:
    """(max over a dimension, where it is), or the larger of two tensors."""
    if isinstance(dim, Tensor):
        return maximum(x, dim)
    places = x.detach().argmax(dim, keepdim)
    return torch.return_types.max((x.amax(dim, keepdim), places))


def smallest(x: Tensor, dim: Any, keepdim: bool = False) -> Any:
    """(min over a dimension, where it is), or the smaller of two tensors."""
    if isinstance(dim, Tensor):
        return minimum(x, dim)
    places = x.detach().argmin(dim, keepdim)
    return torch.return_types.min((amin(x, dim, keepdim), places))


def amin(x: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """-max(-x)."""
    return -(-x).amax(dim, keepdim)


def var_mean(  # in the order of torch.var
    x: Tensor, dim: Any = None, unbiased: bool = True, keepdim: bool = False, correction: float | None = None
) -> tuple[Tensor, Tensor]:
    """(sum of (x - mean x)^2 / (n - correction), mean x)."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    dims = [dim] if isinstance(dim, int) else list(dim or range(x.ndim))
    n = math.prod(x.shape[d] for d in dims)
    freedom = n - (int(unbiased) if correction is None else correction)
    mean = x.mean(dims, keepdim=True)
    u = x - mean
    v = (u * u).sum(dims, keepdim=keepdim) / freedom
    return v, mean.reshape(v.shape)


def var(*args: Any, **kwargs: Any) -> Tensor:
    """The first of `var_mean`."""
    return var_mean(*args, **kwargs)[0]


def std(*args: Any, **kwargs: Any) -> Tensor:
    """sqrt var."""
    return var(*args, **kwargs).sqrt()


def std_mean(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """(sqrt var, mean)."""
    v, mean = var_mean(*args, **kwargs)
    return v.sqrt(), mean


def vector_norm(
    x: Tensor, ord: float = 2, dim: Dims | None = None, keepdim: bool = False, *, dtype: None = None
) -> Tensor:
    """(sum |x|^p)^(1/p) with p = ord."""
    p, dims = ord, list(range(x.ndim)) if dim is None else dim
    if p == 2:
        return (x * x).sum(dims, keepdim=keepdim).sqrt()
    if p == math.inf:
        return x.abs().amax(dims, keepdim)
    total = (x.abs() if p == 1 else x.abs().pow(p)).sum(dims, keepdim=keepdim)
    return total if p == 1 else total.pow(1 / p)


def layer_norm(  # in the order of torch.layer_norm
    x: Tensor,
    shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    *_: Any,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) over the last dimensions, times weight, plus bias."""
    return _affine(_standardised(x, list(range(-len(shape), 0)), eps), weight, bias)


def rms_norm(x: Tensor, shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """x / sqrt(mean x^2 + eps) over the last dimensions, times weight."""
    eps = torch.finfo(x.dtype).eps if eps is None else eps
    scale = ((x * x).mean(list(range(-len(shape), 0)), keepdim=True) + eps).rsqrt()
    return _affine(x * scale, weight, None)


def group_norm(  # in the order of torch.group_norm
    x: Tensor, groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5, *_: Any
) -> Tensor:
    """(x - mean) / sqrt(var + eps) over each group of channels, times weight, plus bias."""
    y = _standardised(x.reshape(len(x), groups, -1), [-1], eps).reshape(x.shape)
    per_channel = (1, -1, *(1 for _ in x.shape[2:]))
    return _affine(y, *(None if p is None else p.view(per_channel) for p in (weight, bias)))


def instance_norm(  # noqa: PLR0917 - the order of functional.instance_norm
    x: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) over each channel, with statistics of the image or with stored ones."""
    if use_input_stats:
        return group_norm(x, x.shape[1], weight, bias, eps)
    assert running_mean is not None
    assert running_var is not None
    return functional.batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)


def glu(x: Tensor, dim: int = -1) -> Tensor:
    """The first half times the sigmoid of the second."""
    a, b = x.chunk(2, dim)
    return a * b.sigmoid()


def attention(  # noqa: PLR0917 - the order of functional.scaled_dot_product_attention
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(q k^T scale + mask) v."""
    if enable_gqa:
        k, v = (t.repeat_interleave(q.shape[-3] // t.shape[-3], -3) for t in (k, v))
    scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).tril()
    if attn_mask is not None:
        hidden = attn_mask.dtype == torch.bool
        scores = scores.masked_fill(~attn_mask, -torch.inf) if hidden else scores + attn_mask
    return softmax(scores, -1) @ v


def _standardised(x: Tensor, dims: list[int], eps: float) -> Tensor:
    u = x - x.mean(dims, keepdim=True)
    return u * ((u * u).mean(dims, keepdim=True) + eps).rsqrt()


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


PARTS: dict[str, Callable[..., Any]] = {
    "log_softmax": log_softmax,
    "softmax": softmax,
    "maximum": maximum,
    "minimum": minimum,
    "max": largest,
    "min": smallest,
    "amin": amin,
    "var": var,
    "std": std,
    "var_mean": var_mean,
    "std_mean": std_mean,
    "linalg_vector_norm": vector_norm,
    "layer_norm": layer_norm,
    "rms_norm": rms_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "glu": glu,
    "scaled_dot_product_attention": attention,
    "div": div,
    "divide": div,
    "true_divide": div,
    "rdiv": rdiv,
}
"""By the name of the function."""
