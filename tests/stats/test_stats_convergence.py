"""Bands of bootstrap medians: their size by theory, what they recommend, and when there are none."""

import numpy as np
import pytest
from scipy.stats import binom
from stats_tables import normal

from heatproof.stats.convergence import convergence


def columns(images, *centres, noise=1.0):
    return np.stack([c + noise * normal(images, i) for i, c in enumerate(centres)], 1)


def test_sizes_and_shrinking_bands():
    found = convergence(columns(100, 0, 1, 3))
    assert found.sizes[:3].tolist() == [2, 7, 12]
    assert found.sizes[-1] == 97
    width = found.high - found.low
    assert (width[:, 0] > 2 * width[:, -1]).all()
    assert (found.low <= found.median).all()
    assert (found.median <= found.high).all()


def test_the_band_is_the_known_distribution_of_a_bootstrap_median():
    """P(median of n draws <= k-th of N) = P(Binomial(n, k / N) >= (n + 1) / 2), n odd."""
    scores = columns(41, 0.0, 9.0)
    found = convergence(scores, resamples=20_000)
    place = found.sizes.tolist().index(7)
    chance = binom.sf(3, 7, np.arange(1, 42) / 41)
    ordered = np.sort(scores[:, 0])
    for level, limit in ((0.5, found.median), (0.025, found.low), (0.975, found.high)):
        k = int(np.argmax(chance >= level))
        assert ordered[max(0, k - 1)] <= limit[0, place] <= ordered[k + 1]


def test_the_median_of_two_is_their_mean():
    found = convergence(np.stack([np.array([0.0] * 3 + [1.0] * 3), np.full(6, 9.0)], 1), resamples=4000)
    assert (found.low[0, 0], found.median[0, 0], found.high[0, 0]) == (0, 0.5, 1)


def test_a_number_is_recommended_from_which_on_all_bands_are_narrow():
    found = convergence(columns(60, 0, 50, noise=1.0))
    half = ((found.high - found.low) / 2).max(0)
    assert found.tolerance == pytest.approx(0.1 * np.ptp(np.median(columns(60, 0, 50), axis=0)))
    after = found.sizes >= found.enough
    assert (half[after] <= found.tolerance).all()
    assert found.enough == found.sizes[0] or half[np.argmax(after) - 1] > found.tolerance
    assert found.forecast is None


def test_too_wide_bands_forecast_by_the_square_root():
    found = convergence(columns(40, 0, 1))
    widest = ((found.high - found.low) / 2).max(0)[-1]
    assert found.enough is None
    assert found.forecast == int(np.ceil(found.sizes[-1] * (widest / found.tolerance) ** 2))
    assert found.forecast > 40


def test_seeds_and_the_order_of_images():
    scores = columns(30, 0, 2)
    one, other = convergence(scores), convergence(scores[::-1])
    assert (one.low == other.low).all()
    assert not (one.low == convergence(scores, seed=1).low).all()


def test_gaps_and_too_little():
    scores = columns(30, 0, 2, 4)
    scores[5:, 1] = np.nan
    scores[3:, 2] = np.nan
    found = convergence(scores)
    assert np.isfinite(found.median[:2]).all()
    assert np.isnan(found.median[2]).all()
    assert convergence(scores[:3]).why == "undefined: 3 images, needs 5"
    assert convergence(np.empty((0, 0))).why == "undefined: 0 images, needs 5"
    same = convergence(np.ones((9, 2)))
    assert same.why.startswith("undefined: the methods do not differ")
    assert (same.enough, same.forecast) == (None, None)
