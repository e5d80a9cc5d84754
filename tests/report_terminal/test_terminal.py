"""The terminal's leaderboard and verdict, rendered to text."""

import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from heatproof.report.terminal import leaderboard, print_run, summary
from heatproof.stats.judge import judge
from heatproof.stats.table import SanityData, ScoreTable
from heatproof.study.view import FormulaView, ImageView, ModelView, RunView

METHODS = ("gradient", "smooth_taylor", "integrated_gradients", "guided_backprop", "random", "edges")
METRICS = {
    "deletion": "lower",
    "insertion": "higher",
    "srg": "higher",
    "sensitivity_n": "higher",
    "infidelity": "lower",
    "max_sensitivity": "lower",
    "parameter_randomization": "lower",
    "gini": "",
    "entropy": "",
    "total_variation": "",
    "completeness": "lower",
}
COST = {"asked": 61400, "run": 24900, "shared": 0.594, "seconds": 130.2}


def score(strength, metric, n, seed):
    noise = np.random.Generator(np.random.Philox(seed)).standard_normal(n)
    value = strength * (-1 if METRICS.get(metric) == "lower" else 1) / 5 + 0.1 * noise
    return 3e-6 * (5 + value) if metric == "infidelity" else value + 0.5


def scored(methods=METHODS, metrics=tuple(METRICS), n=64):
    strength = np.linspace(0.4, 1, len(methods))
    weak = {"random", "edges"}
    values = {
        (m, k): score(0 if m in weak or k == "infidelity" else strength[i], k, n, 97 * i + j)
        for i, m in enumerate(methods)
        for j, k in enumerate(metrics)
    }
    noise = np.random.Generator(np.random.Philox(5)).standard_normal(n) / 20
    sanity = {"guided_backprop": SanityData(0.71 + noise, None), "gradient": SanityData(0.1 + noise, 0.99)}
    better = {k: METRICS.get(k, "higher") for k in metrics}
    return ScoreTable(methods, frozenset(weak & set(methods)), metrics, better, values, sanity)


def formula(label, **more):
    return FormulaView(label, label, label, {}, "family", "summary", "", **more)


def model(table=None, name="mnist-cnn"):
    table = table or scored()
    image = ImageView("0", 0, "zero", 0, "zero", 0.9, None, lambda: np.zeros((1, 1, 3), np.uint8))
    return ModelView(
        name=name,
        facts={},
        images=(image,) * table.images,
        methods=tuple(formula(m, control=m in table.controls) for m in table.methods),
        metrics=tuple(formula(m, better=table.better[m]) for m in table.metrics),
        values={},
        reasons={},
        curves={},
        load_map=lambda method, image: None,
        verdict=judge(table, resamples=200),
    )


def run(*models, **more):
    return RunView("demo", Path("run"), models or (model(),), {}, {}, **{"cost": COST, **more})


def shown(view, width=80, encoding="utf-8", show=print_run, **console):
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    show(view, Console(file=file, width=width, **console))
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def rows(text, method):
    return [line for line in text.splitlines() if re.match(rf" *(\d+|ctl) +\|?{re.escape(method)}\b", line)]


@pytest.fixture(scope="module")
def view():
    return run()


@pytest.mark.parametrize("width", [60, 80, 100, 140, 400])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_every_number_is_there_and_no_line_is_too_long(view, width, encoding):
    text = shown(view, width, encoding)
    assert max(map(cell_len, text.splitlines())) <= width
    cells = [c for c in view.models[0].verdict.cells if c.metric not in ("infidelity",)]
    for cell in cells:
        assert f"{cell.mean:.3f}" in text
        assert f"[{cell.low:.3f}, {cell.high:.3f}]" in text
    tables = len(rows(text, "smooth_taylor"))
    assert len(rows(text, "edges")) == tables
    assert tables == 1 if width == 400 else tables > 1


def test_directions_marks_and_scale(view):
    text = shown(view, 140)
    for head in ("deletion ↓", "insertion ↑", "sensitivity_n ↑", "infidelity ↓"):
        assert head in text
    assert not re.search("(gini|entropy|total_variation) +[↑↓]", text), "neither end is better"
    assert "x 1e-5" in text, "tiny numbers are scaled as a column"
    verdict = view.models[0].verdict
    first = rows(text, verdict.methods[0])[0]
    assert re.search(r"\d\.\d{3}\]\*", first)
    assert "≈" in "".join(rows(text, "gradient")), "infidelity cannot tell it from random maps"
    assert "* best or tied for best   ≈ not better than random maps   ctl control" in text


def test_ascii_says_the_same_with_other_signs(view):
    text = shown(view, 80, "ascii")
    for sign in ("deletion (-)", "insertion (+)", "*", "~", "(+) higher is better"):
        assert sign in text
    assert "\\u" not in text


def test_order_places_and_sanity(view):
    text = shown(view, 140)
    places = [rows(text, m)[0].split()[0] for m in view.models[0].verdict.methods]
    assert places == ["1", "2", "3", "4", "ctl", "ctl"]
    assert rows(text, "guided_backprop")[0].split()[:3] == ["4", "guided_backprop", "FAIL"]
    assert "PASS" in rows(text, "gradient")[0]
    assert "not tested" in rows(text, "smooth_taylor")[0]


def test_warnings_come_before_sentences_and_the_cost_last(view):
    lines = summary(view)
    kinds = [line.startswith("warning: ") for line in lines]
    assert kinds == sorted(kinds, reverse=True)
    assert 0 < sum(kinds) < len(kinds)
    assert any("guided_backprop FAILS the parameter randomization test" in line for line in lines)
    assert lines[-1] == "cost: 61,400 model evaluations asked for, 24,900 run (59 % shared), 2 min 10 s"
    text = " ".join(shown(view).split())
    assert text.endswith("2 min 10 s")
    assert text.index("! HP401") < text.index("- guided_backprop FAILS")


def test_unfinished_runs_say_so_first():
    failed = ({"image": "7", "method": "gradient", "metric": "srg", "reason": "out of\nmemory"},)
    lines = summary(run(missing=1, failed=failed))
    assert lines[0] == "warning: 1 score still missing: the same run again continues."
    assert lines[1] == "warning: 1 score failed, the first: 7, gradient, srg: out of\\nmemory"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (59.6, "1 min 0 s"), (12.2, "12 s"), (3900, "1 h 5 min"), (9.99, "10.0 s")]
)
def test_durations(seconds, text):
    assert summary(run(cost={**COST, "seconds": seconds}))[-1].endswith(text)


def test_a_run_without_costs_or_scores_is_shown():
    empty = model(ScoreTable((), frozenset(), (), {}, {}))
    assert summary(run(empty, cost={})) == ["Nothing has been scored yet."]
    assert "mnist-cnn, 0 images" in shown(run(empty, cost={}))


def test_one_image_has_means_and_no_intervals():
    text = shown(run(model(scored(n=1))))
    assert "only 1 image" in text
    assert not re.search(r"\[-?[\d.]+, ", text)


def test_undefined_columns_are_a_dash():
    table = scored(n=20)
    table.values["gradient", "srg"][:] = np.nan
    for encoding, dash in (("utf-8", "–"), ("ascii", "-")):
        text = shown(run(model(dataclasses.replace(table, metrics=("srg",), values=only(table, "srg")))), 80, encoding)
        assert rows(text, "gradient")[0].replace("|", " ").split()[-1] == dash


def only(table, metric):
    return {key: values for key, values in table.values.items() if key[1] == metric}


@pytest.mark.parametrize("scale", [1e-300, 1e-7, 0.0, 1.0, 450.0, 1e12, 1e300])
def test_numbers_of_any_size_stay_narrow(scale):
    table = scored(metrics=("srg",), n=20)
    values = {key: scores * scale for key, scores in table.values.items()}
    text = shown(run(model(dataclasses.replace(table, values=values))), 80)
    assert max(map(cell_len, text.splitlines())) <= 80
    assert max(map(len, re.findall(r"\[-?[\d.]+, [^]]*\]", text))) <= 20


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", [80, 140])
def test_hostile_labels_are_text(width, encoding):
    hostile = "[red]x[/red]\x1b[31m:smile:\r\u202e\x9b2J\ud800é"
    names = (hostile, "[/]", "random")
    table = scored(names, ("[bold]srg\x1b]0;t\x07", "deletion"), 20)
    text = shown(
        run(model(table, name=hostile)), width, encoding, force_terminal=True, no_color=True, color_system=None
    )
    bare = re.sub(r"\x1b\[\d*m", "", text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", bare)
    flat = re.sub(r"\s|\|", "", bare)
    for part in ("[red]x[/red]\\x1b[31m:smile:\\r\\u202e\\x9b2J\\ud800", "[/]", "[bold]srg"):
        assert part in flat
    assert ("\\xe9" if encoding == "ascii" else "é") in flat


def test_long_labels_fold_and_keep_every_letter():
    name = "smooth_grad(sigma=0.15,n=50,baseline=blurred_image_of_the_data)"
    text = shown(run(model(scored((name, "random"), ("srg", "x" * 90), 20))))
    assert max(map(cell_len, text.splitlines())) <= 80
    start = text.splitlines().index(rows(text, "smooth_grad")[0])
    assert "".join(line[5:29].strip() for line in text.splitlines()[start:]).startswith(name)
    assert sum(line.count("x") for line in text.splitlines()[:8]) >= 90


def test_no_color_keeps_every_mark(view, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(view, 80, force_terminal=True)
    assert not re.search(r"\x1b\[[0-9;]*(3|4|9|10)\d[;m]", text)
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == shown(view, 80)


def test_controls_are_grey_and_failures_red(view, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(view, 80, force_terminal=True, color_system="standard")
    grey = [line for line in text.splitlines() if "edges" in line and "ctl" in line]
    assert grey
    assert all(line.count("\x1b[90m") >= 3 for line in grey)
    assert "\x1b[1;31mFAIL" in text


def test_several_models_are_named():
    lines = summary(run(model(scored(n=20), "cnn"), model(scored(n=20), "mlp")))
    assert "cnn:" in lines
    assert "mlp:" in lines


def test_a_leaderboard_can_be_printed_alone(view):
    text = shown(view, show=lambda v, console: console.print(leaderboard(v)))
    assert "best method first" in text
    assert "cost:" not in text
