"""Strict reading of YAML: 1.2 words, places, and refusals of everything that could be read in two ways."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatproof.spec.scalars import scalar
from heatproof.spec.writing import yaml_text
from heatproof.spec.yaml import read_value, read_yaml
from heatproof.vocabulary.errors import HeatproofError, Problems


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1e-3", 0.001),
        ("1e5", 100000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("+3", 3),
        ("-0", 0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("2026-11-22", "2026-11-22"),
        ("${HOME}", "${HOME}"),
        ("0o9", "0o9"),
        ("1e", "1e"),
        (".inf", float("inf")),
        ("-.inf", float("-inf")),
    ],
)
def test_words_mean_what_yaml_1_2_says(word, value):
    assert scalar(word) == value
    assert type(scalar(word)) is type(value)
    assert read_yaml(f"a: {word}\n".encode(), "s").data == {"a": value}


def test_quoted_words_and_templates_stay_text():
    data = read_yaml(b"a: '1e-3'\nb: \"no\"\nc: '{{7*7}}'\nd: \"null\"\ne: x{{7*7}}y\n", "s").data
    assert data == {"a": "1e-3", "b": "no", "c": "{{7*7}}", "d": "null", "e": "x{{7*7}}y"}


def test_a_number_too_long_to_read_is_infinite():
    assert scalar("9" * 5000) == float("inf")
    assert scalar(".nan") != scalar(".nan")


TEXT = b"""\
heatproof: 1
methods:
  - gradient
  - integrated_gradients: {steps: 50,
      rule: left}
"""


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        (("heatproof",), True, "s:1:1"),
        (("heatproof",), False, "s:1:12"),
        (("methods", 0), False, "s:3:5"),
        (("methods", 1, "integrated_gradients"), True, "s:4:5"),
        (("methods", 1, "integrated_gradients", "steps"), True, "s:4:28"),
        (("methods", 1, "integrated_gradients", "steps"), False, "s:4:35"),
        (("methods", 1, "integrated_gradients", "rule"), True, "s:5:7"),
        (("methods", 1, "integrated_gradients", "rule"), False, "s:5:13"),
        (("methods", 0, "gradient", "absolute"), False, "s:3:5"),
        (("methods", 9), False, "s:3:3"),
        (("nothing",), False, "s:1:1"),
    ],
)
def test_every_key_and_value_has_its_place(path, key, place):
    assert str(read_yaml(TEXT, "s").find(path, key=key)) == place


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + TEXT, TEXT.replace(b"\n", b"\r\n"), TEXT.replace(b"\n", b"\r")])
def test_byte_order_mark_and_line_ends_change_nothing(text):
    node = read_yaml(text, "s")
    assert node.data == read_yaml(TEXT, "s").data
    place = node.find(("methods", 1, "integrated_gradients", "rule"), key=True)
    assert (str(place), place.text) == ("s:5:7", "      rule: left}")


LAUGHS = b"a0: &a0 [x]\n" + b"".join(
    f"a{i}: &a{i} [{', '.join(f'*a{i - 1}' for _ in range(10))}]\n".encode() for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("raw", "code", "place", "part"),
    [
        (b"", "HP128", "s:1:1", "it is empty"),
        (b"# only a comment\n", "HP128", "s:2:1", "it is empty"),
        (b"- a\n- b\n", "HP128", "s:1:1", "it holds a list"),
        (b"just words", "HP128", "s:1:1", "it holds a single value"),
        (b"steps: 10\nx: 1\nsteps: 20\n", "HP121", "s:3:1", "'steps' stands here and already in line 1"),
        (b"a: {b: 1, b: 2}\n", "HP121", "s:1:11", "'b' stands here"),
        (b"a: 1\n\tb: 2\n", "HP123", "s:2:1", "a tab"),
        (b"a: 1\t# comment\n", "HP123", "s:1:5", "a tab"),
        (b"a: \x07\n", "HP123", "s:1:4", "U+0007"),
        (b"a: b\x00\n", "HP123", "s:1:5", "U+0000"),
        ("a: 1\n".encode("utf-16"), "HP122", "s", "UTF-16"),
        (b"a: 1\nb: \xe4\n", "HP122", "s:2", "the byte 0xe4"),
        (b"\x89PNG\r\n\x1a\n", "HP122", "s:1", "the byte 0x89"),
        (b"a: !!python/object:os.system x\n", "HP124", "s:1:4", "tag:yaml.org,2002:python/object:os.system"),
        (b"a: !x {b: 1}\n", "HP124", "s:1:4", "!x"),
        (LAUGHS, "HP125", "s:3:10", "more than 10 aliases"),
        (b"a: &x [*x]\n", "HP125", "s:1:8", "*x without a finished anchor"),
        (b"a: *nowhere\n", "HP125", "s:1:4", "*nowhere"),
        (b"a: " + b"[" * 100_000, "HP126", "s:1:53", "deeper than 50"),
        (b"a: " + b"{x: " * 1000, "HP126", "s:1:200", "deeper than 50"),
        (b"a: " + b"x" * 1_000_001, "HP127", "s", "at most 1,000,000 bytes"),
        (b"a: [" + b"1," * 200_000 + b"]", "HP127", "s:1:", "more than 20,000 values"),
        (b"a: 1\nb: c: d\n", "HP120", "s:2:5", "not YAML"),
        (b"a: [1, 2\n", "HP120", "s:2:1", "not YAML"),
        (b"a: 'x\n", "HP120", "s:2:1", "not YAML"),
        (b"a: 1\n---\nb: 2\n", "HP120", "s:2:1", "second document"),
        (b"? [a]\n: 1\n", "HP120", "s:1:3", "a key must be a word"),
    ],
)
def test_refusals_name_place_and_reason_quickly(raw, code, place, part):
    began = time.process_time()
    with pytest.raises(HeatproofError) as caught:
        read_yaml(raw, "s")
    error = caught.value
    error = error.problems[0] if isinstance(error, Problems) else error
    assert error.code == code
    assert error.exit_code == 2
    assert error.place.startswith(place)
    assert part in error.line
    assert "\n" not in error.line
    assert time.process_time() - began < 10


def test_billion_laughs_need_no_memory():
    tracemalloc.start()
    with pytest.raises(HeatproofError):
        read_yaml(LAUGHS, "s")
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()


def test_a_few_aliases_are_fine():
    assert read_yaml(b"a: &x {n: 3}\nb: *x\nc: [*x, *x]\n", "s").data["c"] == [{"n": 3}, {"n": 3}]


def test_two_duplicates_are_reported_together():
    with pytest.raises(Problems) as caught:
        read_yaml(b"a: 1\na: 2\nb: 1\nb: !t 2\n", "s")
    assert [p.code for p in caught.value.problems] == ["HP121", "HP121", "HP124"]


def test_the_caret_stands_under_the_word():
    excerpt = read_yaml(TEXT, "s").find(("methods", 1, "integrated_gradients", "steps"), key=True).excerpt
    line, carets = excerpt.split("\n")
    assert line == "  4 |   - integrated_gradients: {steps: 50,"
    assert carets[line.index("steps") : line.index("steps") + 5] == "^^^^^"
    assert carets.strip(" |") == "^^^^^"


def test_long_lines_are_cut_around_the_caret():
    place = read_yaml(b"a: [" + b"1, " * 5000 + b"end]\n", "s").find(("a", 5000))
    line, carets = place.excerpt.split("\n")
    assert len(line) < 120
    assert line[carets.index("^") :].startswith("end")


def test_values_of_the_command_line_follow_the_same_rules():
    node = read_value("[1e-3, no, {sweep: [1, 2]}]", "--set x")
    assert node.data == [0.001, "no", {"sweep": [1, 2]}]
    assert str(node.find((2, "sweep", 1))) == "--set x"


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), PLAIN, min_size=1, max_size=4))
def test_what_is_written_is_read_back(values):
    assert read_yaml(yaml_text(values).encode(), "s").data == values


@given(st.binary(max_size=60) | st.text("ab:-[]{}&*!|>'\"#%@` \n,?", max_size=40).map(str.encode))
def test_whatever_the_bytes_there_is_a_mapping_or_a_heatproof_error(raw):
    try:
        found = read_yaml(raw, "s").data
    except HeatproofError:
        return
    assert isinstance(found, dict)
