"""Points between the image and a fill, built from small masks."""

import pytest
import torch
from torch.nn.functional import interpolate

from heatproof.vocabulary.blends import Blended, moved
from heatproof.vocabulary.image import Image


@pytest.fixture
def image():
    return Image.of(torch.rand(3, 7, 9, generator=torch.Generator().manual_seed(0)))


@pytest.fixture
def small():
    return torch.rand(11, 3, 4, generator=torch.Generator().manual_seed(1))


def test_the_ends_are_the_image_and_the_fill_to_the_bit(image):
    ends = Blended(image, torch.stack([torch.ones(2, 2), torch.zeros(2, 2)]), 0.3, "nearest").all()
    assert torch.equal(ends[0], image.x)
    assert torch.equal(ends[1], torch.full_like(image.x, 0.3))


@pytest.mark.parametrize("upsampling", ["bilinear", "nearest"])
def test_in_between(image, small, upsampling):
    m = interpolate(small[:, None], (7, 9), mode=upsampling)
    expected = m * image.x + (1 - m) * 0.3
    torch.testing.assert_close(Blended(image, small, 0.3, upsampling).all(), expected)


def test_masks_stretched_to_the_unit_interval(image, small):
    masks = Blended(image, small * 5 - 9, stretched=True).rows(0, 11).masks.flatten(1)
    assert torch.equal(masks.amin(1), torch.zeros(11))
    torch.testing.assert_close(masks.amax(1), torch.ones(11))


def test_stretches_of_a_recipe_are_those_of_the_whole(image, small):
    points = Blended(image, small, "mean", stretched=True, shift=(1, -2))
    assert len(points) == 11
    assert torch.equal(torch.cat([points.rows(a, min(a + 4, 11)).z for a in (0, 4, 8)]), points.all())


def test_everything_that_changes_a_point_is_in_its_name(image, small):
    others = [
        Blended(image, small + 1e-6),
        Blended(image, small, 0.1),
        Blended(image, small, upsampling="nearest"),
        Blended(image, small, stretched=True),
        Blended(image, small, shift=(0, 1)),
        Blended(image, small, shift=(1, 0)),
    ]
    assert len({points.key for points in [Blended(image, small), *others]}) == 7
    assert Blended(image, small.clone()).key == Blended(image, small).key


@pytest.mark.parametrize("shift", [(0, 0), (2, 0), (-2, 0), (0, 3), (1, -4), (-6, 8), (7, 0), (50, -50)])
def test_an_image_moves_and_its_edges_are_repeated(image, shift):
    down, across = shift
    rows = (torch.arange(7) - down).clamp(0, 6)
    columns = (torch.arange(9) - across).clamp(0, 8)
    assert torch.equal(moved(image.x, shift), image.x[:, rows][:, :, columns])
