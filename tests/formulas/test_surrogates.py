"""LIME and Kernel SHAP where the answer is known: by hand, for additive scores, at the ends of every setting."""

import numpy as np
import pytest
import torch
from small_cases import TWENTY, case, close
from test_restated_surrogates import patches
from torch import nn

import heatproof as hp
from heatproof.models.classifier import Normalised
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.registry import formula
from heatproof.vocabulary.regression import adding_up, fitted

SUM = nn.Sequential(nn.Flatten(), nn.Linear(3, 3, bias=False), nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


@pytest.fixture
def three():
    """4 hidden units relu(x1 + x2 + x3 + b), b = -10, 1, 1, 1; outputs their sum - 1 and + 1."""
    model = SUM.double().requires_grad_(False)
    model[1].weight.data = torch.eye(3).double()
    model[2].weight.data, model[2].bias.data = torch.ones(4, 3).double(), torch.tensor([-10.0, 1, 1, 1]).double()
    model[4].weight.data, model[4].bias.data = torch.ones(2, 4).double(), torch.tensor([-1.0, 1]).double()
    return model


X = torch.tensor([[[[20.0, 50.0, 30.0]]]], dtype=torch.float64)
APART, TOGETHER = [[0, 1, 2]], [[0, 0, 1]]


def explained(model, method, **settings):
    return hp.explain(model, X, method, target=0, **settings).flatten().tolist()


def linear(pixels, seed=0):
    model = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 3)).double().requires_grad_(False)
    model[1].weight.data = torch.randn(3, pixels, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return model


# --- by hand -----------------------------------------------------------------------------------------------------


def test_shapley_values_of_three_pixels(three):
    found = explained(three, "kernel_shap", segments=APART)
    assert found == pytest.approx([76 + 2 / 3, 196 + 2 / 3, 116 + 2 / 3])
    assert sum(found) == pytest.approx(390)


def test_shapley_values_from_a_baseline_where_every_unit_is_active(three):
    baseline = [[[10.0, 20.0, 10.0]]]
    assert explained(three, "kernel_shap", segments=APART, baseline=baseline) == pytest.approx([40, 120, 80])
    # Additive there: a sample that tells the segments apart is exact.
    found = explained(three, "kernel_shap", segments=APART, baseline=baseline, n=7)
    assert found == pytest.approx([40, 120, 80])


def test_segments_of_two_pixels_and_one(three):
    how = {"segments": TOGETHER, "baseline": 4.0}
    assert explained(three, "kernel_shap", spread="copied", **how) == pytest.approx([248, 248, 104])
    assert explained(three, "kernel_shap", **how) == pytest.approx([124, 124, 104])
    assert explained(three, "lime", surrogate="least_squares", **how) == pytest.approx([248, 248, 104])
    assert explained(three, "lime", surrogate="least_squares", spread="even", **how) == pytest.approx([124, 124, 104])
    lasso = {"surrogate": "lasso", "alpha": 1.0, "distance": "none"}
    # Each coefficient is short of the penalty over the variance of its segment, 1 / (1/4).
    assert explained(three, "lime", **lasso, **how) == pytest.approx([244, 244, 100])


def test_lime_over_all_vectors_alike_is_the_banzhaf_values(three):
    how = {"distance": "none", "surrogate": "least_squares"}
    assert explained(three, "lime", segments=APART, **how) == pytest.approx([77.5, 197.5, 117.5])


def test_channels_may_have_segments_of_their_own():
    x = torch.tensor([[[[23.0, 100, 0]], [[20, 50, 30]], [[0, 100, 10]]]], dtype=torch.float64)
    weights = torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 8, 9], dtype=torch.float64)
    model = linear(9)
    model[1].weight.data[0] = weights
    labels = torch.tensor([[[1, 1, 1]], [[0, 1, 2]], [[0, 1, 2]]])
    found = hp.explain(model, x, "kernel_shap", target=0, segments=labels, spread="copied")
    worth = torch.zeros(3).double().index_add_(0, labels.flatten(), weights * x.flatten())
    close(found[0], worth[labels])


# --- additive scores ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [16, 60, 300])
@pytest.mark.parametrize("paired", [True, False])
def test_kernel_shap_of_a_linear_model_is_exact(n, paired):
    x = torch.rand(1, 3, 6, 7, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    model, labels = linear(126), patches(x[0], 9, 0)
    found = hp.explain(model, x, "kernel_shap", target=1, segments=labels, n=n, paired=paired, spread="copied")
    terms = (model[1].weight[1].view_as(x[0]) * x[0]).sum(0)
    worth = torch.zeros(9).double().index_add_(0, labels.flatten(), terms.flatten())
    total = float(worth.sum())
    assert float(hp.explain(model, x, "kernel_shap", target=1, segments=labels, n=n).sum()) == pytest.approx(total)
    if n > 16 or not paired:  # seven pairs cannot tell nine segments apart
        close(found[0], worth[labels].expand_as(x[0]))
    for surrogate in ("least_squares", "ridge"):
        how = {"segments": labels, "surrogate": surrogate, "alpha": 1e-12, "n": max(n, 60)}
        close(hp.explain(model, x, "lime", target=1, **how)[0], worth[labels].expand_as(x[0]), 1e-8)


@TWENTY
def test_kernel_shap_adds_up_with_any_number_of_samples(number):
    c = case(number)
    fills = ["black", "mean", "blur", 0.4, "segment_mean"]
    how = {"target": c.target, "segments": [5, 20, 100][number % 3], "baseline": fills[number % 5]}
    sums = [float(hp.explain(c.model, c.images, "kernel_shap", n=n, **how).sum()) for n in (1, 2, 3, 10, 77)]
    assert sums == pytest.approx([sums[0]] * 5, rel=1e-9)
    if how["baseline"] in ("black", 0.4):
        b = torch.full_like(c.images, 0.0 if how["baseline"] == "black" else 0.4)
        change = float((c.model(c.images.clone()) - c.model(b))[0, c.target].detach())
        assert sums[0] == pytest.approx(change, rel=1e-9)


def test_segments_that_the_samples_cannot_tell_apart_share_alike():
    c = case(0)
    found = hp.explain(c.model, c.images, "kernel_shap", target=0, segments=9, n=2)[0]
    assert (found.sum(0).unique().numel()) <= 3  # segments differ in size, and by that alone
    close(found, found[:1].expand_as(found))


def test_a_segment_that_the_model_does_not_see_is_worth_nothing():
    c = case(1)
    first = c.model[1].weight.data.view(-1, *c.x.shape)
    labels = patches(c.x, 5, 3)
    first[:, :, labels == 2] = 0
    how = {"target": 0, "segments": labels}
    for found in (
        hp.explain(c.model, c.images, "kernel_shap", **how)[0],
        hp.explain(c.model, c.images, "lime", surrogate="least_squares", distance="none", **how)[0],
    ):
        assert float(found[:, labels == 2].abs().max()) < 1e-12 < float(found.abs().max())


def test_two_segments_that_play_the_same_part_are_worth_the_same():
    x = torch.tensor([[[[0.3, 0.3, 0.9]]]], dtype=torch.float64)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double().requires_grad_(False)
    model[1].weight.data[:, 1] = model[1].weight.data[:, 0]
    for method in ("kernel_shap", "lime"):
        a, b, other = hp.explain(model, x, method, target=0, segments=APART).flatten().tolist()
        assert a == pytest.approx(b)
        assert a != pytest.approx(other)


# --- settings ----------------------------------------------------------------------------------------------------


def test_the_model_that_normalises_by_itself_is_the_same_model():
    """Distances are measured, and `zero` is, behind the normalisation."""
    c = case(2, convolutional=True)
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.3, 0.5)
    spec = InputSpec(3, *c.x.shape[1:], mean=mean, std=std)
    inside = ((c.images - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)).double()
    labels, model = patches(c.x, 6, 1), Normalised(c.model, spec).double()
    for distance in ("cosine", "euclidean", "rms"):
        how = {"target": c.target, "segments": labels, "space": "pixels", "distance": distance, "width": 2.0}
        whole = hp.explain(model, c.images, "lime", baseline="zero", **how)
        close(whole, hp.explain(c.model, inside, "lime", baseline=0.0, **how), 1e-5)
    how = {"target": c.target, "segments": labels}
    whole = hp.explain(model, c.images, "kernel_shap", baseline="zero", **how)
    close(whole, hp.explain(c.model, inside, "kernel_shap", **how), 1e-5)


def test_a_heavy_penalty_leaves_nothing():
    c = case(3)
    for surrogate in ("ridge", "lasso"):
        how = {"target": 0, "segments": 9, "surrogate": surrogate, "alpha": 1e9}
        assert float(hp.explain(c.model, c.images, "lime", **how).abs().max()) < 1e-6


def test_a_kernel_that_sees_one_sample_has_no_map():
    c = case(3)
    how = {"target": 0, "segments": 9}
    for narrow in ({"distance": "euclidean", "width": 1e-3}, {"n": 1}):
        assert hp.explain(c.model, c.images, "lime", **narrow, **how).isnan().all()
    with pytest.raises(Undefined, match="one counts"):
        fitted("ridge", torch.ones(1, 3), torch.ones(1), torch.ones(1))


def test_more_segments_than_a_regression_can_hold_are_refused_by_name():
    x = torch.rand(1, 1, 65, 65)
    model = nn.Sequential(nn.AvgPool2d(13), nn.Flatten(), nn.Linear(25, 3))
    for method in ("lime", "kernel_shap"):
        with pytest.raises(hp.HeatproofError, match="HP105 segments cannot be 4,225 segments of one image"):
            hp.explain(model, x, method, target=0, segments=torch.arange(4225).view(65, 65), n=3)


def test_few_samples_are_the_first_of_many():
    c = case(0)
    seen = []

    class Spy(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = c.model

        def forward(self, x):
            seen.append(x.detach().clone())
            return self.net(x)

    for method in ("lime", "kernel_shap"):
        asked = []
        for n in (20, 60):
            seen.clear()
            hp.explain(Spy(), c.images, method, target=0, segments=20, n=n, batch=64)
            asked.append({z.numpy().tobytes() for z in torch.cat(seen)})
        assert asked[0] <= asked[1]


@pytest.mark.parametrize("preset", ["lime", "sam", "captum", "attribench2022", "attribench2024"])
@pytest.mark.parametrize("method", ["lime", "kernel_shap"])
def test_presets_run(method, preset):
    if preset not in formula("method", method).claims.presets:
        assert (method, preset) in {("kernel_shap", "lime"), ("kernel_shap", "sam")}
        return
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 4))
    found = hp.explain(model, x, method, target=1, preset=preset)
    assert torch.isfinite(found).all()


# --- regressions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("n", [3, 12, 60])
@pytest.mark.parametrize("alpha", [1e-6, 1e-3, 0.1, 3.0])
def test_the_lasso_fulfils_its_conditions(seed, n, alpha):
    """No slope is steeper than alpha, and every coefficient that is not 0 has exactly that slope, against its sign."""
    r = np.random.RandomState(seed)
    m = r.randint(1, 25)
    z = (r.rand(n, m) < 0.5).astype(float)
    if seed % 3 == 0:
        z[:, -1] = z[:, 0]
    y, w = (z.sum(1) if seed % 4 == 0 else r.randn(n)), r.rand(n) + 0.01
    c = fitted("lasso", *map(torch.tensor, (z, y, w)), alpha).numpy()
    share = w / w.sum()
    slope = (z - share @ z).T @ (share * (y - share @ y - (z - share @ z) @ c))
    slack = 1e-10 * max(alpha, np.abs(y).max())
    assert np.abs(slope).max() <= alpha + slack
    assert np.abs(slope - alpha * np.sign(c))[c != 0].max(initial=0) <= slack


def test_the_smallest_of_several_solutions_is_taken():
    z = torch.tensor([[1.0, 1, 0], [1, 1, 1], [0, 0, 1], [0, 0, 0]]).double()
    y = torch.tensor([3.0, 4, 1, 0]).double()
    w = torch.ones(4).double()
    for surrogate in ("least_squares", "ridge"):
        assert fitted(surrogate, z, y, w, 0.0).tolist() == pytest.approx([1.5, 1.5, 1])
    assert adding_up(z[:, :2], y * 0, w, 5.0).tolist() == pytest.approx([2.5, 2.5])
    assert adding_up(z[:0], y[:0], w[:0], 6.0).tolist() == pytest.approx([2, 2, 2])
