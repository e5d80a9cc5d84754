"""`planted`: generated images whose evidence is known pixel by pixel.

Each image is coloured noise with two discs of the same outline. The textures of four classes differ only inside the
evidence disc; the decoy disc, of rings, lies in every image and says nothing. Colours, places, phases and noise are
drawn alike for all classes, so nothing outside the mask tells the class.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn.functional import interpolate

from heatproof.data.imageset import ImageSet
from heatproof.models.planted import CLASSES
from heatproof.vocabulary.evidence import boxes_around
from heatproof.vocabulary.rng import stream

SIZE, RADIUS, PERIOD = 32, 5.5, 4.0


def planted(images: int | None = None, *, split: str = "test", seed: int = 0) -> ImageSet:
    """The first `images` (64 unless told) planted images, (N, 3, 32, 32), the classes taking turns."""
    made = [
        _image(i % len(CLASSES), stream("planted", split, seed, i)) for i in range(64 if images is None else images)
    ]
    return ImageSet(
        name="planted",
        images=torch.stack([image for image, _ in made]),
        ids=tuple(f"planted-{split}-{seed}-{i:04d}" for i in range(len(made))),
        labels=torch.arange(len(made)) % len(CLASSES),
        masks=torch.stack([mask for _, mask in made]),
        boxes=tuple(boxes_around(mask[0]) for _, mask in made),
        classes=CLASSES,
    )


def _image(label: int, random: Generator) -> tuple[Tensor, Tensor]:
    """One image (3, S, S) and the pixels of its evidence (1, S, S)."""
    evidence, decoy = _two_places(random)
    image = _background(random)
    image = _paint(image, decoy, _rings(decoy), random)
    image = _paint(image, evidence, _texture(label, random), random)
    noisy = image + 0.04 * torch.randn(3, SIZE, SIZE, generator=random)
    return noisy.clamp(0, 1), _disc(evidence)[None]


def _background(random: Generator) -> Tensor:
    """Clouds of colour (3, S, S) around one random tint."""
    tint = 0.3 + 0.4 * torch.rand(3, 1, 1, generator=random)
    coarse = torch.randn(1, 3, 8, 8, generator=random)
    return tint + 0.12 * interpolate(coarse, size=(SIZE, SIZE), mode="bicubic", align_corners=False)[0]


def _two_places(random: Generator) -> tuple[Tensor, Tensor]:
    """Two centres (row, column) whose discs lie inside the image and do not touch."""
    while True:
        places = RADIUS + (SIZE - 1 - 2 * RADIUS) * torch.rand(2, 2, generator=random)
        if torch.dist(places[0], places[1]) > 2 * RADIUS + 1:
            return places[0], places[1]


def _grid() -> tuple[Tensor, Tensor]:
    """Row and column numbers, (S, S) each."""
    rows, columns = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    return rows.float(), columns.float()


def _distance(centre: Tensor) -> Tensor:
    """Distance of every pixel from a centre."""
    rows, columns = _grid()
    return torch.hypot(rows - centre[0], columns - centre[1])


def _disc(centre: Tensor) -> Tensor:
    """The pixels of one disc."""
    return _distance(centre) <= RADIUS


def _wave(place: Tensor, random: Generator) -> Tensor:
    """cos(2 pi place / period + phase) with a random phase."""
    phase = 2 * math.pi * torch.rand((), generator=random)
    return torch.cos(2 * math.pi * place / PERIOD + phase)


def _texture(label: int, random: Generator) -> Tensor:
    """The pattern of one class, (S, S) in [-1, 1]; every class draws the same number of random values."""
    rows, columns = _grid()
    down, across = _wave(rows, random), _wave(columns, random)
    slanted = _wave((rows + columns) / math.sqrt(2), random)
    return (down, across, slanted, (down * across).sign())[label]


def _rings(centre: Tensor) -> Tensor:
    """The pattern of the decoy."""
    return torch.cos(2 * math.pi * _distance(centre) / PERIOD)


def _paint(image: Tensor, centre: Tensor, pattern: Tensor, random: Generator) -> Tensor:
    """The image with a disc on it, its pattern running between two random colours of clear contrast."""
    middle = 0.35 + 0.3 * torch.rand(3, 1, 1, generator=random)
    swing = torch.randn(3, 1, 1, generator=random)
    swing = 0.3 * swing / swing.norm()
    return torch.where(_disc(centre), middle + swing * pattern, image)
