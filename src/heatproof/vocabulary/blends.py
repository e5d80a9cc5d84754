"""A recipe of points for soft masks: between the image and what stands where it is absent."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from torch import Tensor
from torch.nn.functional import pad

from heatproof.vocabulary.cam import Enlargement, enlarged, min_max
from heatproof.vocabulary.fills import Fill, Filled, fill_for
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.points import Points, Rows


@dataclass(frozen=True, eq=False)
class Blended(Points):
    """m_i x + (1 - m_i) b: the image where a mask is 1, the fill b where it is 0, and what lies between.

    The masks are small, (n, h, w), and are enlarged to the image only when a point is built. `stretched` scales each
    enlarged mask to [0, 1]. `shift` moves the image and the fill under the masks, (down, right), edges repeated.
    """

    image: Image
    small: Tensor
    fill: Fill | Filled = 0.0
    upsampling: Enlargement = "bilinear"
    stretched: bool = False
    shift: tuple[int, int] = (0, 0)
    filled: Filled = field(init=False)
    key: Hashable = field(init=False)

    def __post_init__(self) -> None:
        filled = self.fill if isinstance(self.fill, Filled) else fill_for(self.image, self.fill)
        object.__setattr__(self, "filled", filled)
        how = (self.upsampling, self.stretched, self.shift)
        object.__setattr__(self, "key", ("blended", filled.key, *how, fingerprint(self.small)))

    @property
    def few(self) -> bool:
        return len(self) <= 2  # the masks stand in the key

    def __len__(self) -> int:
        return len(self.small)

    def rows(self, start: int, stop: int) -> Rows:
        x, b = (moved(pixels, self.shift) for pixels in (self.image.x, self.filled.pixels))
        masks = enlarged(self.small[start:stop].to(x.device), x.shape[1:], self.upsampling)
        masks = (min_max(masks) if self.stretched else masks)[:, None].to(x.dtype)
        return Rows(masks * x + (1 - masks) * b, masks)


def moved(x: Tensor, shift: tuple[int, int]) -> Tensor:
    """x (C, H, W) moved down and to the right by whole pixels, its edges repeated; negative: up and to the left."""
    if shift == (0, 0):
        return x
    (down, right), (_, h, w) = shift, x.shape
    # Beyond the whole side there is only the edge.
    up, left = (max(-side, min(side, -s)) for s, side in zip((down, right), (h, w), strict=True))
    wide = pad(x[None], (max(-left, 0), max(left, 0), max(-up, 0), max(up, 0)), "replicate")[0]
    return wide[:, max(up, 0) : max(up, 0) + h, max(left, 0) : max(left, 0) + w]
