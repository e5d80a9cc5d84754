"""Alpha of a metric with its interval: published value, resampling, ties, gaps and too little of anything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatproof.stats.intervals import Bootstrap
from heatproof.stats.krippendorff import alpha, alphas
from heatproof.stats.reliability import reliability, reliability_of, within_images

PUBLISHED = np.array([[0.1, 0.5, 0.9], [0.2, 0.4, 0.8], [0.6, 0.5, 0.7], [0.1, 0.9, 0.3]])


def noisy(images, methods, noise, seed=0):
    generator = np.random.Generator(np.random.Philox(seed))
    return np.arange(methods) + noise * generator.normal(size=(images, methods))


def test_the_published_value():
    found = reliability_of("m", PUBLISHED)
    assert found.alpha == pytest.approx(0.4652777778, abs=1e-9)
    assert (found.low, found.why) == (None, "no interval: 4 images, needs 5")


def test_a_baseline_subtracted_from_every_image_changes_nothing():
    table = noisy(20, 5, 2)
    assert reliability_of("m", table - table[:, :1]) == reliability_of("m", table)


def test_agreement_disagreement_and_chance():
    assert reliability_of("m", noisy(10, 5, 0)).alpha == 1
    opposed = np.stack([np.arange(5.0), np.arange(5.0)[::-1]] * 5)
    assert reliability_of("m", opposed).alpha < 0
    chance = [reliability_of("m", noisy(12, 5, 1e6, seed)).alpha for seed in range(40)]
    assert abs(np.mean(chance)) < 0.03


def test_the_interval_covers_alpha_of_many_images():
    """About 95 of 100 intervals of 24 images hold the alpha of 4,000; resamples are not drawn to agreement."""
    true = alpha(within_images(noisy(4000, 5, 2.0, 999))[::10])
    found = [reliability_of("m", noisy(24, 5, 2.0, seed), Bootstrap(400, seed)) for seed in range(100)]
    assert 89 <= sum(r.low <= true <= r.high for r in found) <= 100
    assert np.mean([r.alpha for r in found]) == pytest.approx(true, abs=0.02)


def test_a_rater_taken_twice_is_not_compared_with_itself():
    """Weights are repeats: with the pairs of equal raters taken out, by brute force."""
    table, weights = within_images(noisy(6, 4, 2.0)), np.array([[2.0, 0, 1, 3, 0, 1]])
    raters = [i for i, w in enumerate(weights[0]) for _ in range(int(w))]
    values = table[raters]
    kinds, counts = np.unique(values, return_counts=True)
    middle = dict(zip(kinds, counts.cumsum() - counts / 2, strict=True))
    far = np.vectorize(lambda a, b: (middle[a] - middle[b]) ** 2)
    pairs = [(i, j) for i in range(len(raters)) for j in range(len(raters)) if raters[i] != raters[j]]
    observed = np.mean([far(values[i], values[j]).mean() for i, j in pairs])
    cells = [(r, u) for r in range(len(raters)) for u in range(4)]
    apart = [(c, d) for c in cells for d in cells if not (raters[c[0]] == raters[d[0]] and c[1] == d[1])]
    expected = np.mean([far(values[c], values[d]) for c, d in apart])
    assert alphas(table, weights)[0] == pytest.approx(1 - observed / expected)


def test_equal_images_have_an_interval_of_one_point():
    found = reliability_of("m", noisy(8, 4, 0))
    assert (found.alpha, found.low, found.high) == (1, 1, 1)


@settings(max_examples=20)
@given(st.permutations(range(12)))
def test_the_order_of_the_images_does_not_matter(order):
    table = noisy(12, 4, 2)
    assert reliability_of("m", table[list(order)], Bootstrap(100)) == reliability_of("m", table, Bootstrap(100))


def test_gaps_are_left_out_and_ties_are_shared():
    table = noisy(10, 4, 1)
    table[0, 1:] = np.nan
    table[1, 2] = np.inf
    found = reliability_of("m", table)
    assert found.images == 9
    assert alpha(within_images(table)) == pytest.approx(found.alpha)
    assert within_images(np.array([[2.0, 2, 1]])).tolist() == [[2.5, 2.5, 1]]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (np.ones((6, 1)), "undefined: 1 methods, needs 2"),
        (np.ones((6, 3)), "undefined: every method has the same score on every image"),
        (np.full((6, 3), np.nan), "undefined: 0 images, needs 2"),
        (np.array([[1.0, 2, 3]]), "undefined: 1 image, needs 2"),
    ],
)
def test_what_has_no_alpha_says_why(table, why):
    found = reliability_of("m", table)
    assert (found.alpha, found.low, found.high, found.why) == (None, None, None, why)


def test_controls_are_left_out():
    from stats_tables import table

    made = table()
    scores = np.stack([made.scores(m, "deletion") for m in ("gradient", "smooth_taylor", "grad_cam")], 1)
    assert reliability(made, "deletion") == reliability_of("deletion", scores)


def test_a_mean_has_the_interval_it_always_had():
    """The general interval, of a mean, is close to that made for means."""
    sample = np.random.default_rng(0).gamma(1.0, size=60)
    one = Bootstrap().interval(sample)
    other = Bootstrap().of(lambda weights: weights @ sample / weights.sum(1), 60)
    assert other.mean == pytest.approx(one.mean)
    assert (other.low, other.high) == pytest.approx((one.low, one.high), rel=0.03)
