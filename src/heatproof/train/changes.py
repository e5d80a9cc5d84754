"""Changes of the images while a network learns: each draws a new variant of every image of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample, pad

Change = Callable[[Tensor, Generator], Tensor]


def unchanged(x: Tensor, random: Generator) -> Tensor:
    """Each image as it is."""
    return x


def jiggled(x: Tensor, random: Generator) -> Tensor:
    """Each image turned by up to 12 degrees, scaled by up to 10 % and moved by up to 2 of 28 pixels."""

    def uniform(reach: float, *shape: int) -> Tensor:
        return reach * (2 * torch.rand(*shape, generator=random) - 1)

    angle, scale = uniform(math.radians(12), len(x)), 1 + uniform(0.1, len(x))
    moved = uniform(2 / 14, len(x), 2, 1)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
    grid = affine_grid(torch.cat([scale[:, None, None] * turn, moved], 2), list(x.shape), align_corners=False)
    return grid_sample(x, grid, align_corners=False)


def mirrored(x: Tensor, random: Generator) -> Tensor:
    """Each image as it is or turned by half a turn, which no planted texture minds."""
    turned = torch.rand(len(x), 1, 1, 1, generator=random) < 0.5
    return torch.where(turned, x.flip(2, 3), x)


def cropped(x: Tensor, random: Generator) -> Tensor:
    """Each image moved by up to 4 pixels, zeros coming in, and mirrored left to right or not."""
    rows, columns = (torch.randint(9, (len(x),), generator=random) for _ in range(2))
    mirror = torch.rand(len(x), 1, 1, 1, generator=random) < 0.5
    wide, (height, width) = pad(x, (4, 4, 4, 4)), x.shape[2:]
    places = zip(wide, rows.tolist(), columns.tolist(), strict=True)
    moved = torch.stack([image[:, r : r + height, c : c + width] for image, r, c in places])
    return torch.where(mirror, moved.flip(3), moved)


CHANGES: dict[str, Change] = {"none": unchanged, "jiggled": jiggled, "mirrored": mirrored, "cropped": cropped}
