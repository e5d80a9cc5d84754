"""Captum on the same small CNN in float64, with the same points; where the two differ, a test says who is right."""

import pytest
import torch
from captum import attr, metrics
from restated import noise
from small_cases import case, close
from torch import nn

import heatproof as hp

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # captum warns of its hooks and of gradients it turns on
RULES = {
    "gauss-legendre": "gausslegendre",
    "left": "riemann_left",
    "midpoint": "riemann_middle",
    "right": "riemann_right",
}


class CNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.relu1 = nn.Conv2d(3, 6, 3, padding=1), nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.conv2, self.relu2 = nn.Conv2d(6, 8, 3), nn.ReLU()
        self.fc = nn.Linear(8 * 3 * 2, 5)

    def forward(self, x):
        x = self.pool(self.relu1(self.conv1(x)))
        return self.fc(self.relu2(self.conv2(x)).flatten(1))


class Functional(CNN):
    def forward(self, x):
        x = self.pool(nn.functional.relu(self.conv1(x)))
        return self.fc(nn.functional.relu(self.conv2(x)).flatten(1))


def weighted(model):
    generator = torch.Generator().manual_seed(11)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=torch.float64) / p[0].numel() ** 0.5
    return model.double().eval()


@pytest.fixture
def model():
    return weighted(CNN())


@pytest.fixture
def x():
    return torch.rand(2, 3, 10, 9, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


TARGETS = torch.tensor([3, 1])


def explained(model, x, method, **settings):
    return hp.explain(model, x, method, target=TARGETS, **settings)


@pytest.mark.parametrize("absolute", [False, True])
def test_gradient(model, x, absolute):
    theirs = attr.Saliency(model).attribute(x, target=TARGETS, abs=absolute)
    close(explained(model, x, "gradient", absolute=absolute), theirs)


def test_input_x_gradient(model, x):
    close(explained(model, x, "input_x_gradient"), attr.InputXGradient(model).attribute(x, target=TARGETS))


@pytest.mark.parametrize("ours", RULES)
@pytest.mark.parametrize("steps", [5, 40])
def test_integrated_gradients(model, x, ours, steps):
    b = torch.full_like(x, 0.25)
    theirs = attr.IntegratedGradients(model).attribute(x, b, TARGETS, n_steps=steps, method=RULES[ours])
    close(explained(model, x, "integrated_gradients", baseline=0.25, steps=steps, rule=ours), theirs, 1e-6)


@pytest.mark.parametrize("steps", [5, 40])
def test_captums_trapezoid_is_short_of_one_step(model, x, steps):
    """We are right: the weights of a rule on [0, 1] sum to 1. Captum's sum to (n - 1) / n."""
    theirs = attr.IntegratedGradients(model).attribute(x, 0.0, TARGETS, n_steps=steps, method="riemann_trapezoid")
    ours = explained(model, x, "integrated_gradients", steps=steps, rule="trapezoid")
    close(ours * (steps - 1) / steps, theirs, 1e-6)
    line = nn.Sequential(nn.Flatten(), nn.Linear(270, 5)).double()
    change = (line(x) - line(torch.zeros_like(x))).gather(1, TARGETS[:, None])[:, 0]
    close(explained(line, x, "integrated_gradients", steps=steps, rule="trapezoid").sum((1, 2, 3)), change)
    short = attr.IntegratedGradients(line).attribute(x, 0.0, TARGETS, n_steps=steps, method="riemann_trapezoid")
    close(short.sum((1, 2, 3)), change * (steps - 1) / steps, 1e-6)


def test_guided_backprop(model, x):
    close(explained(model, x, "guided_backprop"), attr.GuidedBackprop(model).attribute(x, target=TARGETS))


def test_captums_guided_backprop_does_not_see_functional_relus(model, x):
    """We are right: how a ReLU is written changes nothing. Captum silently returns the plain gradient."""
    functional = weighted(Functional())
    close(explained(functional, x, "guided_backprop"), explained(model, x, "guided_backprop"))
    theirs = attr.GuidedBackprop(functional).attribute(x, target=TARGETS)
    close(theirs, explained(model, x, "gradient"))
    assert float((theirs - explained(model, x, "guided_backprop")).abs().max()) > 0.01


@pytest.mark.parametrize("layer", ["conv1", "relu1", "pool", "conv2", "relu2"])
def test_grad_cam(model, x, layer):
    small = attr.LayerGradCam(model, getattr(model, layer)).attribute(x, TARGETS, relu_attributions=True)
    large = attr.LayerAttribution.interpolate(small, x.shape[2:], interpolate_mode="bilinear")
    close(explained(model, x, "grad_cam", layer=layer), large.expand_as(x))


@pytest.mark.parametrize("layer", ["conv1", "relu1", "pool", "conv2", "relu2"])
def test_grad_cam_as_captum_has_it(model, x, layer):
    small = attr.LayerGradCam(model, getattr(model, layer)).attribute(x, TARGETS)
    large = attr.LayerAttribution.interpolate(small, x.shape[2:])
    close(explained(model, x, "grad_cam", preset="captum", layer=layer), large.expand_as(x))


@pytest.mark.parametrize("layer", ["relu1", "conv2"])
def test_guided_grad_cam(model, x, layer):
    theirs = attr.GuidedGradCam(model, getattr(model, layer))
    bilinear = theirs.attribute(x, TARGETS, interpolate_mode="bilinear")
    close(explained(model, x, "guided_grad_cam", layer=layer), bilinear)
    close(explained(model, x, "guided_grad_cam", preset="captum", layer=layer), theirs.attribute(x, TARGETS))


def test_the_convolution_before_its_relu(model, x):
    small = attr.LayerGradCam(model, model.conv2).attribute(x, TARGETS, relu_attributions=True)
    large = nn.functional.interpolate(small, x.shape[2:], mode="bilinear", align_corners=True)
    close(explained(model, x, "grad_cam", preset="attribench2024"), large.expand_as(x))


@pytest.mark.parametrize(
    ("window", "stride"), [((3, 3, 2), (3, 2, 1)), ((1, 4, 4), (1, 3, 4)), ((2, 10, 9), (1, 1, 1))]
)
def test_occlusion(model, x, window, stride):
    theirs = attr.Occlusion(model).attribute(x, window, stride, baselines=0.3, target=TARGETS)
    # Captum adds up in float32.
    close(explained(model, x, "occlusion", window=window, stride=stride, baseline=0.3), theirs, 1e-6)


def test_occlusion_as_captum_has_it(model, x):
    theirs = attr.Occlusion(model).attribute(x, (3, 4, 4), target=TARGETS)
    close(explained(model, x, "occlusion", preset="captum", window=4), theirs, 1e-6)


@pytest.mark.parametrize("scale", ["optimal", "none"])
def test_infidelity(model, x, scale):
    sigma, n = 0.3, 40
    phi = explained(model, x, "input_x_gradient")
    ours = hp.score(model, x, phi, "infidelity", target=TARGETS, perturbation="gaussian", sigma=sigma, n=n, scale=scale)
    for i in range(len(x)):
        points = x[i] + sigma * noise(x[i], n, "infidelity")

        def perturb(inputs, points=points):
            return inputs - points, points

        how = {"target": int(TARGETS[i]), "n_perturb_samples": n, "normalize": scale == "optimal"}
        theirs = metrics.infidelity(model, perturb, x[i : i + 1], phi[i : i + 1], **how)
        assert float(ours[i]) == pytest.approx(float(theirs), rel=1e-8)


@pytest.mark.parametrize("method", ["gradient", "input_x_gradient"])
def test_max_sensitivity(model, x, method):
    radius, n = 0.1, 12
    captums = attr.Saliency(model) if method == "gradient" else attr.InputXGradient(model)
    settings = {"abs": False} if method == "gradient" else {}
    phi = explained(model, x, method)
    ours = hp.score(model, x, phi, "max_sensitivity", method=method, target=TARGETS, radius=radius, n=n)
    for i in range(len(x)):
        points = x[i] + radius * (2 * noise(x[i], n, "neighbours", kind="uniform") - 1)
        how = {"n_perturb_samples": n, "target": int(TARGETS[i]), **settings}
        theirs = metrics.sensitivity_max(captums.attribute, x[i : i + 1], lambda _, __, p=points: p, **how)
        assert float(ours[i]) == pytest.approx(float(theirs), rel=1e-8)


@pytest.mark.parametrize("method", ["gradient", "guided_backprop", "grad_cam", "guided_grad_cam"])
def test_relus_in_place(method):
    c = case(0, convolutional=True)
    plain, wet = (
        nn.Sequential(*(nn.ReLU(inplace) if isinstance(m, nn.ReLU) else m for m in c.model))
        for inplace in (False, True)
    )
    close(hp.explain(wet, c.images, method, target=0), hp.explain(plain, c.images, method, target=0))
    theirs = {"gradient": lambda: attr.Saliency(plain).attribute(c.images, 0, abs=False)}
    theirs["guided_backprop"] = lambda: attr.GuidedBackprop(plain).attribute(c.images, target=0)
    if method in theirs:
        close(hp.explain(wet, c.images, method, target=0), theirs[method]())
