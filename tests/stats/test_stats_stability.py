"""Similarities of pairs of maps, summed up; two models on the same images."""

import numpy as np
import pytest
from scipy.stats import wilcoxon
from stats_tables import normal

from heatproof.stats.intervals import Bootstrap
from heatproof.stats.stability import every_two, shift, stability, stages


def test_the_mean_of_means_and_the_root_of_the_mean_variance():
    alike = np.array([[0.0, 1.0], [0.5, 0.7], [1.0, 1.0]])
    found = stability(alike)
    assert found.mean == pytest.approx(np.mean([0.5, 0.6, 1.0]))
    assert found.deviation == pytest.approx(np.sqrt(np.mean([0.25, 0.01, 0.0])))
    assert found.per_image.tolist() == pytest.approx([0.5, 0.6, 1.0])
    assert (found.low, found.why) == (None, "no interval: 3 images, needs 5")


def test_images_with_a_gap_are_dropped_and_counted():
    alike = np.abs(np.stack([normal(9, 1), normal(9, 2)], 1))
    alike[2, 1] = np.nan
    alike[4] = np.inf
    found = stability(alike)
    assert (found.images, found.dropped) == (7, 2)
    assert np.isnan(found.per_image[[2, 4]]).all()
    assert found.mean == pytest.approx(np.delete(alike, [2, 4], axis=0).mean())
    assert (found.low, found.high) == Bootstrap().interval(found.per_image)[1:3]


def test_nothing_is_stable_about_nothing():
    assert stability(np.full((3, 2), np.nan)).why == "undefined: 0 images, needs 1"
    assert stability(np.empty((4, 0))).dropped == 4


def test_all_pairs():
    assert every_two(3) == [(0, 1), (0, 2), (1, 2)]


def test_a_robust_model_against_a_standard_one():
    standard = normal(20, 1)
    found = shift(standard + 0.5 + 0.1 * normal(20, 2), standard)
    assert found.low < 0.5 < found.high
    assert found.p == pytest.approx(wilcoxon(standard + 0.5 + 0.1 * normal(20, 2), standard).pvalue)
    assert found.effects.superiority == 1
    assert found.images == 20
    gap = np.where(np.arange(20) < 3, standard, np.nan)
    few = shift(gap, standard + 1)
    assert (few.why, few.mean, few.low) == ("undefined: 3 images, needs 5", pytest.approx(-1), None)
    assert np.isnan(few.p)


def test_stages_have_the_deviation_of_a_population():
    values = np.array([[1.0, 0.2], [0.5, np.nan], [0.0, 0.4]])
    first, second = stages(("fc", "conv"), values)
    assert (first.name, first.mean, first.images) == ("fc", 0.5, 3)
    assert first.deviation == pytest.approx(np.std([1, 0.5, 0]))
    assert (second.mean, second.images) == (pytest.approx(0.3), 2)
    assert stages(("x",), np.full((2, 1), np.nan))[0].mean is None
