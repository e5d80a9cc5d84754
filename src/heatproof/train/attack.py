"""Projected gradient descent (Madry et al. 2018): the image nearby on which the network errs most.

Every step goes up the loss, then to the nearest place that is in [0, 1] and in the ball around the image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

Norm = Literal["l2", "linf"]
ROUNDS = 6
"""Of the projection on a ball in l2; more change nothing that a float can hold."""


@dataclass(frozen=True)
class Attack:
    """How far and how an image may be moved; lengths are in units of images in [0, 1]."""

    norm: Norm
    epsilon: float
    steps: int = 7
    step: float | None = None
    """2.5 epsilon / steps if not given."""
    random_start: bool = False
    """Begin at a random place of the ball instead of at the image."""
    use_best: bool = True
    """Answer with the place of the largest loss on the way, the start included, instead of the last."""

    @property
    def length(self) -> float:
        """The length of one step."""
        return 2.5 * self.epsilon / self.steps if self.step is None else self.step


def attacked(net: nn.Module, x: Tensor, labels: Tensor, attack: Attack, random: Generator | None = None) -> Tensor:
    """Images (N, C, H, W) in [0, 1], none further than epsilon from its own; `net` is left in the mode it was in.

    `random` draws the start and is needed only for a random one.
    """
    training = net.training
    net.eval()
    try:
        return _climbed(net, x.detach(), labels, attack, random)
    finally:
        net.train(training)


def _climbed(net: nn.Module, x: Tensor, labels: Tensor, attack: Attack, random: Generator | None) -> Tensor:
    shift = _start(x, attack, random) if attack.random_start else torch.zeros_like(x)
    best, highest = shift, torch.full((len(x),), -torch.inf, device=x.device)
    for i in range(attack.steps + 1):
        z = (x + shift).requires_grad_()
        last = i == attack.steps
        if last and not attack.use_best:
            break
        losses = cross_entropy(net(z), labels, reduction="none")
        better = losses.detach() > highest
        best = torch.where(better.view(-1, 1, 1, 1), shift, best)
        highest = torch.where(better, losses.detach(), highest)
        if not last:
            (gradient,) = torch.autograd.grad(losses.sum(), z)
            shift = inside(x, shift + attack.length * _direction(gradient, attack.norm), attack)
    return (x + (best if attack.use_best else shift)).clamp(0, 1)


def inside(x: Tensor, shift: Tensor, attack: Attack) -> Tensor:
    """The nearest shift with x + shift in [0, 1] and no longer than epsilon: the projection on ball and range at once.

    For l2 it is s * shift cut to the range, s the largest that is not too long. Counting pixels as cut only where an s
    that is too small cuts them gives a larger one that is still not too large: from below, s is soon reached.
    """
    far, room = shift.abs(), torch.where(shift > 0, 1 - x, x)
    if attack.norm == "linf":
        return shift.sign() * torch.minimum(far.clamp(max=attack.epsilon), room)
    scale = _within(attack.epsilon**2, far.square())
    for _ in range(ROUNDS):
        cut = scale * far >= room
        left = attack.epsilon**2 - _sum(torch.where(cut, room, 0.0).square())
        scale = _within(left, torch.where(cut, 0.0, far).square())
    return shift.sign() * torch.minimum(scale * far, room)


def _within(area: Tensor | float, squares: Tensor) -> Tensor:
    """The largest factor, up to 1, under which these squares sum up to no more than `area`."""
    return (area / _sum(squares).clamp(min=1e-24)).clamp(0, 1).sqrt()


def _sum(values: Tensor) -> Tensor:
    """One sum for each image, (N, 1, 1, 1)."""
    return values.flatten(1).sum(1).view(-1, 1, 1, 1)


def _direction(gradient: Tensor, norm: Norm) -> Tensor:
    """The steepest way up for a step of length 1."""
    if norm == "linf":
        return gradient.sign()
    unit: Tensor = gradient / (gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1) + 1e-10)
    return unit


def _start(x: Tensor, attack: Attack, random: Generator | None) -> Tensor:
    """A random place of the ball: uniform in the cube, or in a uniform direction at a uniform distance."""
    if attack.norm == "linf":
        drawn = torch.rand(x.shape, generator=random).to(x)
        return inside(x, (2 * drawn - 1) * attack.epsilon, attack)
    drawn = torch.randn(x.shape, generator=random).to(x)
    far = torch.rand(len(x), 1, 1, 1, generator=random).to(x)
    return inside(x, attack.epsilon * far * _direction(drawn, "l2"), attack)
