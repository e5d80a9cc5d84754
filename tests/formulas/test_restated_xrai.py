"""XRAI against loops over sets of pixels; and the authors' own library where it is installed."""

import warnings

import numpy as np
import pytest
import torch
from restated import fill, gradient
from skimage.morphology import dilation, disk
from skimage.segmentation import felzenszwalb
from small_cases import TWENTY, case, close
from torch import nn

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.regions import covering, regions_of


def labelled(x, scales=(50, 100, 150, 250, 500, 1200)):
    """Labels (H, W) of an image at every scale: scales are for sides, sizes for areas of 224 x 224 pixels."""
    share = x.shape[1] * x.shape[2] / 224**2
    picture = x.float().double().numpy().transpose(1, 2, 0)
    picture = (picture - picture.min()) / (picture.max() - picture.min()) * 2 - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            felzenszwalb(picture, scale=k * share**0.5, sigma=0.8, min_size=max(1, round(150 * share)), channel_axis=-1)
            for k in scales
        ]


def sets_of(labels, by):
    """Every segment as a set of pixels, grown by a disc of whole pixels."""
    found = []
    for one in labels:
        for k in range(one.max() + 1):
            inside = dilation((one == k).astype(np.uint8), disk(by)) if by else one == k
            found.append({(int(i), int(j)) for i, j in np.argwhere(inside)})
    return found


def mean(heat, pixels):
    return sum(float(heat[p]) for p in pixels) / len(pixels)


def covered(heat, sets, smallest, area, order):
    pixels = {(i, j) for i in range(heat.shape[0]) for j in range(heat.shape[1])}
    mask, out, left = set(), torch.zeros_like(heat), list(sets)
    if order == "fast":
        left = sorted(left, key=lambda s: -mean(heat, s))
    while len(mask) / len(pixels) <= area:
        left = [s for s in left if len(s - mask) >= max(smallest, 1)]
        if not left:
            break
        best = max(left, key=lambda s: mean(heat, s - mask)) if order == "full" else left[0]
        for p in best - mask:
            out[p] = mean(heat, best - mask)
        mask |= best
        left.remove(best)
    rest = pixels - mask
    for p in rest:
        out[p] = mean(heat, rest)
    return out


def path_means(c, baselines, steps):
    """Integrated gradients by the midpoint rule, averaged over the baselines."""
    total = torch.zeros_like(c.x)
    for b in baselines:
        average = sum(gradient(c.model, b + (k + 0.5) / steps * (c.x - b), c.target) for k in range(steps)) / steps
        total += (c.x - b) * average / len(baselines)
    return total


@TWENTY
def test_xrai(number):
    c = case(number)
    names = [(0.0, 1.0), ("mean",), ("black", "blur", 0.5), "extremes"][number % 4]
    baselines = [fill(c.x, n) for n in names] if names != "extremes" else [fill(c.x, float(v)) for v in c.x.aminmax()]
    settings = {"steps": 3, "rule": "midpoint", "baselines": names, "channels": ["sum", "max"][number % 2]}
    settings |= {"order": ["full", "fast"][number // 2 % 2], "area": [1.0, 0.4][number // 4 % 2]}
    settings |= {"dilation": float(number % 3), "smallest": number % 5}
    a = path_means(c, baselines, 3)
    heat = a.sum(0) if settings["channels"] == "sum" else a.max(0).values
    sets = sets_of(labelled(c.x), number % 3)
    expected = covered(heat, sets, settings["smallest"], settings["area"], settings["order"])
    found = hp.explain(c.model, c.images, "xrai", target=c.target, **settings)[0]
    close(found, expected.expand_as(c.x))


def test_what_is_left_out_is_in_proportion_to_224_pixels():
    c = case(4)
    share = c.x.shape[1] * c.x.shape[2] / 224**2
    found = hp.explain(c.model, c.images, "xrai", target=c.target)
    given = {"dilation": 1.0, "smallest": 0}
    assert 50 * share < 1 > 5 * share**0.5
    close(hp.explain(c.model, c.images, "xrai", target=c.target, **given), found)
    paths = [hp.explain(c.model, c.images, "integrated_gradients", target=c.target, baseline=b) for b in (0.0, 1.0)]
    expected = covered((sum(paths) / 2)[0].sum(0), sets_of(labelled(c.x), 1), 0, 1.0, "full")
    close(found[0], expected.expand_as(c.x))


def picture(side, seed=0):
    """Blobs of colour: something to segment."""
    noise = torch.rand(3, side // 8, side // 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return nn.functional.interpolate(noise[None], (side, side), mode="bicubic")[0].clamp(0, 1)


def test_regions_are_many_at_the_size_of_a_photograph_and_some_at_the_size_of_a_digit():
    for side, low in ((224, 50), (28, 12)):
        sizes = regions_of(Image.of(picture(side)), 5 * side / 224, None).sum(1)
        assert len(sizes) > low
        assert sizes.min() >= 2
        assert sizes.max() > 0.2 * side * side


def test_a_region_grows_by_a_disc():
    x = torch.zeros(1, 20, 20, dtype=torch.float64)
    x[:, 8:12, 8:12] = 1
    image = Image.of(x)
    plain, wide = (regions_of(image, by, None).toarray().reshape(-1, 20, 20) > 0 for by in (0.0, 3.0))
    assert len(plain) == len(wide) > 1
    for small, large in zip(plain, wide, strict=True):
        assert np.array_equal(large, dilation(small.astype(np.uint8), disk(3)) > 0)


def test_a_constant_image_has_regions_and_a_map():
    c = case(2)
    flat = torch.full_like(c.images, 0.3)
    found = hp.explain(c.model, flat, "xrai", target=c.target, steps=4)
    assert torch.isfinite(found).all()


def test_the_black_path_is_shared_with_integrated_gradients():
    c = case(0)
    methods = [("integrated_gradients", {"steps": 7}), ("xrai", {"steps": 7})]
    plan = hp.Study(c.model.float(), c.images.float(), methods=methods, metrics=["gini"], controls=[], batch=8).plan()
    assert plan.asked == 21
    assert plan.gradients == 14


# --- the authors' library ----------------------------------------------------------------------------------------


def theirs(x, heat, **settings):
    """Their map of the image for this relevance (C, H, W), on their own segments unless others are given."""
    saliency = pytest.importorskip("saliency.core", reason="PAIR's saliency is not installed")
    segments = settings.pop("segments", None)
    options = saliency.XRAIParameters(**settings)
    found = saliency.XRAI().GetMask(
        x.numpy().transpose(1, 2, 0),
        lambda *_, **__: None,
        base_attribution=heat.numpy().transpose(1, 2, 0),
        segments=segments,
        extra_parameters=options,
    )
    return torch.from_numpy(found)


def test_as_the_authors_have_it():
    saliency = pytest.importorskip("saliency.core", reason="PAIR's saliency is not installed")
    net = nn.Sequential(nn.Conv2d(3, 4, 5, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(36, 4))
    net, x = net.double().requires_grad_(False), picture(224, 5)

    def asked(images, *_, **__):
        z = torch.from_numpy(np.asarray(images, dtype=np.float64)).permute(0, 3, 1, 2).requires_grad_()
        (g,) = torch.autograd.grad(net(z)[:, 2].sum(), z)
        return {saliency.INPUT_OUTPUT_GRADIENTS: g.permute(0, 2, 3, 1).numpy()}

    expected = saliency.XRAI().GetMask(
        x.numpy().transpose(1, 2, 0), asked, extra_parameters=saliency.XRAIParameters(steps=4), batch_size=8
    )
    found = hp.explain(net, x[None], "xrai", target=2, preset="pair", steps=4)[0]
    close(found, torch.from_numpy(expected).expand_as(x), 1e-6)


@pytest.mark.parametrize(("order", "area"), [("full", 1.0), ("full", 0.3), ("fast", 1.0)])
def test_against_the_authors_on_their_own_size(order, area):
    x = picture(224)
    heat = torch.randn(3, 224, 224, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    expected = theirs(x, heat, algorithm=order, area_threshold=area)
    ours = covering(Image.of(x), heat.amax(0), dilation=5.0, side=None, smallest=50, area=area, order=order)
    assert float((ours - expected).abs().max()) < 1e-9
    copied = covering(Image.of(x), heat.amax(0), dilation=5.0, side=224, smallest=50, area=area, order=order)
    assert float((copied - expected).abs().max()) < 1e-9
