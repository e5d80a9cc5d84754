"""Figures: found by name, drawn from the right numbers, the same bytes every time."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from figure_samples import IMAGES, KINDS, LAYERS, floor_of, view
from report_samples import hostile_run, run

import heatproof.report
from heatproof.report.drawing.book import Leaf, leaves
from heatproof.report.drawing.inline import inline
from heatproof.report.drawing.lines import briefly
from heatproof.report.drawing.plates import Absent, plates
from heatproof.report.drawing.sheet import styled, words
from heatproof.report.drawing.write import picture_bytes, table_bytes

OURS = {
    *("cascade_curves", "cascade_grid", "data_randomization", "edge_comparison", "guided_backprop_cascade"),
    *("independent_boxes", "method_gallery", "metric_curves", "noise_curves", "noisy_maps", "perturbation_curves"),
    *("scale_curves", "sensitivity_bars", "setting_teaser", "smoothed_maps", "smoothing_curves", "variant_spread"),
}


def drawn(name: str, of=None, **words) -> list[Leaf]:
    return leaves(of or view(), plates()[name], **words)


def lines(leaf: Leaf, panel: int = 0) -> dict[str, np.ndarray]:
    """Name in the legend -> heights of the line."""
    found = leaf.drawing.figure.axes[panel].get_legend_handles_labels()
    marks = [(h[0] if isinstance(h, tuple) else h, name) for h, name in zip(*found, strict=True)]
    return {name: np.asarray(mark.get_ydata()) for mark, name in marks}


def test_every_file_is_a_figure_of_its_name() -> None:
    files = {p.stem for p in (Path(heatproof.report.__file__).parent / "figures").glob("*.py")} - {"__init__"}
    assert set(plates()) == files
    assert files >= OURS


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_figure_is_drawn_with_its_table_and_caption(name: str) -> None:
    found = drawn(name, view(models=2))
    assert len({leaf.name for leaf in found}) == len(found)
    for leaf in found:
        assert leaf.name.startswith(name)
        assert re.fullmatch(r"[a-z0-9._-]+", leaf.name)
        assert leaf.drawing.figure.get_figwidth() <= 6.9
        assert leaf.drawing.figure.get_figheight() <= 10
        assert leaf.drawing.rows
        assert "{" not in leaf.caption


@pytest.mark.parametrize("name", ["cascade_curves", "independent_boxes", "sensitivity_bars", "variant_spread"])
def test_figures_fit_into_a_column(name: str) -> None:
    for leaf in drawn(name, width="column"):
        assert leaf.drawing.figure.get_figwidth() == 3.3


def test_lines_show_the_methods_that_the_legend_names() -> None:
    of = view()
    (model,) = of.models
    turned = replace(model, methods=model.methods[::-1])
    curve = next(c for c in model.curves["q/parameter_randomization"] if c.name == "cascading spearman")
    for subject in (model, turned):
        (leaf,) = drawn("cascade_curves", replace(of, models=(subject,)))
        shown = lines(leaf)
        assert len(shown) == len(model.methods)
        for method in model.methods:
            assert shown[method.label] == pytest.approx([1, *curve.values[method.key].mean(0)])


def test_the_table_holds_the_numbers_of_the_figure() -> None:
    of = view()
    (model,) = of.models
    (leaf,) = drawn("cascade_curves", of)
    curve = next(c for c in model.curves["q/parameter_randomization"] if c.name == "cascading ssim")
    rows = list(csv.DictReader(io.StringIO(table_bytes(leaf.drawing.rows).decode())))
    (row,) = [r for r in rows if (r["similarity"], r["method"], r["stage"]) == ("ssim", "gradient", "conv2")]
    column = curve.values["m/gradient"][:, 1]
    assert [float(row["mean"]), float(row["sd"])] == pytest.approx([column.mean(), column.std()], rel=1e-4)
    assert float(row["low_ci95"]) < column.mean() < float(row["high_ci95"])
    assert row["n"] == str(IMAGES)


def test_a_low_noise_floor_is_marked_at_the_original() -> None:
    (leaf,) = drawn("cascade_curves")
    marks = [line for line in leaf.drawing.figure.axes[0].lines if line.get_markerfacecolor() == "white"]
    assert [(list(m.get_xdata()), list(m.get_ydata())) for m in marks] == [([0], pytest.approx([floor_of("taylor a")]))]


def test_each_sigma_has_a_panel_with_the_share_of_the_same_class() -> None:
    of = view()
    (leaf,) = drawn("noise_curves", of)
    panels = leaf.drawing.figure.axes
    assert [ax.get_title() for ax in panels] == ["σ = 0.1", "σ = 0.3"]
    curves = {c.name: c for c in of.models[0].curves["q/model_noise"]}
    for place, sigma in enumerate(("0.1", "0.3")):
        shown = lines(leaf, place)
        mine = curves[f"spearman, sigma {sigma}"].values["m/gradient"]
        assert shown["gradient"] == pytest.approx([1, *mine.mean(0)])
        same = next(iter(curves[f"same class, sigma {sigma}"].values.values()))
        assert shown["same class still seen"] == pytest.approx([1, *same.mean(0)])


def test_boxes_are_those_of_their_layer_and_method() -> None:
    of = view()
    (leaf,) = drawn("independent_boxes", of)
    curve = next(c for c in of.models[0].curves["q/parameter_randomization"] if c.name == "independent spearman")
    found = [r for r in leaf.drawing.rows if (r["method"], r["layer"]) == ("gradient", "conv1")]
    assert found[0]["median"] == pytest.approx(np.median(curve.values["m/gradient"][:, LAYERS.index("conv1")]))
    assert len(leaf.drawing.figure.axes) == len(KINDS)
    assert not [r for r in leaf.drawing.rows if r["method"] in ("random", "edges")]


def test_bars_are_as_long_as_the_means_of_their_model() -> None:
    of = view(models=2)
    leaf = drawn("sensitivity_bars", of)[0]
    wide = {round(p.get_width(), 9) for p in leaf.drawing.figure.axes[0].patches}
    for model in of.models:
        values = model.values["m/gradient", "q/hyperparameter_sensitivity"]
        assert round(float(values.mean()), 9) in wide
    texts = [t.get_text() for t in leaf.drawing.figure.legends[0].get_texts()]
    assert texts == ["plain", "robust"]


def test_sigma_is_in_order_and_tuned_methods_stand_aside() -> None:
    of = view()
    (leaf,) = drawn("smoothing_curves", of)
    shown, values = lines(leaf), of.models[0].values
    means = [values[f"m/taylor {name}", "q/perturbation_score"].mean() for name in "ab"]
    assert shown["smooth_taylor, 20 roots"] == pytest.approx(means)
    assert len(shown["taylor tuned"]) == 1


def test_values_of_a_setting_are_in_order_with_its_own_in_brackets() -> None:
    of = view()
    leaf = drawn("setting_teaser", of)[0]
    mine = [r["value"] for r in leaf.drawing.rows if (r["method"], r["setting"]) == ("taylor a", "n")]
    assert mine == ["9", "10", "[20]", "40"]


def test_spread_within_images_is_told_from_that_of_the_means() -> None:
    of = view()
    (model,) = of.models
    swap = np.array([[0.0, 1.0], [1.0, 0.0], [8.0, 9.0], [9.0, 8.0]])
    values = dict(model.values)
    values["m/occlusion 5", "q/insertion"], values["m/occlusion 6", "q/insertion"] = swap.T
    found = drawn("variant_spread", replace(of, models=(replace(model, values=values),)))
    (leaf,) = [leaf for leaf in found if leaf.name.endswith("occlusion")]
    row = next(r for r in leaf.drawing.rows if r["metric"] == "insertion")
    assert (row["sd_within_image"], row["sd_of_means"]) == (0.5, 0.0)
    assert [t.get_text() for t in leaf.drawing.figure.axes[0].get_xticklabels()] == ["window 5", "window 6"]


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_the_same_run_gives_the_same_bytes(kind: str) -> None:
    def written() -> list[bytes]:
        found = [*drawn("perturbation_curves"), *drawn("cascade_grid", brief=True)]
        with styled():
            return [picture_bytes(leaf.drawing.figure, kind) for leaf in found]

    first = written()
    assert first == written()
    assert not any(re.search(rb"CreationDate|<dc:date>|[Mm]atplotlib [v\d]", content) for content in first)


def test_own_settings_of_matplotlib_change_nothing_and_stay() -> None:
    def written() -> bytes:
        (leaf,) = drawn("perturbation_curves")
        with styled():
            return picture_bytes(leaf.drawing.figure, "svg")

    plain = written()
    theirs = {"lines.linewidth": 9.0, "font.size": 30.0, "axes.grid": True, "text.usetex": True}
    with mpl.rc_context(theirs):
        assert written() == plain
        assert {name: mpl.rcParams[name] for name in theirs} == theirs


def test_figures_never_touch_pyplot() -> None:
    for file in Path(heatproof.report.__file__).parent.rglob("*.py"):
        assert "pyplot" not in file.read_text(), file


def test_what_is_missing_is_said() -> None:
    for name, reason in (("cascade_grid", "parameter_randomization"), ("smoothing_curves", "total_variation")):
        with pytest.raises(Absent, match=reason):
            drawn(name, replace(view(), models=(replace(view().models[0], metrics=()),)))
    with pytest.raises(Absent, match="pictures: 3"):
        drawn("cascade_grid", replace(view(), models=(replace(view().models[0], pictures=lambda *_: {}),)))


@pytest.mark.parametrize("name", sorted(OURS))
def test_undefined_values_and_hostile_names_break_no_figure(name: str) -> None:
    (model,) = view().models
    nothing = {unit: np.full(IMAGES, np.nan) for unit in model.values}
    curves = {
        key: tuple(replace(c, values={m: np.full_like(v, np.nan) for m, v in c.values.items()}) for c in found)
        for key, found in model.curves.items()
    }
    empty = replace(model, values=nothing, curves=curves, load_map=lambda *_: None, pictures=lambda *_: {})
    with pytest.raises(Absent):
        drawn(name, replace(view(), models=(empty,)))
    for of in (hostile_run(), run(models=1)):
        try:
            found = drawn(name, of, brief=True)
        except Absent:
            continue
        for leaf in found:
            table_bytes(leaf.drawing.rows)
            assert "<script" not in inline(leaf.drawing.figure, "f0", leaf.caption)


def test_a_method_without_a_value_is_not_in_the_legend() -> None:
    of = view()
    (model,) = of.models
    curves = {
        key: tuple(replace(c, values=c.values | {"m/gradient": c.values["m/gradient"] * np.nan}) for c in found)
        for key, found in model.curves.items()
        if key == "q/perturbation_score"
    }
    (leaf,) = drawn("perturbation_curves", replace(of, models=(replace(model, curves=curves),)))
    assert "gradient" not in lines(leaf)
    assert "edges" in lines(leaf)


def test_names_that_look_alike_in_files_get_numbers() -> None:
    of = view()
    (model,) = of.models
    twice = tuple(
        replace(m, label=f"insertion {sign}") for m in model.metrics if m.name == "insertion" for sign in "?!"
    )
    found = drawn("metric_curves", replace(of, models=(replace(model, metrics=twice),)))
    assert [leaf.name for leaf in found] == ["metric_curves-insertion-1", "metric_curves-insertion-2"]


def test_text_that_a_spreadsheet_would_run_is_marked() -> None:
    text = table_bytes([{"name": "=1+1", "value": float("nan")}, {"name": "a", "value": 0.5, "more": 2}]).decode()
    assert text == "name,value,more\n'=1+1,,\na,0.5,2\n"


def test_an_inline_figure_is_one_element_without_styles_scripts_or_foreign_ids() -> None:
    (curves,), grid = drawn("cascade_curves"), drawn("cascade_grid", brief=True)[0]
    texts = [inline(leaf.drawing.figure, f"f{i}", "a <b> title") for i, leaf in enumerate((curves, grid))]
    ids: list[str] = []
    for place, text in enumerate(texts):
        assert not re.search(r"\sstyle=|<style|<script|\son\w+=|<metadata|<!--", text)
        root = ET.fromstring(text)
        mine = [e.get("id") for e in root.iter() if e.get("id")]
        assert all(name.startswith(f"f{place}-") for name in mine if name)
        used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)
        assert {a or b for a, b in used} <= set(mine)
        ids += [name for name in mine if name]
        assert root.findtext("title") == "a <b> title"
        assert all(h.startswith(("#", "data:image/")) for h in re.findall(r'href="([^"]+)"', text))
    assert len(set(ids)) == len(ids)
    assert "guided_backprop" in texts[0]  # text stays text
    assert "<image" in texts[1]


def test_layers_are_called_by_as_much_as_tells_them_apart() -> None:
    assert briefly(["original", "net.blocks.14.conv", "net.blocks.2.norm", "net.stem"]) == [
        *("original", "blocks.14", "blocks.2", "stem")
    ]
    assert briefly(["fc2", "conv1"]) == ["fc2", "conv1"]
    assert briefly(["a.b.c", "a.b.d"]) == ["c", "d"]
    assert briefly(["layer.0", "layer.0", "layer.1"]) == ["0", "0", "1"]


@pytest.mark.parametrize("longest", [30, 36])
def test_a_name_that_is_too_long_keeps_the_end_in_which_names_differ(longest: int) -> None:
    fills = ("zero", "noise", "box_blur")
    drawn = [words(f"minimal_subset(mode=insertion, fill={fill})", longest) for fill in fills]
    assert len(set(drawn)) == 3
    assert {len(name) for name in drawn} == {longest}
    assert all(name.startswith("minimal_subset(") for name in drawn)
    assert all(name.endswith(f"{fill})") for name, fill in zip(drawn, fills, strict=True))
    assert words("gradient", longest) == "gradient"
    assert words("x" * longest, longest) == "x" * longest
