"""Charts: every number is in the picture, gaps stay gaps, and methods can be told apart."""

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from report_samples import Size, run
from skimage.color import deltaE_ciede2000, rgb2lab

from heatproof.report import pages
from heatproof.report.drawing.ink import COLOURS, GREY, inks, nth
from heatproof.report.pages.curves import FLOOR, mean_and_half_width
from heatproof.report.style import HUES, styles
from heatproof.report.svg import Line, interval, line_chart, ticks

CSS = (Path(pages.__file__).parents[1] / "templates" / "report.css").read_text("utf-8")


def line(values: list[float], label: str = "a", mark: float | None = None) -> Line:
    return Line(label, "c0 d0", values, [v - 0.1 for v in values], [v + 0.1 for v in values], mark)


def path(chart: str, css: str) -> str:
    return next(e.get("d", "") for e in ET.fromstring(chart).iter("path") if e.get("class") == css)


def test_a_line_has_a_gap_where_the_curve_is_undefined() -> None:
    chart = line_chart([line([0.1, math.nan, 0.3, 0.4, math.inf])], [0, 1, 2, 3, 4], "x", "y", "title")
    assert path(chart, "line").count("M") == 2
    assert path(chart, "band").count("Z") == 1
    assert "nan" not in chart
    assert "inf" not in chart


def test_higher_values_are_drawn_higher() -> None:
    chart = line_chart([line([0.0, 1.0])], [0, 1], "x", "y", "title")
    (_, low), (_, high) = (map(float, p.split()) for p in path(chart, "line")[1:].split("L"))
    assert high < low


@pytest.mark.parametrize("values", [[1e308, -1e308], [0.5, 0.5], [math.nan, math.nan], [1e-300, 2e-300]])
def test_no_value_breaks_a_chart(values: list[float]) -> None:
    chart = line_chart([line(values, "<b>&")], [0, 1], "x", "y", "a\x1bb")
    places = [e.get(name, "") for e in ET.fromstring(chart).iter() for name in ("d", "x", "y", "x1", "y1", "x2", "y2")]
    numbers = [float(n) for n in re.findall(r"[^MLZ ]+", " ".join(places))]
    assert numbers
    assert all(0 <= n <= 640 for n in numbers)


def test_the_noise_floor_is_marked() -> None:
    marked, plain = (line_chart([line([0.2, 0.4], mark=m)], [0, 1], "x", "y", "t") for m in (0.3, None))
    assert 'class="mark"' in marked
    assert 'class="mark"' not in plain


@pytest.mark.parametrize("domain", [(0.0, 1.0), (-0.03, 1.02), (3.0, 117.0), (1e-9, 4e-9), (-1e300, 1e300)])
def test_ticks_are_few_round_and_inside(domain: tuple[float, float]) -> None:
    places = ticks(domain)
    slack = 1e-6 * (domain[1] - domain[0])
    assert 2 <= len(places) <= 9
    assert all(domain[0] - slack <= v <= domain[1] + slack for v in places)
    step = places[1] - places[0]
    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9)) in (1, 2, 5, 10)


def test_the_interval_mark_lies_on_the_scale_of_its_column() -> None:
    circle = ET.fromstring(interval(0.4, 0.5, 0.6, (0.0, 1.0))).find("circle")
    assert circle is not None
    assert float(circle.get("cx", 0)) == 36
    assert interval(None, 0.5, None, (0.0, 1.0)) == ""


def test_mean_and_band_skip_undefined_values() -> None:
    mean, half = mean_and_half_width(np.array([[1.0, np.nan, 1.0], [3.0, np.nan, np.nan]]))
    assert mean[0] == 2
    assert half[0] == pytest.approx(1.96 * math.sqrt(2) / math.sqrt(2))
    assert mean[2] == 1
    assert np.isnan([mean[1], half[1], half[2]]).all()


def test_fifteen_methods_and_the_controls_have_styles_of_their_own() -> None:
    names = tuple(f"method{i}" for i in range(24))
    found = styles(run(Size(images=1, methods=24, metrics=1, names=names)))
    assert len(set(found.values())) == len(found) == 26
    assert {label for label, css in found.items() if css.startswith("control")} == {"random", "edges"}
    used = {css for classes in found.values() for css in classes.split()}
    assert all(f".{css} " in CSS for css in used - {"d0"})


def test_a_method_keeps_its_style_in_every_model() -> None:
    both, second = run(models=2), run(models=2)
    assert styles(both).items() >= styles(run(models=1)).items()
    assert styles(both) == styles(second)


def test_the_samples_have_a_noise_floor() -> None:
    metric = next(m for m in run().models[0].metrics if "random" in m.name)
    assert FLOOR in {curve.name for curve in run().models[0].curves[metric.key]}


def test_no_two_methods_share_a_colour_and_a_mark() -> None:
    names = tuple(f"method {i}" for i in range(40))
    found = list(inks(run(Size(images=1, methods=40, metrics=1, names=names))).values())
    real = [ink for ink in found if ink.colour != GREY]
    assert len(real) > 24
    assert len({ink.colour for ink in real[:12]}) == len({ink.marker for ink in real[:12]}) == 12
    for unique in (
        {(ink.colour, str(ink.dash)) for ink in real},
        {(ink.colour, ink.marker) for ink in real},
        {(ink.colour, ink.hatch) for ink in real},
    ):
        assert len(unique) == len(real)
    others = [nth(i) for i in range(40)]
    assert (
        len({(ink.colour, ink.marker) for ink in others}) == len({(ink.colour, str(ink.dash)) for ink in others}) == 40
    )


def test_the_style_sheet_of_the_report_has_the_colours_of_the_figures() -> None:
    light, dark = CSS.split("@media", 1)
    for schema in (light, dark):
        assert {int(n) for n in re.findall(r"\.c(\d+) \{ --ink", schema)} == set(range(HUES))
    assert tuple(re.findall(r"\.c\d+ \{ --ink: (#\w+)", light)) == COLOURS


# Machado et al. 2009, severity 1, in linear RGB.
SEEN = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("seen", SEEN)
def test_colours_stay_apart_for_the_colour_blind(seen: str) -> None:
    rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in (*COLOURS, GREY)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ np.array(SEEN[seen]).T
    linear = linear.clip(0, 1)
    lab = rgb2lab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))
    apart = deltaE_ciede2000(lab[:, None], lab[None])
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 8  # 1 is just noticeable
