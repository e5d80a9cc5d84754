"""Krippendorff's alpha: his own example, full agreement, chance, and what has no value."""

import numpy as np
import pytest

from heatproof.stats.krippendorff import alpha

NONE = np.nan
PUBLISHED = np.array(
    [
        [NONE, NONE, NONE, NONE, NONE, 3, 4, 1, 2, 1, 1, 3, 3, NONE, 3],
        [1, NONE, 2, 1, 3, 3, 4, 3, NONE, NONE, NONE, NONE, NONE, NONE, NONE],
        [NONE, NONE, 2, 1, 3, 4, 4, NONE, 2, 1, 1, 3, 3, NONE, 4],
    ]
)


@pytest.mark.parametrize(
    ("level", "value"), [("nominal", 0.691358), ("interval", 0.810845), ("ordinal", 0.806721), ("ratio", 0.808944)]
)
def test_the_published_example(level, value):
    assert alpha(PUBLISHED, level) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_full_agreement_is_one_and_chance_is_zero(level):
    generator = np.random.default_rng(0)
    one = generator.integers(1, 6, 40).astype(float)
    assert alpha(np.stack([one, one, one]), level) == 1
    chance = [alpha(generator.integers(1, 6, (4, 40)).astype(float), level) for _ in range(50)]
    assert abs(np.mean(chance)) < 0.02


def test_two_raters_that_contradict_each_other():
    """Ordinal, four units, no ties: D_o = 5, D_e = 20 / 7 by hand."""
    assert alpha(np.array([[1.0, 2, 3, 4], [4, 3, 2, 1]])) == pytest.approx(1 - 5 / (20 / 7))


def test_only_the_order_matters_to_ordinal_values():
    generator = np.random.default_rng(1)
    table = generator.normal(size=(3, 9))
    assert alpha(np.exp(table)) == pytest.approx(alpha(table))
    assert alpha(np.exp(table), "interval") != pytest.approx(alpha(table, "interval"))


def test_what_has_no_value():
    assert alpha(np.full((3, 4), 2.0)) is None
    assert alpha(np.array([[1, NONE], [NONE, 2]])) is None
