"""Values as text: nothing hidden, nothing dangerous, columns that can be read down."""

import json
import math

import pytest

from heatproof.report.text import breakable, duration, for_page, json_block, number_format, shown


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("plain_name", "plain_name"),
        ("\x1b[31m", "‹U+001B›[31m"),
        ("a\u2028b", "a‹U+2028›b"),
        ("\u202eevil", "‹U+202E›evil"),
        ("\x00\x7f\x9b", "‹U+0000›‹U+007F›‹U+009B›"),
        ("caf\udce9.png", "caf‹U+DCE9›.png"),
        ("עברית 图像 é", "עברית 图像 é"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_invisible_signs_are_made_visible(raw: str, seen: str) -> None:
    assert shown(raw) == seen


def test_names_break_after_underscores_and_stay_escaped() -> None:
    assert breakable("a_<b>") == "a_<wbr>&lt;b&gt;"
    assert for_page(breakable("a_b")) == "a_<wbr>b"


def test_json_cannot_end_its_script_element() -> None:
    value = {"</script><!--": "a\u2028b\u2029 & <b>"}
    text = str(json_block(value))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_block([math.nan])


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ([0.5, -0.25, None], ["0.500", "−0.250", "–"]),
        ([12.345, 0.1], ["12.35", "0.10"]),
        ([1234.5, 2.0], ["1,234", "2"]),
        ([3e-5, -2e-7, 0.0], ["3.00e−5", "−2.00e−7", "0.000"]),
        ([1e308, 1.0], ["1.00e308", "1.00e0"]),
        ([math.nan, math.inf, -math.inf, -0.0, -1e-9, 1.0], ["–", "∞", "−∞", "0.000", "0.000", "1.000"]),
    ],
)
def test_a_column_is_written_in_one_way(column: list[float | None], texts: list[str]) -> None:
    write = number_format(column)
    assert [write(value) for value in column] == texts


def test_durations_read_well() -> None:
    shown_durations = [duration(s).replace("\xa0", " ") for s in (0.1234, 59, 61.2, 3700.0)]
    assert shown_durations == ["0.123 s", "59 s", "1 min 01 s", "1 h 01 min"]
    assert duration(None) == duration(math.nan) == "–"
