"""Methods against the random control: published numbers, scipy, and what cannot be tested."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, false_discovery_control, mannwhitneyu, ttest_1samp, ttest_rel, wilcoxon

from heatproof.stats.against import Rule, against, glyph
from heatproof.stats.duel import duel, duels
from heatproof.stats.effects import effects, unpaired
from heatproof.stats.multiplicity import CORRECTIONS, corrected
from heatproof.stats.one_sided import TESTS, sign_test, t_test, two_sided
from heatproof.stats.table import ScoreTable

T = np.arange(24)
A, B, C = np.sin(1.3 * T) + 0.4, np.cos(0.7 * T) + 0.1, 0.5 * np.sin(0.9 * T + 1)
whole = st.lists(st.integers(-9, 9), min_size=2, max_size=30).map(lambda v: np.array(v, float))


def waves(better="higher", random=0.0, **columns):
    """Three waves against a constant random control; `lower` turns all of them around."""
    sign = -1 if better == "lower" else 1
    found = {"a": A, "b": B, "c": C, **columns}
    return ScoreTable(
        methods=(*found, "random"),
        controls=frozenset(["random"]),
        metrics=("m",),
        better={"m": better},
        values={(name, "m"): sign * v for name, v in found.items()} | {("random", "m"): np.full(24, sign * random)},
    )


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize(
    ("test", "correction", "published"),
    [
        ("wilcoxon", "bonferroni", [0.024610, 0.683811, 0.934641]),
        ("wilcoxon", "fdr_bh", [0.02461, 0.311547, 0.311547]),
        ("t_test", "bonferroni", [0.017228, 0.904391, 0.833777]),
    ],
)
def test_published_p_values(better, test, correction, published):
    found = against(waves(better), "m", Rule(test, correction, 0.05))
    assert [t.p_adjusted for t in found] == pytest.approx(published, abs=1e-6)
    assert [t.significant for t in found] == [True, False, False]
    assert [t.effects.superiority for t in found] == pytest.approx([0.625, 0.541667, 0.625], abs=1e-6)
    assert [t.effects.median for t in found] == pytest.approx([np.median(v) for v in (A, B, C)])


@given(whole)
def test_tests_agree_with_scipy(apart):
    moved = apart[apart != 0]
    if len(moved):
        assert sign_test(apart) == pytest.approx(
            binomtest(int((moved > 0).sum()), len(moved), alternative="greater").pvalue
        )
    if np.ptp(apart) > 0:
        assert t_test(apart) == pytest.approx(ttest_1samp(apart, 0, alternative="greater").pvalue, abs=1e-12)


def test_nothing_to_doubt_and_nothing_to_see():
    same, none = np.full(8, 0.1 + 0.2), np.zeros(8)
    assert t_test(same) == 0
    assert t_test(-same) == 1
    assert [TESTS[test](none) for test in TESTS] == [1, 1, 1]
    assert [two_sided(none, test) for test in TESTS] == [1, 1, 1]
    assert sign_test(same) == pytest.approx(0.5**8)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_corrections_against_scipy_and_by_their_order(p):
    fdr = CORRECTIONS["fdr_bh"](p)
    assert fdr == pytest.approx(false_discovery_control(p))
    assert CORRECTIONS["bonferroni"](p) == pytest.approx(np.minimum(1, len(p) * np.array(p)))
    assert (CORRECTIONS["none"](p) == p).all()
    assert (fdr <= CORRECTIONS["holm"](p) + 1e-12).all()
    assert (CORRECTIONS["holm"](p) <= CORRECTIONS["bonferroni"](p) + 1e-12).all()


def test_what_was_not_tested_is_no_part_of_the_family():
    assert corrected([0.01, np.nan, 0.02], "bonferroni")[[0, 2]].tolist() == [0.02, 0.04]
    assert np.isnan(corrected([np.nan], "holm")).all()


def test_too_few_images_are_said():
    column = np.where(T < 3, A, np.nan)
    one, *others = reversed(against(waves(few=column), "m", Rule("wilcoxon", "bonferroni")))
    assert (one.count, one.why, one.significant, glyph(one)) == (3, "undefined: 3 images, needs 5", False, 0.0)
    assert np.isnan(one.p_adjusted)
    assert others[-1].p_adjusted == pytest.approx(0.024610, abs=1e-6)  # a family of three, not of four


def test_no_control_or_no_direction_is_no_test():
    assert against(waves(""), "m") == ()
    table = waves()
    bare = ScoreTable(
        ("a", "b"), frozenset(), ("m",), {"m": "higher"}, {k: table.values[k] for k in (("a", "m"), ("b", "m"))}
    )
    assert against(bare, "m") == ()


def test_best_and_worst_methods():
    best, worst = np.arange(24) + 5.0, -np.arange(24) - 5.0
    found = {t.method: t for t in against(waves(best=best, worst=worst), "m")}
    assert found["best"].significant
    assert glyph(found["best"]) == 1
    assert found["best"].effects[1:] == (1, 1, 1)
    assert found["worst"].p == 1
    assert glyph(found["worst"]) == 0
    assert found["worst"].effects[1:] == (0, 0, 0)


def test_published_effect_sizes_of_a_pair():
    found = duel(waves(), "m", ("a", "b"))
    assert found.effects.superiority == pytest.approx(0.708333, abs=1e-6)
    assert found.effects.unpaired == pytest.approx(0.637153, abs=1e-6)
    assert found.p == pytest.approx(0.113961, abs=1e-6)
    assert found.shown == 0.5
    turned = duel(waves("lower"), "m", ("a", "b"))
    assert turned.effects == pytest.approx(found.effects)


def test_a_pair_turned_around():
    table = waves(high=A + 2)
    one, other = duel(table, "m", ("high", "b")), duel(table, "m", ("b", "high"))
    assert one.significant
    assert one.shown == 1
    assert other.shown == 0
    assert one.p == pytest.approx(wilcoxon(A + 2, B).pvalue)
    assert duel(table, "m", ("high", "b"), "t_test").p == pytest.approx(ttest_rel(A + 2, B).pvalue)
    assert len(duels(table, [("a", "b"), ("a", "c")])) == 2


def test_ties_are_losses_or_halves():
    a, b = np.array([1.0, 1, 2, 0]), np.array([1.0, 1, 1, 1])
    assert effects(a, b)[:3] == (0.0, 0.25, 0.5)
    assert np.isnan(effects(np.array([np.nan, 1]), np.array([1, np.nan]))).all()


@given(whole, whole)
def test_unpaired_is_the_share_of_all_pairs(a, b):
    want = np.mean([(x > y) + 0.5 * (x == y) for x in a for y in b])
    assert unpaired(a, b) == pytest.approx(want)
    assert unpaired(a, b) == pytest.approx(mannwhitneyu(a, b).statistic / len(a) / len(b))
