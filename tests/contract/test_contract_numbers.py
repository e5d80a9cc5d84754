"""Sums, types, layouts and values that are not numbers."""

import warnings
from functools import cache

import pytest
import torch
from contracts import EVERYTHING, METHODS, METRICS, close, maps_of, name_of, pictures, run, same
from networks import FAMILIES, network
from scipy.stats import spearmanr
from torch import Tensor, nn

import heatproof as hp
from heatproof.models.preflight import preflight
from heatproof.models.prepare import prepared
from heatproof.models.unwrap import unwrap
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Cloud

COMPLETE = [m for m in METHODS if METHODS[m].claims.complete]
# A map of differences of scores cannot be finer than the scores, which have 8 bits: no rank to be expected.
RANKED = [m for m in METHODS if not METHODS[m].claims.control and METHODS[m].claims.family != "perturbation"]


@pytest.mark.parametrize("baseline", [0.0, 0.4])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", COMPLETE)
def test_a_complete_map_sums_to_the_change_of_the_score(method: str, family: str, baseline: float) -> None:
    x = pictures(2).double()
    wanted = {"baseline": baseline, "steps": 300}
    options = {name: value for name, value in wanted.items() if name in METHODS[method].settings}
    baseline = options.get("baseline", 0.0)
    found = hp.explain(network(family), x, method, target=1, precision="float64", batch=64, **options)
    net = network(family).double().eval()
    with torch.no_grad():
        change = (unwrap(net(x.clone()), 2) - unwrap(net(torch.full_like(x, baseline)), 2))[:, 1]
    torch.testing.assert_close(found.sum((1, 2, 3)), change, rtol=0.01, atol=1e-3)


class Steep(nn.Module):
    """Its gradient is 10,000 + x: the variance is that of x."""

    def forward(self, x: Tensor) -> Tensor:
        score = (10_000 * x + x.square() / 2).sum((1, 2, 3))
        return torch.stack([score, -score], 1)


def test_a_variance_survives_a_large_mean() -> None:
    x = pictures(1)
    found = hp.explain(Steep(), x, "vargrad", sigma=0.1, relative=False, n=400, target=0, batch=8)
    want = Cloud(Image.of(x[0]), 0.1, 400).all().double().var(0, correction=0)
    assert float((found[0] / want - 1).abs().max()) < 0.02


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_float64_stays_float64_and_float32_is_close_to_it(formula: Formula) -> None:
    x = pictures(2)
    single = run(formula, network("residual"), x)
    double = run(formula, network("residual").double(), x.double())
    asked = run(formula, network("residual"), x.double(), precision="float64", maps=maps_of(x).double())
    assert double.dtype == asked.dtype == torch.float64
    assert single.dtype == (torch.float32 if formula.kind == "method" else torch.float64)
    assert close(double, single, 1e-5 if formula.kind == "method" else 1e-4)
    assert close(asked, double, 1e-5 if formula.kind == "method" else 1e-4)


@pytest.mark.parametrize("method", RANKED)
def test_bfloat16_ranks_the_pixels_alike(method: str) -> None:
    net, x = network("plain cnn"), pictures(3)
    formula = METHODS[method]
    coarse, fine = run(formula, net, x, precision="bfloat16", target=1), run(formula, net, x, target=1)
    assert coarse.dtype == torch.float32
    assert torch.isfinite(coarse).all()
    for a, b in zip(coarse, fine, strict=True):
        if b.std() > 0:
            assert spearmanr(a.flatten(), b.flatten()).statistic >= 0.97


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_bfloat16_gives_maps_and_scores(formula: Formula) -> None:
    found = run(formula, network("plain cnn"), pictures(2), precision="bfloat16")
    assert found.dtype == (torch.float32 if formula.kind == "method" else torch.float64)
    assert torch.isfinite(found).all()


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_the_layout_of_the_images_in_memory_does_not_matter(formula: Formula) -> None:
    net, x = network("residual"), pictures(2)
    want = run(formula, net, x)
    phi = maps_of(x)
    last = {"maps": phi.contiguous(memory_format=torch.channels_last)}
    assert close(run(formula, net, x.contiguous(memory_format=torch.channels_last), **last), want, 1e-6)
    turned = x.transpose(2, 3).contiguous().transpose(2, 3)
    assert close(run(formula, net, turned, maps=phi), want, 1e-6)
    if formula.kind == "method":
        found = run(formula, net, x.contiguous(memory_format=torch.channels_last))
        assert found.is_contiguous()


class Broken(nn.Module):
    """Answers NaN, or infinity, for images whose first value is above 2."""

    def __init__(self, net: nn.Module, what: float, *, probabilities: bool = False) -> None:
        super().__init__()
        self.net, self.what, self.probabilities = net, what, probabilities

    def forward(self, x: Tensor) -> Tensor:
        outputs = self.net(x).softmax(1) if self.probabilities else self.net(x)
        return torch.where(x[:, 0, 0, :1] > 2, self.what, outputs)


@pytest.mark.parametrize("what", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_an_image_without_an_answer_is_undefined_alone(formula: Formula, what: float) -> None:
    net, x = Broken(network("residual"), what), pictures(3)
    bad = x.clone()
    bad[1, 0, 0, 0] = 3
    want, found = run(formula, net, x), run(formula, net, bad)
    assert same(found[[0, 2]], want[[0, 2]]), "an image with an answer has another value"
    asks = formula.asks_model and not formula.claims.control
    assert not asks or torch.isnan(found[1]).all(), "a value although the model had no answer"


@pytest.mark.parametrize("metric", ["deletion", "srg"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_probabilities_are_recognised_in_the_company_of_an_image_without_an_answer(metric: str, place: int) -> None:
    net, x = Broken(network("residual"), float("nan"), probabilities=True), pictures(3)
    bad = x.clone()
    bad[place, 0, 0, 0] = 3
    kept = [i for i in range(3) if i != place]
    assert same(run(METRICS[metric], net, bad)[kept], run(METRICS[metric], net, x)[kept])


def test_an_image_without_an_answer_is_no_random_or_batch_dependent_model() -> None:
    bad = pictures(3)
    bad[0, 0, 0, 0] = 3
    with prepared(Broken(network("residual"), float("nan")), torch.device("cpu")) as room:
        assert preflight(room, bad).warnings == ()


MAPS = {
    "zero": torch.zeros_like,
    "constant": lambda x: torch.full_like(x, 0.3),
    "negative": lambda x: -x - 0.1,
    "tied": lambda x: (maps_of(x) * 2).round(),
    "huge": lambda x: maps_of(x) * 1e30,
    "largest": lambda x: maps_of(x) / maps_of(x).abs().max() * 3.4e38,
    "tiny": lambda x: maps_of(x) * 1e-30,
    "denormal": lambda x: maps_of(x) * 1e-43,
    "one pixel": lambda x: torch.zeros_like(x).index_fill(2, torch.tensor([3]), 1.0),
}
HOPELESS = {"nan": float("nan"), "inf": float("inf"), "-inf": -float("inf")}


@cache
def _undisturbed(metric: str) -> Tensor:
    return run(METRICS[metric], network("plain cnn"), pictures(3))


@pytest.mark.parametrize("kind", [*MAPS, *HOPELESS])
@pytest.mark.parametrize("metric", METRICS)
def test_a_strange_map_has_a_value_or_none_and_disturbs_nobody(metric: str, kind: str) -> None:
    net, x = network("plain cnn"), pictures(3)
    phi = maps_of(x)
    strange = phi.clone()
    if kind in MAPS:
        strange[1] = MAPS[kind](x[1])
    else:
        strange[1, 0, 2, 2] = HOPELESS[kind]
    kept = strange.clone()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run(METRICS[metric], net, x, maps=strange)
    assert same(found[[0, 2]], _undisturbed(metric)[[0, 2]])
    assert not torch.isinf(found).any()
    assert same(strange, kept), "the map was written to"
    if kind in HOPELESS:
        assert torch.isnan(found[1])
    if kind in ("negative", "tied", "huge", "tiny") and "explain" not in METRICS[metric].ingredients:
        assert torch.isfinite(found[1])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.uint8, torch.bool])
@pytest.mark.parametrize("metric", ["deletion", "gini", "infidelity"])
def test_maps_of_any_type_are_read_and_never_written(metric: str, dtype: torch.dtype) -> None:
    net, x = network("plain cnn"), pictures(2)
    phi = (maps_of(x).abs() * 3).to(dtype)
    kept = phi.clone()
    found = run(METRICS[metric], net, x, maps=phi)
    assert same(found, run(METRICS[metric], net, x, maps=phi.float()))
    assert torch.equal(phi, kept)
