"""Numbers and lists in plain English."""

import pytest

from heatproof.stats.words import be, correlation, listing, p_value, percent, plural


def test_singular_and_plural():
    assert plural(1, "image") == "1 image"
    assert plural(0, "image") == "0 images"
    assert plural(1000, "image") == "1,000 images"
    assert (be(["a"]), be(["a", "b"])) == ("is", "are")


@pytest.mark.parametrize(
    ("names", "text"), [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c"), ("abcd", "a, b and 2 others")]
)
def test_lists(names, text):
    assert listing(list(names), 2) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.4071, "p = 0.41"), (0.00312, "p = 0.0031"), (0.0009, "p < 0.001"), (0.999, "p = 1"), (1, "p = 1")],
)
def test_p_values(p, text):
    assert p_value(p) == text


def test_correlations_and_shares():
    assert correlation(0.714, 0.66, 0.75) == "0.71 [0.66, 0.75]"
    assert correlation(0.714, None, None) == "0.71"
    assert percent(0.594) == "59 %"
