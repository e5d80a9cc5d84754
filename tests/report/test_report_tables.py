"""Tables of statistics: what they hold, that they are the same bytes twice, and what they say where they cannot be."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from report_samples import HOSTILE, Size, hostile_run, model, run

from heatproof.report.drawing.book import Missing
from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.across import across
from heatproof.report.tabling.binder import Sheaf, sheaves
from heatproof.report.tabling.case import case_of
from heatproof.report.tabling.effects import effect_columns
from heatproof.report.tabling.formats import FORMATS, aligned
from heatproof.report.tabling.scores import compared, forgotten, narrowed, repeated, side_by_side, variants
from heatproof.report.tabling.shelf import Terms, kinds
from heatproof.stats.effects import Effects
from heatproof.study.view import ModelView, RunView

SIZE = Size(images=12, methods=5, metrics=8)


def with_settings(view: ModelView, **settings: dict[str, object]) -> ModelView:
    """The same model with settings of its metrics."""
    changed = tuple(replace(m, settings=settings.get(m.label, m.settings)) for m in view.metrics)
    return replace(view, metrics=changed)


def repeats() -> ModelView:
    """deletion three times with other draws; insertion is called another way."""
    made = model(SIZE)
    metrics = list(made.metrics)
    for place, draw in ((0, 10), (1, 0), (4, 2)):
        label = f"deletion(draw={draw})"
        metrics[place] = replace(
            metrics[place],
            name="deletion",
            label=label,
            better="lower",
            family="faithfulness",
            settings={"fill": "black", "draw": draw},
        )
    return replace(made, metrics=tuple(metrics))


def tables(view: RunView, *names: str, **terms: object) -> dict[str, Sheaf]:
    found = {}
    for page in sheaves(view, names, Terms(**terms)):
        assert not isinstance(page, Missing), page
        found |= {sheaf.name: sheaf for sheaf in page}
    return found


def test_every_kind_of_table_is_made_or_says_why_not() -> None:
    pages = list(sheaves(run(SIZE)))
    assert len(pages) == len(kinds())
    missing = {page.name: page.reason for page in pages if isinstance(page, Missing)}
    assert missing == {
        "adaptive_noise": "needs a method that tunes its noise, for example smooth_taylor: {tune: autvc}",
        "noise": "needs a metric that is repeated with another draw, for example sensitivity_n: {draw: 1}",
        "stability": "needs the metric hyperparameter_sensitivity",
        "variant_correlation": "needs a metric with two different settings",
    }
    for page in pages:
        for sheaf in () if isinstance(page, Missing) else page:
            assert sheaf.rows
            assert "{" not in sheaf.caption


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_run_gives_the_same_bytes(kind: str) -> None:
    one, other = (tables(run(SIZE), "alpha", "significance", "convergence", "clusters") for _ in range(2))
    assert one.keys() == other.keys()
    for name, sheaf in one.items():
        assert FORMATS[kind](sheaf) == FORMATS[kind](other[name])


def test_only_metrics_about_the_model_are_compared_and_each_once() -> None:
    made = repeats()
    assert "gini" not in compared(made)  # no direction
    assert "parameter_randomization" not in compared(made)
    again = [c.label for c in repeated(made)[0]]
    assert again == ["deletion(draw=0)", "deletion(draw=2)", "deletion(draw=10)"]
    assert [c for c in compared(made) if c.startswith("deletion")] == ["deletion(draw=0)"]
    assert variants(made) == {}
    with pytest.raises(Absent, match="needs a metric with a direction"):
        compared(replace(made, metrics=()))
    assert narrowed(made).metrics == compared(made)


def test_noise_is_that_of_the_repeats() -> None:
    made = repeats()
    (sheaf,) = tables(replace(run(models=0), models=(made,)), "noise").values()
    keys = [c.key for c in repeated(made)[0]]
    values = np.stack([made.values[made.methods[0].key, key] for key in keys])
    first = sheaf.rows[0]
    assert first["noise"] == pytest.approx(values.var(0, ddof=1).mean() / values.var(ddof=1))
    assert (first["repeats"], first["images"]) == (3, 12)


def test_the_chosen_noise_is_summed_up_for_each_tuned_method() -> None:
    made = model(SIZE)
    settings = ({"tune": "autvc"}, {"tune": "aupc"}, {"tune": "none"}, {}, {"tune": "aupc"})
    methods = tuple(replace(m, settings=s) for m, s in zip(made.methods, settings, strict=False))
    golden = [{"low": 0.1, "high": 0.8, "objective": j, "tried": 12.0} for j in (2.0, 3.0, 7.0)]
    notes = {
        methods[0].key: (
            {},
            {"sigma": 0.5, "objective": 4.0, "tried": 12.0},
            *({**n, "sigma": s} for n, s in zip(golden, (0.1, 0.4, 0.8 - 1e-9), strict=True)),
        ),
        methods[1].key: ({"sigma": 0.3, "objective": 1.0, "tried": 21.0},),
        methods[2].key: ({"sigma": 9.0},),
    }
    made = replace(made, methods=methods, notes=lambda key: notes.get(key, ({},)))
    (sheaf,) = tables(replace(run(models=0), models=(made,)), "adaptive_noise").values()
    first, second = sheaf.rows
    assert first == {
        "method": methods[0].label,
        "objective": "autvc",
        "images": 4,
        "sigma_mean": pytest.approx(1.8 / 4),
        "sigma_sd": pytest.approx(np.std([0.1, 0.4, 0.5, 0.8], ddof=1)),
        "sigma_min": 0.1,
        "sigma_max": pytest.approx(0.8),
        "at_the_ends": pytest.approx(2 / 3),  # of those that had an interval
        "objective_mean": 4.0,
        "tried": 12.0,
    }
    assert (second["images"], second["sigma_sd"], second["at_the_ends"], second["tried"]) == (1, None, None, 21.0)
    made = replace(made, notes=lambda key: ({},))
    (page,) = sheaves(replace(run(models=0), models=(made,)), ["adaptive_noise"])
    assert isinstance(page, Missing)
    assert page.reason == "no map with a chosen noise is finished yet"


def test_effects_are_called_the_same_in_every_table() -> None:
    assert effect_columns(Effects(median=1.0, superiority=2.0, paired=3.0, unpaired=4.0)) == {
        "median_difference": 1.0,
        "superiority": 2.0,
        "cles": 3.0,
        "cles_unpaired": 4.0,
    }
    found = tables(run(SIZE, models=1), "significance", "duels")
    assert all({*effect_columns(Effects(*[0.0] * 4))} <= set(sheaf.columns) for sheaf in found.values())


def test_variants_are_told_from_repeats() -> None:
    made = model(SIZE)
    metrics = list(made.metrics)
    for place, fill in ((0, "black"), (1, "blur")):
        metrics[place] = replace(
            metrics[place], name="deletion", label=f"deletion(fill={fill})", settings={"fill": fill}
        )
    made = replace(made, metrics=tuple(metrics))
    assert list(variants(made)) == ["deletion"]
    (sheaf,) = tables(replace(run(models=0), models=(made,)), "variant_correlation").values()
    assert sheaf.columns == ("variant", "deletion(fill=black)", "deletion(fill=blur)")


def test_forgotten_is_the_last_stage_of_the_cascade_or_the_full_test() -> None:
    made = model(SIZE)
    test = next(m for m in made.metrics if m.name == "parameter_randomization")
    values, name = forgotten(made)
    curve = next(c for c in made.curves[test.key] if c.name == "cascading spearman")
    assert name == "spearman, all weights random"
    assert values["smoothgrad"].tolist() == curve.values["m/smoothgrad"][:, -1].tolist()
    full = with_settings(made, parameter_randomization={"order": "full", "similarity": "spearman"})
    curves = {
        **full.curves,
        test.key: tuple(replace(c, name=c.name.replace("cascading", "full")) for c in full.curves[test.key]),
    }
    assert forgotten(replace(full, curves=curves))[0]["smoothgrad"].tolist() == values["smoothgrad"].tolist()
    assert forgotten(replace(made, curves={}))[1] == "spearman, mean over the stages"
    with pytest.raises(Absent, match="parameter_randomization"):
        forgotten(replace(made, metrics=made.metrics[:2]))


def test_terms_reach_the_tables() -> None:
    view = run(SIZE, models=1)
    strict, loose = tables(view, "randomization", similarity=0.0), tables(view, "randomization", similarity=1.0)
    assert not any(row["passes"] for row in strict["randomization"].rows)
    assert all(row["passes"] for row in loose["randomization"].rows)
    corrected = tables(view, "significance", correction="bonferroni", test="t_test")["significance"]
    assert "Student's paired t-test, one-sided, Bonferroni-corrected over the methods" in corrected.caption
    first = corrected.rows[0]
    assert first["p_adjusted"] == pytest.approx(min(1, 5 * first["p"]))


def test_few_images_are_said_in_the_tables() -> None:
    view = run(Size(images=3, methods=4, metrics=8), models=1)
    assert {row["note"] for row in tables(view, "significance")["significance"].rows} >= {
        "undefined: 3 images, needs 5"
    }
    assert "undefined: 3 images, needs 5" in tables(view, "metric_correlation")["metric_correlation"].caption
    assert tables(view, "convergence")["convergence"].rows[0]["note"] == "undefined: 3 images, needs 5"


def test_names_that_attack_are_text() -> None:
    for page in sheaves(hostile_run()):
        for sheaf in () if isinstance(page, Missing) else page:
            cells = [cell for row in csv.reader(io.StringIO(FORMATS["csv"](sheaf).decode())) for cell in row]
            assert not [c for c in cells if c.startswith(("=", "@", "\t"))]
            assert "<" not in re.sub(r"\\<", "", FORMATS["md"](sheaf).decode())
            assert json.loads(FORMATS["json"](sheaf))["rows"]
            assert "\x1b" not in FORMATS["tex"](sheaf).decode()
            assert re.fullmatch(r"[\w.-]+", sheaf.name)
    assert any("=HYPERLINK" in name for name in HOSTILE)


def test_numbers_are_written_as_numbers() -> None:
    rows = (
        {"metric": "a_b", "p": 1e-9, "alpha": 0.5, "kept": True},
        {"metric": "c&d", "p": 0.25, "alpha": None, "kept": False},
    )
    sheaf = Sheaf("alpha", "alpha", "Less < more.", rows)
    assert FORMATS["csv"](sheaf).decode().splitlines()[1:] == ["a_b,1e-09,0.5,True", "c&d,0.25,,False"]
    markdown = FORMATS["md"](sheaf).decode().splitlines()
    assert markdown[3:] == [
        "| --- | ---: | ---: | --- |",
        r"| a\_b | \<0.001 | 0.500 | yes |",
        "| c&d | 0.250 | – | no |",
    ]
    latex = FORMATS["tex"](sheaf).decode()
    assert r"a\_b & $<$0.001 & 0.500 & yes \\" in latex
    assert r"c\&d & 0.250 & -- & no \\" in latex
    assert r"\begin{tabular}{lrrl}" in latex
    assert json.loads(FORMATS["json"](Sheaf("x", "x", "", ({"v": float("nan")},))))["rows"] == [{"v": None}]
    assert aligned(sheaf).splitlines()[1:] == [
        "metric       p  alpha  kept",
        "a_b     <0.001  0.500  yes",
        "c&d      0.250      –  no",
    ]


def test_the_case_study_says_what_it_left_out() -> None:
    case = case_of(repeats())
    reasons = {c.name: c.reason for c in case.left_out}
    assert reasons["parameter_randomization"] == "is the test of step 5"
    assert reasons["gini"] == "has no better end"
    assert reasons["deletion(draw=2)"] == "is a repeat"
    assert case.similarity == "spearman, all weights random"
    bare = replace(repeats(), metrics=tuple(m for m in repeats().metrics if "random" not in m.name))
    assert case_of(bare).similarity == "not tested: needs the metric parameter_randomization"


def test_two_models_are_paired_by_the_name_of_the_image() -> None:
    view = run(SIZE)
    one, other = view.models
    shuffled = replace(other, images=other.images[::-1], values={k: v[::-1] for k, v in other.values.items()})
    want = tables(view, "models")["models"].rows
    assert tables(replace(view, models=(one, shuffled)), "models")["models"].rows == want
    difference = one.values["m/gradient", "q/insertion"] - other.values["m/gradient", "q/insertion"]
    row = next(r for r in want if (r["metric"], r["method"]) == ("insertion", "gradient"))
    assert row["difference"] == pytest.approx(difference.mean())
    apart = replace(other, images=tuple(replace(i, id=f"other {i.id}") for i in other.images))
    assert {r["images"] for r in tables(replace(view, models=(one, apart)), "models")["models"].rows} == {0}


def test_runs_are_put_side_by_side_by_what_their_columns_mean() -> None:
    one = model(SIZE)
    other = with_settings(model(SIZE, seed=1), insertion={"fill": "blur"})
    renamed = tuple(replace(m, label="deletion(steps=9)") if m.label == "deletion" else m for m in other.metrics)
    found, differing = side_by_side({"x": one, "y": replace(other, metrics=renamed)})
    assert differing == ("insertion",)
    assert found["y"].metrics == found["x"].metrics  # called as in the first run
    sheets = {sheaf.name: sheaf for sheaf in across({"x": one, "y": replace(other, metrics=renamed)})}
    assert sheets["transfer"].caption.endswith("Not set alike in all runs: insertion.")
    assert {row["metric"] for row in sheets["transfer"].rows} >= {"deletion", "insertion", "all metrics"}
    strangers = replace(one, methods=tuple(replace(m, name=f"z{m.name}", label=f"z{m.label}") for m in one.methods))
    assert across({"x": one, "y": strangers}) == []


def test_settings_of_methods_are_summed_up() -> None:
    made = model(SIZE)
    metric = replace(made.metrics[0], name="hyperparameter_sensitivity", label="hyperparameter_sensitivity")
    curve = made.curves[made.metrics[0].key][0]
    values = np.full((12, 3), np.nan)
    values[:, 0], values[:, 2] = 0.5, 0.9
    values[3, 2] = np.nan
    curves = {metric.key: (replace(curve, name="sigma", x=(0.5, 1, 2), values={"m/smoothgrad": values}),)}
    made = replace(made, metrics=(metric,), curves=curves)
    (sheaf,) = tables(replace(run(models=0), models=(made,)), "stability").values()
    (row,) = sheaf.rows
    assert (row["method"], row["setting"], row["values"]) == ("smoothgrad", "sigma", 2)
    assert (row["images"], row["dropped"]) == (11, 1)
    assert row["similarity"] == pytest.approx(0.7)
    assert row["deviation"] == pytest.approx(0.2)
