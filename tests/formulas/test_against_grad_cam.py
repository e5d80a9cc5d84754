"""pytorch-grad-cam and torch-cam on the same small CNN; where they differ from us, a test says who is right.

Both are skipped where they are not installed. pytorch-grad-cam hands out float32 maps in [0, 1].
"""

import pytest
import torch
from small_cases import close
from test_against_captum import CNN, TARGETS, weighted
from torch import nn
from torch.nn.functional import interpolate

import heatproof as hp

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def model():
    return weighted(CNN())


@pytest.fixture
def x():
    return torch.rand(2, 3, 10, 9, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def theirs(method, model, x, layer, targets=TARGETS):
    """Maps (N, H, W) of pytorch-grad-cam."""
    cams = pytest.importorskip("pytorch_grad_cam", reason="grad-cam is not installed", exc_type=Exception)
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with getattr(cams, method)(model, [layer]) as cam:
        return torch.as_tensor(cam(x, targets=[ClassifierOutputTarget(int(t)) for t in targets]))


def ours(method, model, x, layer, targets=TARGETS):
    return hp.explain(model, x, method, target=targets, preset="pytorch_grad_cam", layer=layer)[:, 0]


@pytest.mark.parametrize("layer", ["conv1", "relu1", "pool", "conv2", "relu2"])
def test_grad_cam(model, x, layer):
    close(ours("grad_cam", model, x, layer), theirs("GradCAM", model, x, getattr(model, layer)), 1e-6)


@pytest.mark.parametrize("layer", ["relu1", "pool", "relu2"])
def test_score_cam(model, x, layer):
    close(ours("score_cam", model, x, layer), theirs("ScoreCAM", model, x, getattr(model, layer)), 1e-6)


@pytest.mark.parametrize("layer", ["relu1", "pool", "relu2"])
def test_grad_cam_plus_plus_up_to_what_they_add_to_the_denominator(model, x, layer):
    """We are right: the formula has no 1e-6. The smaller the gradients, the more it changes their map."""
    ahead = theirs("GradCAMPlusPlus", model, x, getattr(model, layer)).double()
    assert float((ours("grad_cam_plus_plus", model, x, layer) - ahead).abs().max()) < 2e-3


def test_grad_cam_plus_plus_of_small_gradients(model, x):
    for p in model.fc.parameters():
        p.data *= 1e-4
    exact = ours("grad_cam_plus_plus", model, x, "relu2")
    off = theirs("GradCAMPlusPlus", model, x, model.relu2).double() - exact
    assert float(off.abs().max()) > 0.1
    # With such gradients the products with activations vanish beside 2, and every alpha is a half.
    a = model.relu2(model.conv2(model.pool(model.relu1(model.conv1(x))))).detach()
    g = model.fc.weight[TARGETS].detach().view_as(a)
    small = torch.einsum("nk,nkhw->nhw", g.clamp_min(0).sum((2, 3)) / 2, a)
    large = interpolate(small[:, None], x.shape[2:], mode="bilinear")[:, 0]
    low, high = large.amin((1, 2), keepdim=True), large.amax((1, 2), keepdim=True)
    assert float((exact - (large - low) / (high - low)).abs().max()) < 1e-3


def test_grad_cam_before_a_relu_in_place(model, x):
    """We are right: how the next layer is written changes nothing. They look at what it wrote over the activations."""
    plain = ours("grad_cam", model, x, "conv2")
    before = theirs("GradCAM", model, x, model.conv2).double()
    close(plain, before, 1e-6)
    model.relu2 = nn.ReLU(inplace=True)
    close(ours("grad_cam", model, x, "conv2"), plain)
    assert float((theirs("GradCAM", model, x, model.conv2).double() - plain).abs().max()) > 0.1


@pytest.mark.parametrize("layer", ["relu1", "pool", "relu2"])
@pytest.mark.parametrize("method", ["grad_cam", "score_cam"])
def test_torch_cam(model, x, layer, method):
    cams = pytest.importorskip("torchcam.methods", reason="torchcam is not installed", exc_type=Exception)
    kind = {"grad_cam": cams.GradCAM, "score_cam": cams.ScoreCAM}[method]
    with kind(model, target_layer=layer, input_shape=tuple(x.shape[1:])) as cam:
        small = cam(TARGETS.tolist(), model(x.clone().requires_grad_()))[0].detach()
    settings = {"preset": "attribench2024", "upsampling": "bilinear"} if method == "score_cam" else {}
    found = hp.explain(model, x, method, target=TARGETS, layer=layer, scaled="min_max", **settings)[:, 0]
    close(found, interpolate(small[:, None], x.shape[2:], mode="bilinear")[:, 0], 1e-5)
