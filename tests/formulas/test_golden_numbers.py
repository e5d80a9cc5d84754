"""Numbers that were measured on the original implementations, for maps that anybody can make."""

import numpy as np
import pytest
import torch
from reading_of import readings
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch import nn

from heatproof.vocabulary.similarity import hog, pearson, spearman, ssim, ssim_notebooks

ATV = {
    1: [0.115873, 0.133911, 0.192091, 0.273939, 0.381067, 0.490758],
    2: [0.00063881, 0.00110959, 0.00240287, 0.00514237, 0.01077653, 0.0207162],
}


def golden_heatmap():
    i, j = np.mgrid[:224, :224]
    return np.sin(i / 7) * np.cos(j / 11) + 0.1 * (((31 * i + 17 * j) % 13) / 13)


def total_variation(**settings):
    phi = torch.tensor(golden_heatmap())[None, None]
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2)).double()
    (reading,) = readings(model, phi, phi, "total_variation", **settings)
    return reading


@pytest.mark.parametrize("norm", [1, 2])
def test_total_variation_of_six_scales(norm):
    reading = total_variation(norm=norm)
    assert reading.curves["scales"].y == pytest.approx(ATV[norm], rel=5e-6)
    assert reading.curves["scales"].x == [224, 150, 100, 67, 45, 30]


@pytest.mark.parametrize(("rule", "area"), [("simpson", 1.2732056), ("trapezoid", 1.2843228)])
def test_area_under_the_total_variation(rule, area):
    assert total_variation(rule=rule).value == pytest.approx(area, abs=5e-8)


def test_one_scale_is_the_first_of_them():
    assert total_variation(scales="one").value == pytest.approx(ATV[1][0], abs=5e-7)


def normal(seed, *shape):
    return np.random.RandomState(seed).randn(*shape)


@pytest.fixture(scope="module")
def colours():
    """Maps A and B of the sanity checks' size, with three channels."""
    a = normal(0, 299, 299, 3)
    return a, 0.7 * a + 0.7 * normal(1, 299, 299, 3)


@pytest.fixture(scope="module")
def greys():
    """Maps P and Q of one channel, each divided by its largest absolute value."""
    p = normal(0, 224, 224)
    q = 0.7 * p + 0.7 * normal(1, 224, 224)
    return p / np.abs(p).max(), q / np.abs(q).max()


def grey(m):
    """Sum of absolute values over channels, cut off at its 99th percentile."""
    s = np.abs(m).sum(-1)
    return np.clip((s - s.min()) / (np.percentile(s, 99) - s.min()), 0, 1)


def diverging(m):
    s = m.sum(-1)
    a = abs(np.percentile(s, 99))
    return np.clip((s + a) / (2 * a), -1, 1)


def test_spearman_of_the_two_views_of_the_sanity_checks(colours):
    assert spearman(*(grey(m) for m in colours)) == pytest.approx(0.422029, abs=5e-7)
    assert spearman(*(diverging(m) for m in colours)) == pytest.approx(0.687081, abs=5e-7)


def test_spearman_of_sam(greys):
    assert spearman(*greys) == pytest.approx(0.686485, abs=5e-7)


def test_ssim_of_the_notebooks(colours):
    assert ssim_notebooks(*(m.astype(np.float32).astype(float) for m in colours)) == pytest.approx(0.735070, abs=5e-7)


def test_ssim_that_the_author_recommends(colours, greys):
    assert ssim(*colours) == pytest.approx(0.429336, abs=5e-7)
    assert ssim(*greys) == pytest.approx(0.420530, abs=5e-7)


def test_data_range_one_would_be_another_ssim(greys):
    assert structural_similarity(*greys, data_range=1, win_size=5) == pytest.approx(0.343770, abs=5e-7)


def test_hog(colours, greys):
    assert hog(*greys) == pytest.approx(0.189981, abs=5e-7)
    assert len(hog.view(greys[0])) == 11_664
    views = [hog.view(m) for m in colours]
    assert len(views[0]) == 20_736
    assert spearmanr(*views).statistic == pytest.approx(0.169848, abs=5e-7)
    assert hog(*colours) == pytest.approx(pearson(*views))
