"""Similarities that were measured with the original implementations, for maps that anybody can make."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from heatproof.vocabulary import views
from heatproof.vocabulary.similarity import SIMILARITIES


def normal(seed, *shape):
    return np.random.RandomState(seed).randn(*shape)


@pytest.fixture(scope="module")
def colours():
    """Maps A and B of the sanity checks' size, channels first."""
    a = normal(0, 299, 299, 3)
    b = 0.7 * a + 0.7 * normal(1, 299, 299, 3)
    return a.transpose(2, 0, 1), b.transpose(2, 0, 1)


@pytest.fixture(scope="module")
def greys():
    """Maps P and Q of one channel, each divided by its largest absolute value."""
    p = normal(0, 224, 224)
    q = 0.7 * p + 0.7 * normal(1, 224, 224)
    return p / np.abs(p).max(), q / np.abs(q).max()


def test_the_two_views_of_the_sanity_checks(colours):
    grey, diverging = views.grey(colours[0][None])[0, 0], views.diverging(colours[0][None])[0, 0]
    assert grey.mean() == pytest.approx(0.453097, abs=5e-7)
    assert (grey == 1).mean() == pytest.approx(0.010011, abs=5e-7)
    assert diverging.mean() == pytest.approx(0.499725, abs=5e-7)
    assert (diverging.min(), diverging.max()) == (pytest.approx(-0.470604, abs=5e-7), 1)


GOLDEN = [
    ("grey_spearman", "colours", 0.422029),
    ("diverging_spearman", "colours", 0.687081),
    ("ssim_notebooks", "colours", 0.735070),
    ("hog_notebooks", "colours", 0.169848),
    ("ssim", "greys", 0.420530),
    ("hog", "greys", 0.189981),
    ("spearman", "greys", 0.686485),
]


@pytest.mark.parametrize(("name", "maps", "value"), GOLDEN)
def test_a_similarity_that_was_measured(name, maps, value, request):
    a, b = request.getfixturevalue(maps)
    if name == "ssim_notebooks":
        a, b = (m.astype(np.float32).astype(float) for m in (a, b))
    assert SIMILARITIES[name](a, b) == pytest.approx(value, abs=5e-7)


def test_the_authors_ssim_of_every_channel(colours):
    a, b = (m / np.abs(m).max() for m in colours)
    each = [SIMILARITIES["ssim"].compare(x[None], y[None, None])[0] for x, y in zip(a, b, strict=True)]
    assert np.mean(each) == pytest.approx(0.429336, abs=5e-7)


def test_data_range_one_would_be_another_ssim(greys):
    assert structural_similarity(*greys, data_range=1, win_size=5) == pytest.approx(0.343770, abs=5e-7)


def test_lengths_of_the_histograms(colours, greys):
    assert SIMILARITIES["hog"].view(greys[0][None, None]).shape == (1, 11_664)
    assert SIMILARITIES["hog_notebooks"].view(colours[0][None]).shape == (1, 20_736)
