"""The figures of the statistics: what is drawn, from a run and from one that has next to nothing."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from report_samples import Size, hostile_run, model, run
from test_report_tables import repeats

from heatproof.report.drawing.across import DRAWN, drawn_across
from heatproof.report.drawing.book import leaves
from heatproof.report.drawing.plates import Absent, plates
from heatproof.report.drawing.sheet import Sheet, styled
from heatproof.report.drawing.squares import diverging, named, short
from heatproof.report.drawing.write import picture_bytes
from heatproof.report.tabling.across import across
from heatproof.report.tabling.shelf import Terms

SIZE = Size(images=12, methods=5, metrics=8)
MINE = (
    *("case_study", "cles", "cluster_map", "convergence", "krippendorff_alpha", "method_correlation"),
    *("metric_correlation", "randomization_table", "significance_summary"),
)


@pytest.mark.parametrize("name", MINE)
def test_every_figure_is_drawn_twice_alike(name):
    view = run(SIZE, models=1)
    written = []
    for _ in range(2):
        with styled():
            found = leaves(view, plates()[name])
            written.append([picture_bytes(leaf.drawing.figure, "svg") for leaf in found])
    assert written[0] == written[1]
    assert all(leaf.drawing.rows and "{" not in leaf.caption for leaf in found)


@pytest.mark.parametrize("name", [*MINE, "noise", "variant_correlation"])
@pytest.mark.parametrize(
    "view", [run(Size(images=3, methods=3, metrics=8), models=1), run(Size(images=0), models=1), hostile_run()]
)
def test_figures_of_next_to_nothing_are_drawn_or_say_why_not(name, view):
    with styled(), suppress(Absent):
        for leaf in leaves(view, plates()[name]):
            assert picture_bytes(leaf.drawing.figure, "png")


def test_unreliable_metrics_look_different():
    made = model(SIZE)
    noise = np.random.default_rng(0)
    values = {
        unit: noise.normal(size=12) if unit[1] == "q/insertion" else column for unit, column in made.values.items()
    }
    (leaf,) = leaves(replace(run(models=0), models=(replace(made, values=values),)), plates()["krippendorff_alpha"])
    bars = [p for p in leaf.drawing.figure.axes[0].patches if isinstance(p, Rectangle)]
    found = {row["metric"]: row["alpha"] for row in leaf.drawing.rows}
    assert [bool(bar.get_hatch()) for bar in bars] == [alpha <= Terms().alpha for alpha in found.values()]
    assert found["insertion"] < 0.3 < found["deletion"]


def test_a_square_only_where_the_difference_is_significant():
    (leaf,) = leaves(run(SIZE, models=1), plates()["significance_summary"])
    significant = [row for row in leaf.drawing.rows if row["significant"] and row["superiority"] > 0.5]
    drawn = [p for p in leaf.drawing.figure.axes[0].patches if isinstance(p, Rectangle)]
    assert len(drawn) == len(significant) > 0
    areas = sorted(p.get_width() * p.get_height() for p in drawn)
    assert areas == pytest.approx(sorted(0.86**2 * 2 * (row["superiority"] - 0.5) for row in significant))


def test_bars_start_at_a_half_and_are_absent_where_nothing_is_decided():
    (leaf,) = leaves(run(SIZE, models=1), plates()["cles"])
    bars = [p for ax in leaf.drawing.figure.axes for p in ax.patches]
    assert sum(p.get_width() != 0 for p in bars) == sum(row["significant"] for row in leaf.drawing.rows)
    assert {p.get_x() for p in bars} == {0.5}


def test_noise_has_a_box_and_a_bar_for_each_method():
    view = replace(run(models=0), models=(repeats(),))
    (leaf,) = leaves(view, plates()["noise"])
    left, right = leaf.drawing.figure.axes
    assert len(right.patches) == 7
    assert left.get_yscale() == "log"
    assert left.yaxis.get_major_formatter()(1e-3, None) == "10⁻³"
    with styled():
        assert picture_bytes(leaf.drawing.figure, "svg")


def test_models_stand_below_each_other():
    (leaf,) = leaves(run(SIZE), plates()["randomization_table"])
    assert [row["model"] for row in leaf.drawing.rows] == ["mnist-cnn", "mnist-mlp"]
    assert leaf.drawing.figure.axes[0].images[0].get_array().shape == (2, 7)


def test_colours_are_white_in_the_middle_and_numbers_are_short():
    assert diverging()(0.5)[:3] == pytest.approx((0.969, 0.969, 0.969), abs=0.01)
    assert [short(v) for v in (0.714, -0.2, 1.0, -1.0, 0.001, -0.004, 1.004)] == [
        ".71",
        "-.20",
        "1",
        "-1",
        "0",
        "0",
        "1",
    ]
    assert named("infidelity(perturbation=square, draw=1)") == "infidelity\n(perturbation=square, draw=1)"
    assert named("deletion") == "deletion"


def test_runs_side_by_side_are_drawn_twice_alike():
    names = {"first": repeats(), "second": replace(model(SIZE, seed=1), name="mlp")}
    sheaves = across(names)
    assert {sheaf.kind for sheaf in sheaves} == set(DRAWN)
    for sheaf in sheaves:
        with styled():
            one, other = (picture_bytes(drawn_across(sheaf, Sheet()), "svg") for _ in range(2))
        assert one == other


def test_runs_with_gaps_are_drawn():
    gaps = {unit: np.where(np.arange(12) < 6, np.nan, v) for unit, v in repeats().values.items()}
    flat = {unit: np.ones(12) for unit in gaps}
    for values in (gaps, flat):
        made = replace(repeats(), values=values)
        for sheaf in across({"x\x1b": made, "<y>": replace(made, metrics=made.metrics[:1])}):
            with styled():
                assert picture_bytes(drawn_across(sheaf, Sheet()), "png")
