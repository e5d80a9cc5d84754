"""Bootstrap intervals: coverage, known values, and what they must not depend on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from heatproof.stats.intervals import Bootstrap

samples = st.lists(st.integers(-1000, 1000), min_size=2, max_size=30).map(lambda v: np.array(v, float))


def draw(size, seed=1):
    return np.random.Generator(np.random.Philox(seed)).standard_normal(size)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "least", "most"), [(30, 0.93, 0.97), (10, 0.93, 0.97)])
def test_covers_the_mean_of_normal_samples(n, least, most):
    found = Bootstrap(seed=3).intervals(list(draw((4000, n))))
    assert least < np.mean([i.low < 0 < i.high for i in found]) < most


def test_is_bca_where_the_widening_for_few_images_no_longer_counts():
    skewed = np.exp(draw(400))
    mine = Bootstrap(resamples=20_000).interval(skewed)
    theirs = stats.bootstrap((skewed,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(0))
    spread = skewed.std() / 20
    assert mine.low == pytest.approx(theirs.confidence_interval.low, abs=0.06 * spread)
    assert mine.high == pytest.approx(theirs.confidence_interval.high, abs=0.06 * spread)
    assert mine.high - mine.mean > 1.05 * (mine.mean - mine.low), (
        "a right-skewed sample has the longer arm on the right"
    )


def test_few_values_give_no_more_than_they_know():
    empty, single, constant = Bootstrap().intervals([np.array([np.nan]), np.array([np.nan, 0.3]), np.full(5, 0.1)])
    assert empty == (None, None, None, 0)
    assert single == (0.3, None, None, 1)
    assert constant == (0.1, 0.1, 0.1, 5)


def test_two_values_reach_from_one_to_the_other():
    assert Bootstrap().interval(np.array([2.0, 1.0])) == pytest.approx((1.5, 1.0, 2.0, 2))


def test_undefined_values_are_left_out_one_by_one():
    sample = draw(40)
    holed = np.insert(sample, [3, 20], [np.nan, np.inf])
    assert Bootstrap().interval(holed) == Bootstrap().interval(sample)


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()
    sample = draw(20)
    assert Bootstrap(seed=1).interval(sample) == Bootstrap(seed=1).interval(sample)
    assert Bootstrap(seed=1).interval(sample) != Bootstrap(seed=2).interval(sample)
    assert (np.random.get_state()[1] == before).all()


def test_a_batch_of_samples_is_the_samples_one_by_one(monkeypatch):
    batch = [draw(20), draw(7), draw(20, 5), np.array([1.0])]
    together = Bootstrap(100).intervals(batch)
    monkeypatch.setattr("heatproof.stats.intervals._BLOCK", 20)
    for whole, alone in zip(together, map(Bootstrap(100).interval, batch), strict=True):
        assert whole[0] == alone[0]
        assert whole[1:] == pytest.approx(alone[1:]) or alone.n < 2


@given(samples, st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(sample, random):
    shuffled = sample.copy()
    random.shuffle(shuffled)
    assert Bootstrap(50).interval(shuffled) == Bootstrap(50).interval(sample)


@given(samples, st.integers(-1000, 1000))
def test_moves_with_the_values(sample, shift):
    still, moved = Bootstrap(50).interval(sample), Bootstrap(50).interval(sample + shift)
    assert moved[:3] == pytest.approx(tuple(v + shift for v in still[:3]), abs=1e-9)


@given(samples)
def test_negated_values_give_the_mirrored_interval(sample):
    one, other = Bootstrap(50).interval(sample), Bootstrap(50).interval(-sample)
    assert (one.mean, one.low, one.high) == pytest.approx((-other.mean, -other.high, -other.low), abs=1e-9)


@given(samples)
def test_stays_within_the_values_and_around_the_mean(sample):
    mean, low, high, n = Bootstrap(50).interval(sample)
    assert n == len(sample)
    assert sample.min() - 1e-9 <= low <= high <= sample.max() + 1e-9
    assert mean == pytest.approx(sample.mean())
