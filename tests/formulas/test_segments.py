"""Segments: as many as measured on photographs, found once, the same in every precision, and what is made of them."""

import numpy as np
import pytest
import skimage.segmentation
import torch
from skimage import data, transform

import heatproof as hp
from heatproof.vocabulary.errors import HeatproofError, Undefined
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.segments import fill_of_segments, segmented

PHOTOS = ("astronaut", "coffee", "cat", "rocket")


def photo(name, side, *, grey=False):
    pixels = transform.resize(getattr(data, name)() / 255, (side, side), anti_aliasing=True)
    x = torch.tensor(pixels, dtype=torch.float32).permute(2, 0, 1)
    return x.mean(0, keepdim=True) if grey else x


def noise(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def count(x, cut=100, *how):
    return segmented(Image.of(x), cut, *how).count


# --- how many ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PHOTOS)
def test_a_hundred_segments_are_as_many_as_were_measured(name):
    assert count(photo(name, 28, grey=True)) == 81
    assert 117 <= count(photo(name, 32)) <= 121
    assert 117 <= count(photo(name, 64)) <= 121
    assert 99 <= count(photo(name, 224)) <= 100


def test_normalised_pixels_are_cut_into_one_segment_more_or_less():
    mean, std = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    for name in PHOTOS:
        x = photo(name, 64)
        assert abs(count(x) - count((x - mean) / std)) <= 1


def test_without_the_adaptive_compactness_there_are_fewer():
    assert count(photo("astronaut", 224), 50, "slic") == 30
    assert count(photo("astronaut", 224), 50, "slico") == 49
    assert count(photo("astronaut", 224), 50, "slic", 30.0, 3.0) > 40


SIZES = {(1, 1, 1): 1, (3, 1, 1): 1, (3, 1, 9): 9, (1, 2, 2): 4, (4, 7, 5): 35}


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("algorithm", ["slico", "slic", "quickshift"])
def test_tiny_images_and_constant_ones_have_segments(shape, algorithm):
    for x in (noise(*shape), torch.full(shape, 0.5), torch.zeros(shape)):
        cut = segmented(Image.of(x), 100, algorithm)
        assert cut.labels.shape == (1, *shape[1:])
        assert 1 <= cut.count <= SIZES[shape]
        assert sorted(set(cut.labels.flatten().tolist())) == list(range(cut.count))
        if algorithm == "slico":
            assert cut.count == SIZES[shape]  # no more pixels than segments asked for: each is one


@pytest.mark.parametrize("asked", [1, 2, 3, 9, 50])
def test_however_many_there_are_each_pixel_has_one(asked):
    cut = segmented(Image.of(noise(3, 20, 17)), asked)
    assert torch.equal(cut.sizes.sum(), torch.tensor(340.0).double())
    assert (cut.sizes > 0).all()
    assert cut.count <= 2 * asked


def test_an_image_that_is_not_finite_has_no_segments():
    with pytest.raises(Undefined, match="not finite"):
        count(torch.full((3, 8, 8), torch.nan))


# --- found once --------------------------------------------------------------------------------------------------


@pytest.fixture
def cuts(monkeypatch):
    """How often an image was really cut."""
    made, slic = [], skimage.segmentation.slic
    monkeypatch.setattr(skimage.segmentation, "slic", lambda x, *a, **k: (made.append(x.shape), slic(x, *a, **k))[1])
    return made


def test_segments_of_an_image_are_found_once_whatever_asks(cuts):
    image = Image.of(noise(3, 16, 16))
    first = segmented(image, 40)
    assert segmented(image, 40) is first
    assert segmented(image, 40, "slico", 3.0) is first  # SLICO finds its own compactness
    assert segmented(image.reseeded(7), 40).labels.equal(first.labels)
    assert segmented(image, 41) is not first
    assert segmented(image, 40, "slic", 3.0) is not segmented(image, 40, "slic", 4.0)


def test_a_call_cuts_every_image_once(cuts):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 12 * 12, 3))
    hp.explain(model, noise(2, 3, 12, 12), "lime", target=0, segments=9, n=40)
    assert cuts == [(12, 12, 3)] * 2


@pytest.mark.parametrize("name", PHOTOS)
def test_every_precision_sees_the_same_segments(name):
    x = photo(name, 48)
    assert segmented(Image.of(x), 50).labels.equal(segmented(Image.of(x.double()), 50).labels)


def test_they_are_those_of_scikit_image():
    x = photo("coffee", 64)
    pixels = x.double().permute(1, 2, 0).numpy()
    slico = skimage.segmentation.slic(pixels, 80, slic_zero=True, start_label=0)
    slic = skimage.segmentation.slic(pixels, 80, compactness=30, sigma=3, start_label=0)
    quick = skimage.segmentation.quickshift(pixels, ratio=0.2, kernel_size=4, max_dist=200, rng=0)
    for cut, theirs in (
        (segmented(Image.of(x), 80), slico),
        (segmented(Image.of(x), 80, "slic", 30.0, 3.0), slic),
        (segmented(Image.of(x), 80, "quickshift"), quick),
    ):
        assert np.array_equal(cut.labels[0].numpy(), theirs)


# --- labels of one's own -----------------------------------------------------------------------------------------


def test_labels_may_have_gaps_and_any_order():
    cut = segmented(Image.of(noise(1, 2, 3)), [[7, 7, -2], [100, 7, -2]])
    assert cut.labels.tolist() == [[[1, 1, 0], [2, 1, 0]]]
    again = segmented(Image.of(noise(1, 2, 3)), torch.tensor([[1, 1, 0], [2, 1, 0]]))
    assert cut.key == again.key
    assert cut.key != segmented(Image.of(noise(1, 2, 3)), [[0, 0, 0], [1, 1, 1]]).key


def test_labels_may_differ_between_channels():
    cut = segmented(Image.of(noise(2, 1, 2)), [[[0, 1]], [[2, 1]]])
    phi = torch.tensor([[[1.0, 2]], [[4, 8]]])
    assert cut.count == 3
    assert cut.sizes.tolist() == [1, 2, 1]
    assert cut.sums(phi).tolist() == [1, 10, 4]
    assert cut.spread(torch.tensor([3.0, 5, 7]), "copied", phi).tolist() == [[[3, 5]], [[7, 5]]]
    assert cut.spread(torch.tensor([3.0, 5, 7]), "even", phi).tolist() == [[[3, 2.5]], [[7, 2.5]]]


@pytest.mark.parametrize(
    "labels", [[[0, 1, 2]], [[0, 1], [1, 1], [0, 0]], [[0.5, 1, 2], [0, 0, 0]], [0, 1], torch.zeros(2, 2, 3).long()]
)
def test_labels_that_do_not_fit_are_refused_by_name(labels):
    with pytest.raises(HeatproofError, match=r"HP105 segments cannot be .* labels of shape"):
        segmented(Image.of(noise(3, 2, 3)), labels)


# --- what is made of them ----------------------------------------------------------------------------------------


def test_sums_means_colours_and_shares_by_loops():
    x, phi = noise(3, 9, 11), noise(3, 9, 11, seed=1) - 0.4
    cut = segmented(Image.of(x), 12)
    labels, worth = cut.labels[0], torch.arange(1.0, cut.count + 1).double()
    for s in range(cut.count):
        inside = labels == s
        assert float(cut.sizes[s]) == int(inside.sum())
        assert float(cut.sums(phi)[s]) == pytest.approx(float(phi.double()[:, inside].sum()))
        for channel, colour in zip(x, cut.colours(x), strict=True):
            assert torch.allclose(colour[inside], channel[inside].mean().expand(int(inside.sum())))
        assert float(cut.spread(worth, "even", x)[:, inside].sum()) == pytest.approx(s + 1, rel=1e-6)
        assert (cut.spread(worth, "copied", x)[:, inside] == s + 1).all()
    assert cut.spread(worth, "even", x).shape == x.shape


def test_fills_of_segments():
    image = Image.of(noise(3, 9, 11))
    cut = segmented(image, 12)
    assert fill_of_segments(image, cut, 0.5) == 0.5
    assert fill_of_segments(image, cut, "blur") == "blur"
    colours = fill_of_segments(image, cut, "segment_mean")
    assert torch.equal(colours, cut.colours(image.x))
    assert fill_of_segments(image, cut, "segment_mean") is colours
