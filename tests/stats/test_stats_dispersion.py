"""MAD ratio by its published value; signal and noise of repeats by simulation and by hand."""

import numpy as np
import pytest

from heatproof.stats.dispersion import mad_ratio, noise

PUBLISHED = np.array([[0.1, 0.5, 0.9], [0.2, 0.4, 0.8], [0.6, 0.5, 0.7], [0.1, 0.9, 0.3]])


def test_the_published_ratio():
    assert mad_ratio(PUBLISHED) == pytest.approx(3.75)
    assert mad_ratio(PUBLISHED, "methods") == pytest.approx(3.75)


def test_ratios_differ_where_methods_do():
    table = np.array([[0.0, 1], [10, 3], [0, 2], [7, 2], [1, 8]])
    middles, middle = np.median(table, axis=0), np.median(table)
    own = np.mean(np.median(np.abs(table - middles), axis=0))
    assert mad_ratio(table) == np.median(np.abs(table - middle)) / own
    assert mad_ratio(table, "methods") == np.median(np.abs(middles - middle)) / own
    assert mad_ratio(table) != mad_ratio(table, "methods")


def test_what_has_no_ratio():
    assert mad_ratio(np.ones((4, 3))) is None
    assert mad_ratio(np.full((4, 3), np.nan)) is None
    assert mad_ratio(np.empty((0, 0))) is None
    gap = np.column_stack([PUBLISHED, np.full(4, np.nan)])
    assert mad_ratio(gap) == pytest.approx(3.75)


def test_ratios_by_hand():
    found = noise(np.array([[1.0, 4], [3, 4]]))
    assert found.ratios.tolist() == [2.0, np.inf]
    assert found.share == pytest.approx(np.mean([2, 0]) / np.var([1, 3, 4, 4], ddof=1))
    assert (found.repeats, found.images, found.median) == (2, 2, np.inf)


def test_noise_and_signal_of_known_size():
    generator = np.random.default_rng(0)
    true = 10 + 2 * generator.normal(size=400)
    found = noise(true + generator.normal(size=(50, 400)))
    assert found.share == pytest.approx(1 / 5, rel=0.1)
    assert found.median == pytest.approx(100, rel=0.1)
    nothing = noise(generator.normal(size=(50, 400)))
    assert nothing.share == pytest.approx(1, rel=0.02)
    assert nothing.median < 0.05


def test_repeats_that_differ_in_the_last_bits_are_equal():
    values = np.tile(np.array([0.1 + 0.2, 0.7]), (4, 1))
    values[0] = np.nextafter(values[0], 1)
    assert np.isinf(noise(values).ratios).all()
    assert noise(values).share == pytest.approx(0)


def test_gaps_and_single_repeats():
    found = noise(np.array([[1.0, np.nan, 2], [2, np.nan, np.nan], [3, 1, 3]]))
    assert found.ratios[0] == pytest.approx(4)
    assert np.isnan(found.ratios[1])
    assert found.ratios[2] == pytest.approx(6.25 / 0.5)
    assert found.images == 2
    assert noise(np.array([[1.0, 2]])).why == "undefined: 1 repeats, needs 2"
    assert noise(np.ones((3, 4))).why == "undefined: all are equal"
    one = noise(np.array([[1.0], [2]]))
    assert (one.share, one.why) == (None, "undefined: 1 image, needs 2")
