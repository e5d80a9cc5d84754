"""Repeats of a metric with other random draws: every column is kept, the verdict counts them once, by their mean."""

import numpy as np
import pytest
from study_kit import study

from heatproof.cli.outcome import numbers
from heatproof.report.page import Shared, cells, judged
from heatproof.report.pages.leaderboard import of_model as leaderboard
from heatproof.report.tabling.scores import repeated
from heatproof.study.draws import mean_over_draws, once_each
from heatproof.study.view import FormulaView

DRAWS = [("sensitivity_n", {"sizes": 2, "subsets": 6, "draw": draw}) for draw in (2, 0, 1)]
WHOLE = "sensitivity_n (mean of 3 draws)"


def column(label: str, **settings: object) -> FormulaView:
    return FormulaView(f"q/{label}", label, label.partition("(")[0], settings, "faithfulness", "", "", better="higher")


def test_repeats_are_one_metric_in_the_place_of_the_first_draw() -> None:
    listed = [
        column("a(draw=1)", draw=1),
        column("b"),
        column("a(draw=0)", draw=0),
        column("a(fill=blur, draw=0)", draw=0, fill="blur"),
        column("a(draw=0, fill=black)", draw=0, fill="black"),
        column("a(draw=4, fill=black)", draw=4, fill="black"),
        column("a(fill=blur, draw=9)", draw=9, fill="blur"),
    ]
    found = once_each(listed)
    assert [m.label for m in found] == [
        "b",
        "a (mean of 2 draws)",
        "a(fill=blur) (mean of 2 draws)",
        "a(fill=black) (mean of 2 draws)",
    ]
    assert [m.key for m in found] == ["q/b", "q/a(draw=0)", "q/a(fill=blur, draw=0)", "q/a(draw=0, fill=black)"]
    assert once_each(listed[1:3]) == tuple(listed[1:3])  # one draw is no repeat


def test_an_image_counts_with_the_draws_that_have_a_value_for_it() -> None:
    listed = [column("a(draw=0)", draw=0), column("a(draw=1)", draw=1), column("b")]
    nan = float("nan")
    rows = ([1.0, 2.0, nan], [3.0, nan, nan], [7.0, nan, 9.0])
    values = {("m", c.key): np.array(row) for c, row in zip(listed, rows, strict=True)}
    found = mean_over_draws(listed, values)
    assert str(found["m", "q/a(draw=0)"].tolist()) == "[2.0, 2.0, nan]"
    assert str(found["m", "q/b"].tolist()) == "[7.0, nan, 9.0]"
    assert str(values["m", "q/a(draw=0)"].tolist()) == "[1.0, 2.0, nan]"


def test_the_verdict_counts_repeats_once_and_the_run_keeps_them_all(tmp_path) -> None:
    result = study(6, methods=["gradient", "grad_cam", "random"], metrics=[*DRAWS, "gini"]).run(tmp_path)
    (model,) = result.view.models
    assert model.verdict.metrics == (WHOLE, "gini")
    assert [m.label for m in judged(model)] == list(model.verdict.metrics)
    (columns,) = repeated(model)
    assert [c.settings["draw"] for c in columns] == [0, 1, 2]
    found = cells(model)
    for method in model.methods:
        values = np.stack([model.values[method.key, c.key] for c in columns])
        assert found[method.label, WHOLE].mean == pytest.approx(np.nanmean(np.nanmean(values, 0)))
        assert len({tuple(row) for row in values.tolist()}) == 3 or method.control or np.isnan(values).all()
    assert len(result.frame()["metric"].unique()) == 4
    content = leaderboard(model, Shared(result.view, {}, 0))
    assert [head["metric"].label for head in content["metrics"]] == [WHOLE, "gini"]
    assert all(row["cells"][0].get("value") is not None for row in content["rows"])
    text = repr(result)
    assert "draw=" not in text
    assert "draws)" in text
    assert {pair["metric"] for pair in numbers(result.view)["models"][0]["pairs"]} <= {WHOLE, "gini"}
