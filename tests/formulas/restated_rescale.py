"""DeepLIFT as the paper writes it: multipliers by loops over units, one layer at a time, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

FUNCTIONS: dict[type[nn.Module], Callable[[float], float]] = {
    nn.ReLU: lambda v: max(v, 0.0),
    nn.Sigmoid: lambda v: 1 / (1 + math.exp(-v)),
    nn.Tanh: math.tanh,
    nn.GELU: lambda v: v * (1 + math.erf(v / math.sqrt(2))) / 2,
    nn.SiLU: lambda v: v / (1 + math.exp(-v)),
    nn.Hardswish: lambda v: v * min(max(v + 3, 0.0), 6.0) / 6,
    nn.ReLU6: lambda v: min(max(v, 0.0), 6.0),
    nn.ELU: lambda v: v if v > 0 else math.exp(v) - 1,
    nn.Softplus: lambda v: math.log(1 + math.exp(v)),
}


def multipliers(layers: Iterable[nn.Module], x: Tensor, r: Tensor, target: int) -> Tensor:
    """m (C, H, W) of the output `target` of the layers, at x (C, H, W) with the reference r."""
    steps, z, z_r = [], x[None].double(), r[None].double()
    for layer in layers:
        steps.append((layer, z, z_r))
        z, z_r = layer(z.clone()).detach(), layer(z_r.clone()).detach()
    m = torch.zeros_like(z)
    m[0, target] = 1
    for layer, z, z_r in reversed(steps):
        m = back(layer, z, z_r, m)
    return m[0]


def back(layer: nn.Module, x: Tensor, r: Tensor, m: Tensor) -> Tensor:
    """Multipliers of what goes into a layer, from those of what comes out."""
    if type(layer) in FUNCTIONS:
        return unit_by_unit(FUNCTIONS[type(layer)], x, r, m)
    if isinstance(layer, nn.MaxPool2d):
        return windows(layer.kernel_size, x, r, m)
    if isinstance(layer, nn.Softmax):
        return softmax(x, r, m)
    # What is left is linear: a difference is passed on by the transposed matrix.
    zero = torch.zeros_like(x).requires_grad_()
    return torch.autograd.grad(layer(zero * 1), zero, m)[0]


def unit_by_unit(f: Callable[[float], float], x: Tensor, r: Tensor, m: Tensor) -> Tensor:
    """The rescale rule: every unit multiplies by (f(x) - f(r)) / (x - r), or by f'(x) where x = r."""
    out = torch.zeros_like(x)
    for i, (a, b) in enumerate(zip(x.flatten().tolist(), r.flatten().tolist(), strict=True)):
        slope = (f(a + 1e-6) - f(a - 1e-6)) / 2e-6 if a == b else (f(a) - f(b)) / (a - b)
        out.view(-1)[i] = slope * m.reshape(-1)[i]
    return out


def windows(side: int, x: Tensor, r: Tensor, m: Tensor) -> Tensor:
    """The difference of two maxima, all of it to the place of the larger one."""
    out = torch.zeros_like(x)
    _, channels, height, width = m.shape
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                box = (0, c, slice(i * side, (i + 1) * side), slice(j * side, (j + 1) * side))
                (top, at), (top_r, at_r) = ((float(t[box].max()), int(t[box].argmax())) for t in (x, r))
                places = [(0, c, i * side + k // side, j * side + k % side) for k in (at, at_r)]
                shared = [p for p in places if float(x[p]) == top and float(r[p]) == top_r]
                place = shared[0] if shared else places[top < top_r]
                gap = float(x[place] - r[place])
                share = 1.0 if shared else 0.0 if top == top_r else (top - top_r) / gap
                out[place] += share * m[0, c, i, j]
    return out


def softmax(x: Tensor, r: Tensor, m: Tensor) -> Tensor:
    """exp(x_i - log sum_j exp x_j): the rescale rule for every exp and for the log, in turn."""

    def slope(a: float, b: float, f: Callable[[float], float], derivative: float) -> float:
        return derivative if a == b else (f(a) - f(b)) / (a - b)

    a, b, g = x[0].tolist(), r[0].tolist(), m[0].tolist()
    s_a, s_b = sum(map(math.exp, a)), sum(map(math.exp, b))
    logs_a, logs_b = [v - math.log(s_a) for v in a], [v - math.log(s_b) for v in b]
    outer = [slope(p, q, math.exp, math.exp(p)) * g_i for p, q, g_i in zip(logs_a, logs_b, g, strict=True)]
    of_log = slope(s_a, s_b, math.log, 1 / s_a)
    inner = [slope(p, q, math.exp, math.exp(p)) * of_log for p, q in zip(a, b, strict=True)]
    return x.new_tensor([[o - w * sum(outer) for o, w in zip(outer, inner, strict=True)]])
