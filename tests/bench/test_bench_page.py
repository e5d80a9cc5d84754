"""The page of the benchmarks: tables between marks are replaced, the rest is left alone; slopes of growth."""

import math
from pathlib import Path

import page
import pytest
from growth import slope
from page_tables import growth, memory, methods, seconds, startup, table, whole

ROW = {"label": "gradient", "peer": "Saliency", "images": 8, "ours": 0.5, "theirs": 1.0, "ratio": 2.0}
ROW |= {"low": 1.9, "high": 2.1, "rounds": 9, "differ": 1.6e-7, "note": ""}
FAILED = {"label": "lime", "peer": "Lime", "failed": "failed: IndexError: index"}
TEXT = "before\n<!-- bench:a -->\nold\n<!-- /bench -->\nbetween\n<!-- bench:b -->\nold b\n<!-- /bench -->\nafter\n"


def test_only_what_stands_between_the_marks_is_replaced():
    filled = page.fill(TEXT, {"a": "| new |"})
    assert filled == TEXT.replace("old\n", "| new |\n")
    assert page.fill(filled, {"a": "| new |"}) == filled
    assert page.named(TEXT) == ["a", "b"]


def test_a_table_may_hold_what_regular_expressions_care_about():
    assert "\\1 \\g<0>" in page.fill(TEXT, {"a": r"\1 \g<0>"})


def test_rows_with_and_without_a_ratio():
    lines = methods([ROW, FAILED]).splitlines()
    assert lines[2] == "| gradient | Saliency | 8 | 0.500 | 1.00 | **2.00** (1.90 to 2.10) | 2e-07 |  |"
    assert "failed: IndexError" in lines[3]
    assert len({line.count("|") for line in lines}) == 1


def test_the_sums_of_a_whole_benchmark_leave_out_what_failed():
    parts = {"maps": 3.0, "irof": "failed: x", "max-sensitivity": 7.0}
    runs = {"float32, half": {"seconds": 1.0}, "float32, all": {"seconds": 4.0}, "odd, all": {"failed": "left out"}}
    made = whole({"parts": parts, "half": ["maps", "irof"], "rest": ["max-sensitivity"], **runs})
    half, everything = made.splitlines()[-2:]
    assert half == "| **faithfulness half** | **3.00** | **1.00** (3.0x) |  |"
    assert everything == "| **everything** | **10.0** | **4.00** (2.5x) | left out |"


def test_tables_of_growth_memory_and_start_up():
    points = [{"size": 4}, {"size": 64}]
    slopes = {"seconds": 1.0, "asked": 0.9, "run": 0.8, "peak_mib": 0.0}
    said = growth({"curves": {"images": {"about": "images", "points": points, "slopes": slopes}}}).splitlines()[-1]
    assert said == "| images | 4 - 64 | 1.00 | 0.90 | 0.80 | 0.00 |"
    small = {"name": "small", "times": 1, "above_batch_mib": 1.0, "above_model_mib": 5.0}
    large = {"name": "large", "times": 1, "above_batch_mib": 2.0, "above_model_mib": 50.0}
    more = large | {"times": 4, "above_batch_mib": 3.0}
    assert memory({"memory": [small, large, more]}).splitlines()[2:] == [
        "| large | 2 | 3 | 50 |",
        "| small | 1 |  | 5 |",
    ]
    assert "| `heatproof --help` | 1.00 | **2.00**" in startup([ROW | {"label": "heatproof --help"}])


def test_cells_cannot_break_a_table():
    assert table(["a"], [["x | y"]]).splitlines()[-1] == "| x / y |"


@pytest.mark.parametrize(("value", "text"), [(0.01234, "0.0123"), (1.234, "1.23"), (123.4, "123"), (0.0, "0")])
def test_seconds_have_three_digits(value, text):
    assert seconds(value) == text


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_slope_of_a_power_is_its_exponent(power):
    sizes = [4, 8, 16, 64]
    assert slope(sizes, [3.0 * s**power for s in sizes]) == pytest.approx(power, abs=1e-12)


def test_no_slope_where_there_is_none():
    assert math.isnan(slope([4], [1.0]))
    assert math.isnan(slope([4, 8], [0.0, 1.0]))


def test_every_table_has_a_place_on_the_page():
    text = (Path(page.PAGE)).read_text()
    sizes = {"28", "224"}
    wanted = {f"{part}-{side}" for part in ("methods", "metrics", "whole") for side in sizes}
    assert set(page.named(text)) >= wanted | {"calls", "growth", "memory", "startup", "machine"}
    assert text.count("<!-- bench:") == text.count("<!-- /bench -->")
