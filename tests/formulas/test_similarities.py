"""Similarities of maps: scikit-image and SciPy as oracles, and what must hold for every one."""

from typing import get_args

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr, spearmanr
from skimage.feature import hog
from skimage.metrics import structural_similarity

from heatproof.vocabulary.comparison import EQUAL, Comparison
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rehearsal import rehearsing
from heatproof.vocabulary.similarity import SIMILARITIES, SimilarityName, heat, similarity, top_k

NAMES = sorted(SIMILARITIES)


def normal(seed, *shape):
    return np.random.RandomState(seed).randn(*shape)


# --- oracles -----------------------------------------------------------------------------------------------------

SHAPES = [(1, 28, 28), (3, 17, 23), (1, 13, 12), (3, 40, 31)]


def unit(m):
    return (m - m.min()) / (m.max() - m.min())


def described(m):
    """The histograms of scikit-image, of a map (C, H, W)."""
    cell = min(16, min(m.shape[1:]) // 6)
    return hog(unit(m).transpose(1, 2, 0), pixels_per_cell=(cell, cell), channel_axis=-1)


def grey(m):
    if len(m) == 1:
        return np.abs(m[0]) / np.abs(m).max()
    s = np.abs(m).sum(0)
    return np.clip((s - s.min()) / (np.percentile(s, 99) - s.min()), 0, 1)


def diverging(m):
    if len(m) == 1:
        return m[0] / np.abs(m).max()
    s = m.sum(0)
    a = abs(np.percentile(s, 99))
    return np.clip((s + a) / (2 * a), -1, 1)


def rank_correlation(a, b):
    return spearmanr(a, b, axis=None).statistic


def oracle(name, a, b, x):
    """The similarity of maps (C, H, W) on an image, by other people's code."""
    s, t = a.sum(0), b.sum(0)
    inside = (x != 0).any(0)
    scaled = [m / np.abs(m).max() for m in (s, t)]
    top = max(1, round(0.1 * s.size))
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "data_range": 2, "channel_axis": 0}
    return {
        "spearman": lambda: rank_correlation(s, t),
        "absolute_spearman": lambda: rank_correlation(np.abs(s), np.abs(t)),
        "nonzero_spearman": lambda: rank_correlation(s[inside], t[inside]),
        "nonzero_absolute_spearman": lambda: rank_correlation(np.abs(s[inside]), np.abs(t[inside])),
        "grey_spearman": lambda: rank_correlation(grey(a), grey(b)),
        "diverging_spearman": lambda: rank_correlation(diverging(a), diverging(b)),
        "pearson": lambda: pearsonr(s.ravel(), t.ravel()).statistic,
        "cosine": lambda: (s * t).sum() / np.linalg.norm(s) / np.linalg.norm(t),
        "ssim": lambda: structural_similarity(*scaled, data_range=2, win_size=5),
        "ssim_notebooks": lambda: structural_similarity(unit(a), unit(b), **gaussian),
        "hog": lambda: pearsonr(described(s[None]), described(t[None])).statistic,
        "hog_notebooks": lambda: rank_correlation(described(a), described(b)),
        "top_k": lambda: len({*s.ravel().argsort()[-top:]} & {*t.ravel().argsort()[-top:]}) / top,
    }[name]()


def picture(shape, seed):
    """An image whose upper third is 0 in every channel."""
    x = np.random.default_rng(seed).random(shape)
    x[:, : shape[1] // 3] = 0
    x[0, -1] = 0  # one channel alone
    return x


def pair(shape, seed):
    random = np.random.default_rng(seed)
    a = random.normal(size=shape)
    return a, 0.5 * a + random.normal(size=shape)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_the_same_numbers_as_scipy_and_scikit_image(name, shape):
    for seed in range(3):
        a, b = pair(shape, seed)
        x = picture(shape, seed)
        image = Image.of(torch.tensor(x))
        found = Comparison(image, torch.tensor(a), {name: SIMILARITIES[name]}).with_each([torch.tensor(b)])[name]
        # Their histograms are summed in float32.
        tolerance = {"hog": 2e-6, "hog_notebooks": 2e-3}.get(name, 1e-9)
        assert found == [pytest.approx(oracle(name, a, b, x), abs=tolerance)]


def test_ties_get_their_average_rank():
    for seed in range(5):
        a, b = (np.random.default_rng(seed + s).integers(-2, 3, (1, 9, 8)).astype(float) for s in (0, 50))
        assert SIMILARITIES["spearman"](a, b) == pytest.approx(rank_correlation(a, b), abs=1e-12)


# --- what holds for every similarity -----------------------------------------------------------------------------


def test_every_name_can_be_a_setting():
    assert set(NAMES) == set(get_args(SimilarityName))
    assert similarity("top_k", 0.3).view(normal(0, 1, 1, 5, 4)).sum() == 6


def stack(count, shape=(3, 14, 15)):
    return [torch.tensor(normal(seed, *shape)) for seed in range(count)]


IMAGE = Image.of(torch.tensor(picture((3, 14, 15), 7)))


def compared(phi, others):
    return Comparison(IMAGE, phi, SIMILARITIES).with_each(others)


def test_a_map_is_like_itself_and_no_more_than_that_like_another():
    phi, *others = stack(5)
    found = compared(phi, [phi, phi * 3.7, *others])
    for name in NAMES:
        same, multiple, *different = found[name]
        assert same == pytest.approx(1, abs=1e-12), name
        assert multiple == pytest.approx(1, abs=1e-12), name
        assert all(-1 <= value < 0.6 for value in different), name
    assert found[EQUAL] == [1, 0, 0, 0, 0, 0]


def test_the_opposite_map():
    phi = stack(1)[0]
    found = {name: values[0] for name, values in compared(phi, [-phi]).items()}
    for name in ("spearman", "nonzero_spearman", "pearson", "cosine"):
        assert found[name] == pytest.approx(-1, abs=1e-12), name
    for name in ("absolute_spearman", "nonzero_absolute_spearman", "grey_spearman"):
        assert found[name] == pytest.approx(1, abs=1e-12), name
    assert found["top_k"] == 0


@pytest.mark.parametrize("name", NAMES)
def test_both_ways_round_and_alone_or_in_a_stack(name, monkeypatch):
    phi, *others = stack(6)
    alike = SIMILARITIES[name]
    whole = Comparison(IMAGE, phi, {name: alike}).with_each(others)[name]
    for other, value in zip(others, whole, strict=True):
        assert Comparison(IMAGE, phi, {name: alike}).with_each([other])[name] == [value]
        assert Comparison(IMAGE, other, {name: alike}).with_each([phi])[name] == [pytest.approx(value, abs=1e-12)]
    monkeypatch.setattr("heatproof.vocabulary.comparison.BLOCK", 2 * phi.numel())
    assert Comparison(IMAGE, phi, {name: alike}).with_each(others)[name] == whole


@pytest.mark.parametrize("factor", [1e300, 1e-300, 5e-324 * 2**60], ids=str)
@pytest.mark.filterwarnings("error")
def test_huge_and_tiny_maps(factor):
    phi, other = stack(2)
    plain, scaled = compared(phi, [other]), compared(phi * factor, [other * factor])
    for name in NAMES:
        assert scaled[name] == [pytest.approx(plain[name][0], abs=1e-3 if factor < 1e-300 else 1e-9)], name


STRANGE = {
    "zero": torch.zeros(3, 14, 15),
    "constant": torch.full((3, 14, 15), 0.1),
    "NaN": torch.full((3, 14, 15), torch.nan),
    "infinite": torch.full((3, 14, 15), torch.inf),
}
DEFINED = {"constant": {"cosine", "ssim"}}


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.filterwarnings("error")
def test_a_map_that_cannot_be_compared_has_no_value_and_disturbs_no_other(kind):
    phi, other = stack(2)
    found = compared(phi, [other, None, STRANGE[kind].double(), other])
    for name, values in found.items():
        assert values[0] == values[3] is not None
        assert values[1] is None
        assert (values[2] is not None) == (
            name in DEFINED.get(kind, ()) or (name == EQUAL and kind in ("zero", "constant"))
        )
    if kind in ("zero", "constant"):
        alone = compared(STRANGE[kind].double(), [other])
        assert {n for n in NAMES if alone[n][0] is not None} == DEFINED.get(kind, set())
    else:
        with pytest.raises(Undefined, match="not finite"):
            compared(STRANGE[kind].double(), [other])
        with pytest.raises(Undefined, match="not finite"):
            heat(STRANGE[kind])


def test_one_pair_without_a_value_says_so():
    with pytest.raises(Undefined, match="constant"):
        SIMILARITIES["spearman"](np.ones((4, 4)), normal(0, 4, 4))


def test_maps_too_small_for_a_window():
    a, b = normal(0, 4, 9), normal(1, 4, 9)
    for name in ("ssim", "ssim_notebooks", "hog", "hog_notebooks"):
        with pytest.raises(Undefined):
            SIMILARITIES[name](a, b)
    assert isinstance(SIMILARITIES["ssim"](normal(0, 5, 5), normal(1, 5, 5)), float)
    assert isinstance(SIMILARITIES["hog"](normal(0, 12, 12), normal(1, 12, 12)), float)


def test_an_image_of_zeros_has_no_pixels_to_look_at():
    black = Image.of(torch.zeros(3, 14, 15))
    phi, other = stack(2)
    found = Comparison(black, phi, SIMILARITIES).with_each([other])
    assert {name for name in NAMES if found[name] == [None]} == {"nonzero_spearman", "nonzero_absolute_spearman"}


# --- ties --------------------------------------------------------------------------------------------------------


def test_a_black_background_ties_and_raises_ranks_without_signs_only():
    """Input times two independent gradients: what is 0 in both says nothing about the model."""
    x = torch.zeros(1, 28, 28, dtype=torch.float64)
    x[:, 9:19, 9:19] = 1
    a, b = (x * torch.tensor(normal(seed, 1, 28, 28)) for seed in (0, 1))
    found = Comparison(Image.of(x), a, SIMILARITIES).with_each([b])
    assert found[EQUAL] == [pytest.approx(1 - 100 / 784)]
    assert found["absolute_spearman"][0] > 0.9
    assert abs(found["nonzero_absolute_spearman"][0]) < 0.25
    assert abs(found["spearman"][0]) < 0.25


def test_pixels_that_tie_with_the_last_of_the_top_belong_to_it_in_equal_parts():
    a = np.array([[5.0, 1, 1, 1, 0, 0, 0, 0, 0, 0]])
    b = np.array([[5.0, 0, 0, 1, 2, 3, 0, 0, 0, 0]])
    alike = top_k(0.2)  # two of ten pixels: the first and a third of each of the next three, against 0 and 5
    assert np.allclose(alike.view(a[None, None])[0], [1, 1 / 3, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0])
    assert alike(a, b) == pytest.approx(1 / 2)
    assert alike(a, a) == pytest.approx((1 + 3 * 1 / 3) / 2)
    assert alike(a, a[:, ::-1]) == 0


def test_the_dry_run_compares_nothing():
    with rehearsing():
        found = compared(torch.full((3, 14, 15), torch.nan), [torch.zeros(1), None])
    assert all(values == [0.5, None] for values in found.values())
