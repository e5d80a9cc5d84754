"""Quantus 0.6.0, where it follows the definition: removal curves, complexity, max-sensitivity, similarities."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import heatproof as hp
from heatproof.study import units
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.similarity import similarity

pytestmark = pytest.mark.filterwarnings("ignore")


def theirs(metric: Any, model: nn.Module, x: Tensor, maps: Tensor, targets: Tensor, **more: Any) -> np.ndarray:
    given = {"model": model, "x_batch": x.numpy(), "y_batch": targets.numpy(), "a_batch": maps.numpy(), "device": "cpu"}
    return np.asarray(metric(**given, **more), dtype=float)


PLAIN: dict[str, Any] = {"abs": False, "normalise": False, "disable_warnings": True, "display_progressbar": False}


def curve_of(model: nn.Module, x: Tensor, maps: Tensor, target: int, metric: str, **settings: Any) -> Tensor:
    """The whole curve of one image."""
    kept: list[Tensor] = []
    read = units.Reader.__call__

    async def keep(self: Any, *given: Any) -> Any:
        reading = await read(self, *given)
        kept.append(torch.as_tensor(reading.curves[metric].y))
        return reading

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units.Reader, "__call__", keep)
        hp.score(model, x, maps, metric, target=target, **settings)
    return kept[0]


@pytest.mark.parametrize("softmax", [True, False])
@pytest.mark.parametrize("step", [1, 4])
def test_pixel_flipping(quantus, model, x, flat, targets, softmax, step):
    """They flip values: the three of a pixel have one relevance and follow each other."""
    metric = quantus.PixelFlipping(features_in_step=step, perturb_baseline=0.3, **PLAIN)
    curves = theirs(metric, model, x, flat, targets, softmax=softmax)
    settings = {"steps": 64 // step, "fill": 0.3, "link": "probability" if softmax else "logit"}
    for i, target in enumerate(targets.tolist()):
        y = curve_of(model, x[i : i + 1], flat[i : i + 1], target, "deletion", **settings)
        np.testing.assert_allclose(y[1:].numpy(), curves[i, 2::3], rtol=1e-4, atol=1e-6)


def test_pixel_flipping_of_values(quantus, model, x, targets):
    maps = torch.randn(x.shape, generator=torch.Generator().manual_seed(4))
    metric = quantus.PixelFlipping(features_in_step=8, perturb_baseline=0.3, **PLAIN)
    curves = theirs(metric, model, x, maps, targets)
    for i, target in enumerate(targets.tolist()):
        settings = {"steps": 24, "fill": 0.3, "unit": "value"}
        y = curve_of(model, x[i : i + 1], maps[i : i + 1], target, "deletion", **settings)
        np.testing.assert_allclose(y[1:].numpy(), curves[i], rtol=1e-4, atol=1e-6)


def test_the_mean_that_pixel_flipping_fills_with_is_taken_anew_at_every_step(quantus, model, x, targets):
    """We are right: what stands in the place of a pixel does not depend on the pixels that went before it."""
    maps = torch.randn(x.shape, generator=torch.Generator().manual_seed(4))
    metric = quantus.PixelFlipping(features_in_step=64, perturb_baseline="mean", **PLAIN)
    curves = theirs(metric, model, x, maps, targets, softmax=False)
    for i, target in enumerate(targets.tolist()):
        ranked = maps[i].flatten().argsort(descending=True)
        anew, once = x[i].clone().flatten(), x[i].clone().flatten()
        for step in range(2):
            gone = ranked[64 * step : 64 * step + 64]
            anew[gone], once[gone] = anew.mean(), x[i].mean()
        with torch.no_grad():
            second, wanted = (float(model(z.view(1, 3, 8, 8))[0, target]) for z in (anew, once))
        assert curves[i, 1] == pytest.approx(second, rel=1e-3)
        assert abs(curves[i, 1] - wanted) > 1e-3


@pytest.mark.parametrize("order", ["morf", "lerf"])
def test_region_perturbation(quantus, model, x, flat, targets, order):
    """What they give is the fall of the score."""
    metric = quantus.RegionPerturbation(patch_size=2, regions_evaluation=16, order=order, perturb_baseline=0.3, **PLAIN)
    falls = theirs(metric, model, x, flat, targets, softmax=False)
    settings = {"unit": "region", "region": 2, "steps": 16, "fill": 0.3, "link": "logit", "order": order}
    for i, target in enumerate(targets.tolist()):
        y = curve_of(model, x[i : i + 1], flat[i : i + 1], target, "deletion", **settings)
        np.testing.assert_allclose((y[0] - y[1:]).numpy(), falls[i], rtol=1e-4, atol=1e-5)


def test_selectivity(quantus, model, x, flat, targets):
    metric = quantus.Selectivity(patch_size=2, perturb_baseline=0.3, **PLAIN)
    curves = theirs(metric, model, x, flat, targets)
    settings = {"unit": "region", "region": 2, "steps": 16, "fill": 0.3}
    for i, target in enumerate(targets.tolist()):
        y = curve_of(model, x[i : i + 1], flat[i : i + 1], target, "deletion", **settings)
        np.testing.assert_allclose(y[1:].numpy(), curves[i], rtol=1e-4, atol=1e-6)


def test_irof(quantus, targets):
    """Their area is n - the trapezoids between n points that leave the whole image out; the curve is the same.

    We are right: a curve that stays at 1 has no area over it. Theirs gives it 1.
    """
    from quantus.helpers.utils import get_superpixel_segments

    model = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 4)).eval()
    generator = torch.Generator().manual_seed(6)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator) * 2 / p[0].numel() ** 0.5
    x, maps = (torch.rand(3, c, 24, 24, generator=generator) for c in (3, 1))

    def fill(arr: np.ndarray, mask: np.ndarray, **_: Any) -> np.ndarray:
        return np.where(np.broadcast_to(mask.astype(bool), arr.shape), np.float32(0.3), arr)

    metric = quantus.IROF(perturb_func=fill, **PLAIN | {"return_aggregate": False})
    together = theirs(metric, model, x, maps, targets, softmax=True)
    alone = theirs(metric, model, x, maps, targets, softmax=True, batch_size=1)
    assert np.abs(together - alone).max() > 0.1  # the image with the most segments sets the number of steps for all
    for i, target in enumerate(targets.tolist()):
        segments = torch.as_tensor(get_superpixel_segments(x[i].permute(1, 2, 0).numpy(), "slic"))
        settings = {"segments": segments, "fill": 0.3}
        y = curve_of(model, x[i : i + 1], maps[i : i + 1], target, "irof", **settings).numpy()
        n = len(y) - 1
        assert n == len(segments.unique())
        assert alone[i] == pytest.approx(n - np.trapezoid(y[1:]), rel=1e-4)
        value = hp.score(model, x[i : i + 1], maps[i : i + 1], "irof", target=target, **settings)
        assert float(value) == pytest.approx(1 - np.trapezoid(y) / n, rel=1e-6)
    constant = nn.Sequential(nn.Flatten(), nn.Linear(1728, 4)).eval()
    constant[1].weight.data.zero_()
    assert theirs(metric, constant, x[:1], maps[:1], targets[:1], softmax=True)[0] == pytest.approx(1)
    assert float(hp.score(constant, x[:1], maps[:1], "irof", segments=20)) == pytest.approx(0, abs=1e-6)


def test_entropy(quantus, model, x, flat, targets):
    found = hp.score(model, x, flat.expand_as(x), "entropy")
    np.testing.assert_allclose(found, theirs(quantus.Complexity(**PLAIN | {"abs": True}), model, x, flat, targets))


def test_gini(quantus, model, x, flat, targets):
    found = hp.score(model, x, flat.expand_as(x), "gini")
    metric = quantus.Sparseness(**PLAIN | {"abs": True})
    np.testing.assert_allclose(found, theirs(metric, model, x, flat.clone(), targets), rtol=1e-5)


def test_max_sensitivity(quantus, model, x, targets):
    """With the same neighbours: theirs are drawn by a function that hands out ours."""
    n, radius = 6, 0.1
    phi = hp.explain(model, x, "gradient", target=targets)
    found = hp.score(model, x, phi, "max_sensitivity", method="gradient", target=targets, n=n, radius=radius)
    clouds = [Cloud(Image.of(row), radius, n, "neighbours", "uniform").all().numpy() for row in x]
    drawn = iter(np.stack(points) for points in zip(*clouds, strict=True))

    def neighbours(arr: np.ndarray, **_: Any) -> np.ndarray:
        return next(drawn).reshape(arr.shape)

    def explain(model: nn.Module, inputs: np.ndarray, targets: np.ndarray, **_: Any) -> np.ndarray:
        return hp.explain(model, torch.as_tensor(inputs), "gradient", target=torch.as_tensor(targets)).numpy()

    how = {"nr_samples": n, "perturb_func": neighbours, **PLAIN}
    metric = quantus.MaxSensitivity(norm_numerator=_norm, norm_denominator=_norm, **how)
    result = theirs(metric, model, x, phi, targets, explain_func=explain)
    np.testing.assert_allclose(found, result, rtol=1e-4)


def _norm(a: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a.reshape(len(a), -1), axis=-1) if a.ndim > 1 else np.linalg.norm(a)


@pytest.mark.parametrize(
    ("name", "their"),
    [("spearman", "correlation_spearman"), ("pearson", "correlation_pearson"), ("cosine", "cosine")],
)
def test_similarities(quantus, name, their, flat):
    a, b = flat[0, 0].double().numpy(), flat[1, 0].double().numpy()
    want = float(getattr(quantus.similarity_func, their)(a.ravel(), b.ravel()))
    # What they call cosine is the distance.
    assert similarity(name)(a, b) == pytest.approx(1 - want if name == "cosine" else want, rel=1e-9)
