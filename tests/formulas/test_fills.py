"""What stands where pixels are removed, against loops and closed forms."""

import numpy as np
import pytest
import torch
from restated import noise
from restated_removal import linear_imputation
from scipy.ndimage import gaussian_filter1d

from heatproof.vocabulary.blurs import boxed
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.fills import NAMES, fill_for, filler_for
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.imputation import imputed
from heatproof.vocabulary.masks import Everything
from heatproof.vocabulary.points import Masked

ZERO, UNIT = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
SHAPES = [(3, 6, 9), (3, 9, 6), (3, 7, 8), (1, 5, 5), (4, 3, 11), (1, 1, 1), (3, 1, 7), (3, 7, 1)]


def picture(*shape, seed=0, normalisation=None):
    x = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Image.of(x, 0, normalisation)


def photo(*shape):
    """An image of a model whose normalisation is known."""
    return picture(*shape, normalisation=(ZERO, UNIT))


# --- constant ones -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_every_fill_has_the_shape_of_the_image_and_is_finite(shape, name):
    image = picture(*shape)
    filled = fill_for(image, name)
    assert filled.pixels.shape == image.x.shape
    assert filled.pixels.dtype == torch.float64
    assert torch.isfinite(filled.pixels).all()


def test_zero_is_the_colour_that_the_model_sees_as_nothing():
    image = photo(3, 4, 5)
    torch.testing.assert_close(fill_for(image, "zero").pixels, ZERO.double().expand(3, 4, 5))
    black = picture(3, 4, 5)
    assert fill_for(black, "zero").key == fill_for(black, "black").key == fill_for(black, 0).key
    assert fill_for(image, "zero").key != fill_for(image, "black").key


def test_noise_is_normal_after_the_normalisation():
    image = photo(3, 80, 90)
    z = (fill_for(image, "noise").pixels - ZERO) / UNIT
    torch.testing.assert_close(z, noise(image.x, 1, "noise fill")[0])
    assert abs(float(z.mean())) < 0.03
    assert float(z.std()) == pytest.approx(1, abs=0.02)
    again = fill_for(image.reseeded(1), "noise")
    assert again.key != fill_for(image, "noise").key
    assert not torch.equal(again.pixels, fill_for(image, "noise").pixels)


# --- blurs -------------------------------------------------------------------------------------------------------


def mirrored(i, n):
    """The pixel that stands for index i: the image goes on as in a mirror whose edge pixels are not repeated."""
    while not 0 <= i < n:
        i = -i if i < 0 else 2 * (n - 1) - i
        i = 0 if n == 1 else i
    return i


def boxed_by_hand(x, side):
    _, h, w = x.shape
    first = side // 2
    z = torch.empty_like(x)
    for i in range(h):
        for j in range(w):
            rows = [mirrored(i - first + k, h) for k in range(side)]
            columns = [mirrored(j - first + k, w) for k in range(side)]
            z[:, i, j] = sum(x[:, r, s] for r in rows for s in columns) / side**2
    return z


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("side", [1, 2, 3, 4, 5])
def test_a_box_of_odd_and_even_sides_with_mirrored_edges(shape, side):
    x = picture(*shape).x
    torch.testing.assert_close(boxed(x, side), boxed_by_hand(x, side))


@pytest.mark.parametrize(("width", "side"), [(9, 4), (8, 4), (5, 2), (1, 1)])
def test_the_box_blur_has_half_the_width(width, side):
    image = picture(3, 6, width)
    torch.testing.assert_close(fill_for(image, "box_blur").pixels, boxed_by_hand(image.x, side))


def test_the_narrow_blur_fades_into_zero():
    image = photo(3, 30, 20)
    z = (image.x - image.zero).numpy()
    for axis in (1, 2):
        z = gaussian_filter1d(z, 5.0, axis, mode="constant", radius=5)
    torch.testing.assert_close(fill_for(image, "narrow_blur").pixels, image.zero + torch.tensor(z))


# --- neighbours --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.7, 0.97, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_neighbours_solve_the_dense_system(shape, share):
    image = picture(*shape)
    for channels in {1, shape[0]}:
        u = torch.rand(channels, *shape[1:], generator=torch.Generator().manual_seed(3))
        mask = u <= u.flatten().sort().values[max(0, round(share * u.numel()) - 1)] if share else u < 0
        want = linear_imputation(image.x, mask.expand(image.x.shape), 0.0)
        torch.testing.assert_close(imputed(image.x, mask), torch.where(mask, want, image.x), rtol=1e-9, atol=1e-12)


def test_a_plane_is_imputed_without_error_inside_and_a_constant_everywhere():
    """Weights are symmetric: what is linear around a hole goes on linearly inside it."""
    i, j = torch.meshgrid(torch.arange(20.0).double(), torch.arange(30.0).double(), indexing="ij")
    x = torch.stack([0.02 * i + 0.01 * j, 1 - 0.03 * i, torch.full_like(i, 0.4)]).double()
    hole = torch.zeros(1, 20, 30, dtype=torch.bool)
    hole[0, 3:15, 5:25] = True
    torch.testing.assert_close(imputed(x, hole), x, rtol=0, atol=1e-12)
    most = torch.rand(1, 20, 30, generator=torch.Generator().manual_seed(1)) < 0.95
    torch.testing.assert_close(imputed(x, most)[2], x[2], rtol=0, atol=1e-12)


def test_imputed_values_stay_between_the_smallest_and_the_largest_of_what_is_left():
    image = picture(3, 40, 41)
    mask = torch.rand(1, 40, 41, generator=torch.Generator().manual_seed(2)) < 0.9
    z = imputed(image.x, mask)
    for channel, kept in zip(z, image.x, strict=True):
        left = kept[~mask[0]]
        assert left.min() <= channel.min() <= channel.max() <= left.max()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_neighbours_as_a_fill_add_a_little_noise_in_units_of_the_model(dtype):
    x = picture(3, 9, 8).x.to(dtype)
    image = Image.of(x, 0, (ZERO, UNIT))
    mask = torch.zeros(1, 9, 8, dtype=torch.bool)
    mask[0, 2:6, 1:5] = True
    (z,) = filler_for(image, "neighbours").over(x, mask[None])
    assert z.dtype == dtype
    assert torch.equal(z[:, ~mask[0]], x[:, ~mask[0]])
    shift = (z - imputed(x, mask))[:, mask[0]] / UNIT.view(3, 1)
    torch.testing.assert_close(
        shift.double(), 0.01 * noise(x.double(), 1, "imputation")[0][:, mask[0]], rtol=0, atol=1e-5
    )


def test_where_nothing_is_left_there_is_the_mean():
    image = picture(3, 5, 6)
    (z,) = Masked(image, Everything((5, 6)), "neighbours").all()
    want = image.x.mean((1, 2), keepdim=True) + 0.01 * noise(image.x, 1, "imputation")[0]
    torch.testing.assert_close(z, want)


def test_neighbours_are_no_baseline():
    with pytest.raises(HeatproofError, match="HP105"):
        fill_for(picture(3, 4, 4), "neighbours")


def test_imputation_is_quick_enough_to_be_used():
    """An order of elimination that fits the grid: factors of a full hole of 64 x 64 pixels stay below 30 a pixel."""
    from scipy.sparse.linalg import splu

    from heatproof.vocabulary.imputation import _grid

    _, differences = _grid(64, 64)
    inner = differences[:-1][:, :-1].tocsc()
    factors = splu(inner, "NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    assert factors.L.nnz < 30 * 64 * 64


@pytest.mark.parametrize("shape", [(3, 6, 9), (1, 1, 1)])
def test_a_fill_of_another_image_is_not_taken_for_ours(shape):
    one, other = picture(*shape), picture(*shape, seed=1)
    for name in ("mean", "blur", "noise", "box_blur"):
        assert not np.array_equal(fill_for(one, name).pixels, fill_for(other, name).pixels)
