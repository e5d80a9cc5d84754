"""The verdict: its rules one by one, on tables where the right answer is known."""

import dataclasses

import numpy as np
import pytest
from stats_tables import METHODS, normal, table

from heatproof.stats.judge import judge
from heatproof.stats.table import SanityData, ScoreTable
from heatproof.vocabulary.errors import BugError


def find(verdict, metric, a, b):
    return next(p for p in verdict.pairs if (p.metric, p.a, p.b) == (metric, a, b))


def marked(verdict, metric):
    return {c.method for c in verdict.cells if c.metric == metric and c.best}


def said(lines, *parts):
    return [line for line in lines if all(part in line for part in parts)]


def test_best_and_tied_for_best_on_both_directions():
    verdict = judge(table(noise=0.5))
    assert marked(verdict, "insertion") == {"smooth_taylor", "grad_cam"}
    assert marked(verdict, "deletion") == {"smooth_taylor", "grad_cam"}
    assert marked(verdict, "gini") == set(), "a metric without a direction has no winners"
    assert said(
        verdict.sentences, "smooth_taylor and grad_cam are best or tied for best on 2 of 2 metrics (40 images)."
    )
    assert said(verdict.sentences, "smooth_taylor and grad_cam cannot be told apart on insertion (p = ")


def test_cells_hold_means_intervals_and_counts():
    given = table(n=30)
    given.values["gradient", "insertion"][:4] = np.nan
    cell = judge(given).cell("gradient", "insertion")
    assert cell.mean == pytest.approx(np.nanmean(given.values["gradient", "insertion"]))
    assert cell.low < cell.mean < cell.high
    assert (cell.count, cell.undefined) == (26, 4)


def test_pairs_are_corrected_within_their_metric():
    verdict = judge(table())
    family = [p for p in verdict.pairs if p.metric == "deletion"]
    assert len(family) == 10
    smallest = min(family, key=lambda p: p.p)
    assert smallest.p_adjusted == pytest.approx(min(1, 10 * smallest.p))
    pair = find(verdict, "deletion", "gradient", "smooth_taylor")
    assert pair.better == "smooth_taylor"
    assert pair.difference > 0, "lower is better: the worse method has the larger score"
    assert pair.effect < 0.5
    assert pair.low <= pair.difference <= pair.high


def test_turning_the_methods_turns_the_pairs_and_changes_nothing_else():
    given = table()
    one, other = judge(given), judge(dataclasses.replace(given, methods=METHODS[::-1]))
    assert one.methods == other.methods
    for pair in one.pairs:
        twin = find(other, pair.metric, pair.b, pair.a)
        assert (twin.difference, twin.low, twin.high) == pytest.approx((-pair.difference, -pair.high, -pair.low))
        assert (twin.p_adjusted, twin.effect, twin.better) == pytest.approx(
            (pair.p_adjusted, 1 - pair.effect, pair.better)
        )


def test_the_order_of_the_images_changes_nothing():
    given = table(sanity={"gradient": SanityData(normal(40, 3), 0.9)})
    order = np.random.default_rng(0).permutation(40)
    values = {key: scores[order] for key, scores in given.values.items()}
    sanity = {"gradient": SanityData(normal(40, 3)[order], 0.9)}
    assert judge(dataclasses.replace(given, values=values, sanity=sanity)) == judge(given)


def test_a_winner_by_ranks_that_loses_by_mean_is_undecided():
    values = {("a", "m"): np.r_[np.ones(29), -100.0], ("b", "m"): np.zeros(30)}
    pair = judge(ScoreTable(("a", "b"), frozenset(), ("m",), {"m": "higher"}, values)).pairs[0]
    assert pair.p_adjusted < 0.05
    assert pair.difference < 0
    assert pair.better == ""


def test_false_winners_are_rare_when_all_methods_are_equal():
    wrong = 0
    for seed in range(60):
        values = {(m, "m"): normal(25, 1000 * seed + i) for i, m in enumerate("abcd")}
        verdict = judge(ScoreTable(tuple("abcd"), frozenset(), ("m",), {"m": "higher"}, values), resamples=20)
        wrong += any(p.better for p in verdict.pairs)
    assert wrong <= 8, "the family-wise error of Holm's correction is at most 5 %"


def test_methods_against_random_maps():
    verdict = judge(table())
    assert verdict.cell("gradient", "insertion").beats_random is True
    assert verdict.cell("random", "insertion").beats_random is None
    assert verdict.cell("gradient", "gini").beats_random is None
    assert said(verdict.sentences, "significantly better than random maps on all 2 metrics that can tell")
    assert not said(verdict.warnings, "HP401")


def test_a_metric_that_cannot_tell_random_maps_is_warned_about():
    blind = table(metrics=(("insertion", "higher"), ("irof", "higher")))
    for i, m in enumerate(METHODS):
        blind.values[m, "irof"][:] = normal(40, 900 + i)
    verdict = judge(blind)
    assert said(verdict.warnings, "HP401 metric 'irof'", "of 40 images", "not to be trusted")
    assert not said(verdict.warnings, "HP401", "insertion")
    assert said(verdict.sentences, "better than random maps on the only metric that can tell.")


def test_without_a_random_control_that_is_said():
    verdict = judge(table(controls=frozenset(("edges",))))
    assert said(verdict.warnings, "HP407")
    assert all(c.beats_random is None for c in verdict.cells)


def test_the_random_control_may_carry_settings_in_its_label():
    methods = ("a", "random(distribution=uniform)", "random_forest")
    values = {(m, "m"): normal(20, i) + 2 * (i == 0) for i, m in enumerate(methods)}
    verdict = judge(ScoreTable(methods, frozenset(methods[1:]), ("m",), {"m": "higher"}, values))
    assert verdict.cell("a", "m").beats_random is True
    assert verdict.cell(methods[1], "m").beats_random is None
    assert verdict.cell("random_forest", "m").beats_random is False


def test_a_control_that_beats_real_methods_is_warned_about():
    given = table()
    given.values["edges", "insertion"][:] += 2
    verdict = judge(given)
    assert said(verdict.warnings, "HP405 control 'edges'", "gradient, smooth_taylor and grad_cam on insertion")
    assert verdict.methods[:3] == ("smooth_taylor", "grad_cam", "gradient")
    assert set(verdict.methods[3:]) == {"random", "edges"}, "a control is never recommended"
    assert marked(verdict, "insertion") <= {"smooth_taylor", "grad_cam"}


def test_failing_the_sanity_check_is_last_and_said():
    kept = SanityData(0.7 + 0.05 * normal(40, 5), None)
    verdict = judge(table(noise=0.1, sanity={"smooth_taylor": kept}))
    assert verdict.methods[:3] == ("grad_cam", "gradient", "smooth_taylor")
    line = said(verdict.sentences, "smooth_taylor FAILS the parameter randomization test")[0]
    assert "its maps keep a rank correlation of 0.7" in line
    assert "when the weights are random." in line
    best = said(verdict.sentences, "smooth_taylor is best or tied for best on 2 of 2 metrics")[0]
    assert best.endswith("but fails the parameter randomization test.")


def test_only_deciding_metrics_order_the_methods():
    metrics = (("insertion", "higher"), ("stability", "higher"))
    given = table(metrics=metrics)
    given.values["gradient", "stability"][:] += 9
    decided = dataclasses.replace(given, deciding=frozenset(("insertion",)))
    assert judge(given).methods[:3] == ("smooth_taylor", "gradient", "grad_cam"), "mean ranks 1.5, 2 and 2.5"
    assert judge(decided).methods[2] == "gradient"
    reversed_only = dataclasses.replace(given, deciding=frozenset(("stability",)))
    assert judge(reversed_only).methods[0] == "gradient"


def test_metrics_that_contradict_each_other_are_warned_about():
    given = table(metrics=(("a", "higher"), ("b", "higher")), noise=0.01)
    for m in METHODS:
        given.values[m, "b"][:] *= -1
    verdict = judge(given)
    assert verdict.agreement == {("a", "b"): -1.0}
    assert said(verdict.warnings, "HP404 two metrics contradict", "3 methods: a and b (tau = -1.00)")


def test_many_undefined_values_are_warned_about():
    given = table()
    given.values["grad_cam", "deletion"][:9] = np.nan
    assert said(judge(given).warnings, "HP402 metric 'deletion' is undefined on up to 9 of 40 images (grad_cam)")
    given.values["grad_cam", "deletion"][:2] = 0
    assert not said(judge(given).warnings, "HP402")


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "only 1 image: nothing is tested"), (8, "that takes 9 images"), (9, "to be found with 80 % probability")],
)
def test_few_images_say_how_weak_they_are(n, text):
    assert said(judge(table(n=n)).warnings, "HP403", text)
    assert not said(judge(table(n=20)).warnings, "HP403")


def test_the_number_of_images_named_is_the_one_that_suffices():
    """8 images cannot decide among 10 pairs, 9 can: 2 / 2^9 times 10 is below 0.05."""
    assert not any(p.better for p in judge(table(n=8, noise=0)).pairs)
    assert any(p.better for p in judge(table(n=9, noise=0)).pairs)
    assert all(c.beats_random is None for c in judge(table(n=6, noise=0)).cells if c.method != "edges")
    assert judge(table(n=7, noise=0)).cell("gradient", "insertion").beats_random is True


def test_one_image_is_described_not_tested():
    verdict = judge(table(n=1, sanity={"gradient": SanityData(np.array([0.9]), None)}))
    assert verdict.pairs == ()
    assert not any(c.best or c.beats_random is not None or c.low is not None for c in verdict.cells)
    assert said(verdict.sentences, "1 image: too few to call one method better than another")
    assert said(verdict.sentences, "gradient (0.90) is undecided")
    assert verdict.sentences[-1] == "This is evidence from 1 image and one model, not a certification."


def test_one_method_has_nothing_to_compare():
    values = {("gradient", "deletion"): normal(30, 1)}
    verdict = judge(ScoreTable(("gradient",), frozenset(), ("deletion",), {"deletion": "lower"}, values))
    assert verdict.pairs == ()
    assert verdict.sentences[0] == "1 method: there is nothing to compare."


@pytest.mark.parametrize("methods", [(), ("gradient",)])
def test_an_empty_run_says_so(methods):
    verdict = judge(ScoreTable(methods, frozenset(), ("deletion",), {"deletion": "lower"}, {}))
    assert verdict.sentences == ("Nothing has been scored yet.",)
    assert verdict.warnings == ()


def test_a_method_without_values_keeps_its_row():
    given = table()
    given.values["gradient", "insertion"][:] = np.inf
    del given.values["gradient", "deletion"]
    verdict = judge(given)
    assert verdict.cell("gradient", "insertion").mean is None
    assert verdict.cell("gradient", "deletion").undefined == 40
    assert verdict.methods[2] == "gradient"


def test_equal_methods_leave_the_order_open():
    values = {(m, "deletion"): normal(30, 1) for m in ("a", "b", "c")}
    verdict = judge(ScoreTable(("a", "b", "c"), frozenset(), ("deletion",), {"deletion": "lower"}, values))
    assert said(verdict.sentences, "No method is significantly worse than the best one on the only metric: 30 images")
    assert all(p.p == p.p_adjusted == 1 and p.effect == 0.5 and p.low == p.high == 0 for p in verdict.pairs)


def test_the_verdict_claims_evidence_only():
    words = " ".join(judge(table()).sentences).lower()
    assert words.endswith("not a certification.")
    assert not {"proves", "proven", "certainly", "trustworthy"} & set(words.replace(".", "").split())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"values": {("gradient", "gini"): np.ones(3), ("edges", "gini"): np.ones(4)}}, "different numbers of images"),
        ({"values": {("nobody", "gini"): np.ones(3)}}, "nobody"),
        ({"better": {"gini": "up"}}, "valid: 'higher', 'lower', ''"),
    ],
)
def test_a_table_that_contradicts_itself_is_a_bug(changes, text):
    with pytest.raises(BugError, match="HP410") as error:
        table(**changes)
    assert text in error.value.line
