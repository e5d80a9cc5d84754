"""Maps as pictures: zero is white, signs are told apart, and pictures stand where they should."""

import numpy as np
import pytest

from heatproof.report.drawing.grid import Grid, wrapped
from heatproof.report.drawing.heat import coloured, photo, scaled, signed_colours
from heatproof.report.drawing.sheet import Sheet, styled
from heatproof.report.drawing.variants import differing, heads, short
from heatproof.study.view import FormulaView

WHITE = [255, 255, 255]


def test_zero_is_exactly_white_and_signs_have_their_own_hue() -> None:
    phi = np.array([[[0.0, 1.0, -1.0, 0.5, -0.5]]])
    zero, high, low, half, minus = coloured(phi, "signed", 100)[0].astype(int).tolist()
    assert zero == WHITE
    assert high[0] > high[2]
    assert low[2] > low[0]
    assert half[0] > half[2]
    assert minus[2] > minus[0]


def test_the_scale_is_symmetric_whatever_the_values() -> None:
    phi = np.array([[[3.0, -1.0, 0.0]]])
    share, end = scaled(phi, absolute=False)
    assert share.tolist() == [[1.0, -1 / 3, 0.0]]
    assert end == 3
    assert scaled(-phi, absolute=False)[0].tolist() == [[-1.0, 1 / 3, 0.0]]


def test_one_channel_is_scaled_by_its_largest_and_several_by_their_percentile() -> None:
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(3, 40, 40))
    phi[:, 0, 0] = 1000.0
    summed = np.abs(phi.sum(0))
    share, end = scaled(phi, absolute=False)
    assert end == pytest.approx(np.percentile(summed, 99))
    assert share[0, 0] == 1
    assert scaled(phi[:1], absolute=False)[1] == 1000
    sizes = np.abs(phi).sum(0)
    grey, last = scaled(phi, absolute=True)
    assert last == pytest.approx(np.percentile(sizes, 99))
    assert grey.min() == 0
    assert grey == pytest.approx(np.clip((sizes - sizes.min()) / (last - sizes.min()), 0, 1))


@pytest.mark.parametrize("phi", [np.zeros((1, 4, 4)), np.full((3, 4, 4), np.nan), np.zeros((3, 4, 4))])
def test_a_map_of_nothing_is_white(phi: np.ndarray) -> None:
    assert (coloured(phi, "signed", 9) == 255).all()


def test_absolute_maps_are_the_red_half_or_grey() -> None:
    phi = np.array([[[0.0, 1.0, -1.0]]])
    zero, high, low = coloured(phi, "red", 9)[0].tolist()
    assert zero == WHITE
    assert high == low == signed_colours()[-1].tolist()
    assert coloured(phi, "grey", 9)[0, :, 0].tolist() == [0, 255, 255]


def test_large_pictures_are_made_smaller_and_small_ones_left_alone() -> None:
    assert coloured(np.ones((1, 100, 50)), "signed", 20).shape == (20, 10, 3)
    assert photo(np.zeros((100, 50, 3), np.uint8), 20).shape == (20, 10, 3)
    assert coloured(np.ones((1, 10, 5)), "signed", 20).shape == (10, 5, 3)


def test_pictures_stand_in_their_cells_and_keep_their_shape() -> None:
    grid = Grid(["a", "b"], ["x", "y", "z"])
    grid.pictures = {(0, 0): np.zeros((10, 20, 3), np.uint8), (1, 2): np.zeros((10, 20, 3), np.uint8)}
    with styled():
        drawn = grid.figure(Sheet(3.3), "signed")
    first, last = (image.get_extent() for image in drawn.axes[0].images)
    for x0, x1, y1, y0 in (first, last):
        assert (x1 - x0) / (y1 - y0) == pytest.approx(2)
        assert 0 < x0 < x1 < drawn.get_figwidth()
        assert 0 < y0 < y1 < drawn.get_figheight()
    assert last[0] > first[1]
    assert last[3] > first[2]


def test_long_grids_stay_on_the_page() -> None:
    grid = Grid([str(i) for i in range(30)], ["x"] * 3)
    grid.pictures = {(i, j): np.zeros((8, 8, 3), np.uint8) for i in range(30) for j in range(3)}
    with styled():
        assert grid.figure(Sheet(6.9), "grey").get_figheight() <= 9.5


def test_names_are_broken_where_they_may() -> None:
    assert wrapped("integrated_gradients") == "integrated_\ngradients"
    assert wrapped("true labels, signed") == "true labels,\nsigned"
    assert wrapped("lime") == "lime"


def _method(label: str, **settings: object) -> FormulaView:
    return FormulaView(label, label, "occlusion", settings, "", "", "")


def test_variants_are_called_by_what_differs() -> None:
    family = [_method("a", window=5, stride=3, tune="none"), _method("b", window=6, stride=3, tune="x")]
    assert list(differing(family)) == ["window", "tune"]
    assert short(family) == ["window 5", "window 6, tune x"]
    assert heads(family) == ["occlusion: window 5", "occlusion: window 6, tune x"]
    assert short([_method("a", window=5), _method("b", window=5)]) == ["a", "b"]
