"""Numbers that were measured on the original implementations, for maps that anybody can make."""

import numpy as np
import pytest
import torch
from reading_of import readings
from torch import nn

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


@pytest.mark.parametrize(
    ("rule", "area"), [("simpson", 1.2766851), ("simpson_scipy", 1.2732056), ("trapezoid", 1.2843228)]
)
def test_area_under_the_total_variation(rule, area):
    assert total_variation(rule=rule).value == pytest.approx(area, abs=5e-8)


def test_one_scale_is_the_first_of_them():
    assert total_variation(scales="one").value == pytest.approx(ATV[1][0], abs=5e-7)
