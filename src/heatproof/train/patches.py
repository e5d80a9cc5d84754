"""Adversarial patches (Brown et al. 2017): pixels that make a model see the target wherever they are pasted.

Each patch begins uniform in the range of the images; Adam lowers the cross-entropy of the target on images with the
patch at random places; after each step it is put back into the range. The model is frozen and in evaluation mode.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

from heatproof.data.imageset import ImageSet
from heatproof.models.classifier import Normalised
from heatproof.train.patch_settings import PatchSettings
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.patch import Patch
from heatproof.vocabulary.rng import stream

PatchProgress = Callable[[int, int, int, float], None]
"""(target, epoch, epochs, loss by which the best is chosen), called after every epoch."""


@dataclass(frozen=True, eq=False)
class MadePatch:
    """A patch, and how well it works on images that it was neither trained nor chosen on."""

    patch: Patch
    success: float | None
    """Share of the images that are not of the target, nor taken for it before, that the patch has taken for it; None
    without such images."""
    all_images: float
    """Share of all images with the patch on them that are taken for the target."""
    loss: float
    """The smallest loss, by which it was chosen; the last one with `keep: last`."""


def side_of(shape: tuple[int, ...], area: float) -> int:
    """The side of a square patch on images (C, H, W); raises HP961 for one without a pixel."""
    side = math.isqrt(int(area * shape[1] * shape[1]))
    if not 0 < side <= min(shape[1:]):
        raise problem("HP961", side=side, height=shape[1], width=shape[2])
    return side


def train_patches(
    model: nn.Module,
    learned: ImageSet,
    held_out: ImageSet,
    settings: PatchSettings,
    progress: PatchProgress | None = None,
    *,
    first: int = 0,
) -> Iterator[MadePatch]:
    """One patch for each target from the `first` on, made on `learned` and judged on `held_out` images.

    The model is as it was once the iteration has ended. A patch does not depend on the other targets.
    """
    training, frozen = model.training, [(p, p.requires_grad) for p in model.parameters()]
    images = learned.images[: settings.images]
    if len(images) < 2:
        raise problem("HP959", network="a patch", data=learned.name, got=f"images: {len(images)}", wanted="2 at least")
    last = min(len(images) - 1, max(1, round((1 - settings.validation) * len(images))))
    try:
        model.eval().requires_grad_(False)
        for i in range(first, len(settings.targets)):
            yield _judged(model, held_out, _Maker(model, images[:last], images[last:], settings, i), progress)
    finally:
        model.train(training)
        for parameter, wanted in frozen:
            parameter.requires_grad_(wanted)


def pasted(x: Tensor, patch: Tensor, random: Generator, *, together: bool = False) -> Tensor:
    """The images (N, C, H, W) with the patch at random places: one for each, or one for all `together`."""
    count, side = 1 if together else len(x), patch.shape[-1]
    tops, lefts = (torch.randint(length - side + 1, (count,), generator=random) for length in x.shape[2:])
    rows, columns = (torch.arange(length) for length in x.shape[2:])
    down, across = rows - tops[:, None], columns - lefts[:, None]
    inside = ((down >= 0) & (down < side))[:, :, None] & ((across >= 0) & (across < side))[:, None, :]
    painted = patch[:, down.clamp(0, side - 1)[:, :, None], across.clamp(0, side - 1)[:, None, :]]
    return torch.where(inside[:, None], painted.transpose(0, 1), x)


def random_patches(data: ImageSet, settings: PatchSettings) -> tuple[Patch, ...]:
    """The patches before they have learned anything."""
    low, high, side = float(data.images.min()), float(data.images.max()), side_of(data.images.shape[1:], settings.area)
    shape = (data.images.shape[1], side, side)
    return tuple(
        Patch(low + (high - low) * torch.rand(shape, generator=_stream(settings, i, "start")), target)
        for i, target in enumerate(settings.targets)
    )


class _Maker:
    """One patch in the making."""

    def __init__(
        self, model: nn.Module, images: Tensor, validation: Tensor, settings: PatchSettings, number: int
    ) -> None:
        self.model, self.images, self.validation, self.settings = model, images, validation, settings
        self.number, self.target = number, settings.targets[number]
        whole = ImageSet("patches", images, tuple(map(str, range(len(images)))))
        self.pixels = random_patches(whole, settings)[number].pixels
        self.low, self.high = float(images.min()), float(images.max())

    def make(self, progress: PatchProgress | None) -> tuple[Tensor, float]:
        """The pixels to keep, and their loss."""
        settings, spread = self.settings, _spread(self.model)
        values = (self.pixels / spread).requires_grad_()
        adam = torch.optim.Adam([values], settings.rate)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, factor=0.5, patience=2)
        best, lowest = self.pixels, math.inf
        for epoch in range(settings.epochs):
            random, losses = _stream(settings, self.number, "places", epoch), []
            for x in torch.split(self.images, settings.batch):
                loss = self._loss(x, values * spread, random)
                adam.zero_grad()
                torch.autograd.backward(loss)
                adam.step()
                with torch.no_grad():
                    values.copy_((values * spread).clamp(self.low, self.high) / spread)
                losses.append(float(loss.detach()))
            # The division and the product may round: the last word is in the range exactly.
            pixels = (values.detach() * spread).clamp(self.low, self.high)
            validated = self._validated(pixels)
            now = sum(losses) / len(losses) if settings.keep == "training" else validated
            if now < lowest or settings.keep == "last":
                best, lowest = pixels, now
            if settings.plateau:
                plateau.step(validated)
            if progress:
                progress(self.target, epoch + 1, settings.epochs, now)
        return best, lowest

    def _loss(self, x: Tensor, patch: Tensor, random: Generator) -> Tensor:
        z = pasted(x, patch, random, together=self.settings.place == "batch")
        return cross_entropy(self.model(z), torch.full((len(x),), self.target))

    @torch.no_grad()
    def _validated(self, pixels: Tensor) -> float:
        """The mean loss on validation images, at the same places after every epoch."""
        random, batches = _stream(self.settings, self.number, "validation"), torch.split(self.validation, 250)
        losses = [float(self._loss(x, pixels, random)) * len(x) for x in batches]
        return sum(losses) / len(self.validation)


def _judged(model: nn.Module, held_out: ImageSet, maker: _Maker, progress: PatchProgress | None) -> MadePatch:
    """Make it, and try it at random places on images that it has never seen."""
    pixels, loss = maker.make(progress)
    random, target = _stream(maker.settings, maker.number, "judging"), maker.target
    before, after = [], []
    with torch.no_grad():
        for x in torch.split(held_out.images, 250):
            before.append(model(x).argmax(1))
            after.append(model(pasted(x, pixels, random)).argmax(1) == target)
    taken, others = torch.cat(after), torch.cat(before) != target
    if held_out.labels is not None:
        others &= held_out.labels != target
    success = float(taken[others].float().mean()) if others.any() else None
    return MadePatch(Patch(pixels, target), success, float(taken.float().mean()), loss)


def _spread(model: nn.Module) -> Tensor:
    """The size of the unit in which a model sees images, (C or 1, 1, 1)."""
    return model.std[0] if isinstance(model, Normalised) else torch.ones(1, 1, 1)


def _stream(settings: PatchSettings, number: int, *purpose: object) -> Generator:
    target = settings.targets[number]
    return stream("patches", settings.seed, target, settings.targets[:number].count(target), *purpose)
