"""Captum's methods with random numbers, in float64: it is handed our numbers, and then has to find our maps."""

import inspect

import numpy as np
import pytest
import torch
from captum import attr
from restated import noise
from small_cases import case, close, normalising

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # captum warns of the gradients it turns on
SIGMA = 0.25  # exact in float32, in which captum keeps deviations
TUNNELS = {"smoothgrad": "smoothgrad", "smoothgrad_squared": "smoothgrad_sq", "vargrad": "vargrad"}


def explained(c, method, **settings):
    return hp.explain(c.model, c.images, method, target=c.target, **settings)[0]


def behind(c):
    """The image as the network behind the normalisation sees it: (1, C, H, W)."""
    return ((c.x - c.zero) / c.unit)[None]


@pytest.fixture
def ours(monkeypatch):
    """Captum draws the numbers that belong to this image."""

    def hand_over(c, references=1):
        name, like = (0, Image.of(c.x).id, "references"), torch.zeros(2, dtype=torch.float64)

        def drawn(n):
            return draw(name, 0, n, like, "uniform", drawn=torch.float64).numpy()

        def choice(count, n):
            assert count == references
            return (drawn(n)[:, 0] * count).astype(int)

        def normal(mean, std):
            e = noise(c.x, len(std))
            return mean + std.to(e) * e

        monkeypatch.setattr(torch, "normal", normal)
        monkeypatch.setattr(np.random, "choice", choice)
        monkeypatch.setattr(np.random, "uniform", lambda low, high, n: low + (high - low) * drawn(n)[:, 1])

    return hand_over


@pytest.mark.parametrize("number", [0, 1, 4])
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("method", TUNNELS)
def test_noise_around_the_gradient(ours, method, absolute, number):
    c, n = case(number), 9
    ours(c)
    settings = {} if method == "smoothgrad_squared" else {"absolute": absolute}
    found = explained(c, method, sigma=SIGMA, n=n, scale="absolute", **settings)
    how = {"nt_type": TUNNELS[method], "nt_samples": n, "stdevs": SIGMA, "target": c.target}
    close(found, attr.NoiseTunnel(attr.Saliency(c.model)).attribute(c.images, abs=absolute, **how)[0])


@pytest.mark.parametrize("rule", ["gauss-legendre", "left", "midpoint", "right"])
@pytest.mark.parametrize("number", [2, 3])
def test_ig_smoothgrad(ours, number, rule):
    c, n, m = case(number), 5, 7  # cases without a max pool, whose maximum over a constant baseline is a tie
    ours(c)
    settings = {"sigma": SIGMA, "n": n, "scale": "absolute", "baseline": 0.25, "steps": m, "rule": rule}
    tunnel = attr.NoiseTunnel(attr.IntegratedGradients(c.model))
    theirs = {"gauss-legendre": "gausslegendre", "midpoint": "riemann_middle"}.get(rule, f"riemann_{rule}")
    start = torch.full_like(c.images, 0.25)
    how = {"nt_samples": n, "stdevs": SIGMA, "target": c.target, "n_steps": m, "method": theirs, "baselines": start}
    close(explained(c, "ig_smoothgrad", **settings), tunnel.attribute(c.images, **how)[0], 1e-6)


@pytest.mark.parametrize("sigma", [0.0, SIGMA])
@pytest.mark.parametrize("number", [0, 1, 4])
def test_expected_gradients(ours, number, sigma):
    """With noise, captum too multiplies by the distance of the noisy image from the reference."""
    c, n = case(number), 11
    reference = torch.rand(4, *c.x.shape, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    ours(c, len(reference))
    found = explained(c, "expected_gradients", reference=reference, n=n, sigma=sigma)
    theirs = attr.GradientShap(c.model).attribute(c.images, reference, n, sigma, c.target)
    # Captum keeps the shares of the way in float32.
    close(found, theirs[0], 1e-5)


CAPTUM = {
    "gradient": attr.Saliency,
    "input_x_gradient": attr.InputXGradient,
    "integrated_gradients": attr.IntegratedGradients,
    "smoothgrad": lambda net: attr.NoiseTunnel(attr.Saliency(net)),
    "smoothgrad_squared": lambda net: attr.NoiseTunnel(attr.Saliency(net)),
    "vargrad": lambda net: attr.NoiseTunnel(attr.Saliency(net)),
    "expected_gradients": attr.GradientShap,
}


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("method", CAPTUM)
def test_the_preset_is_what_captum_does_when_it_is_told_nothing(ours, method, number):
    """Captum is handed the network and what it sees; ours the network with its normalisation, and the pixels."""
    c = normalising(number)
    u, more = behind(c), {}
    ours(c, 3)
    theirs = {"nt_type": TUNNELS[method]} if method in TUNNELS else {}
    if method == "expected_gradients":
        more["reference"] = torch.rand(3, *c.x.shape, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
        theirs["baselines"] = (more["reference"] - c.zero) / c.unit
    expected = CAPTUM[method](c.inner).attribute(u, target=c.target, **theirs)[0]
    close(explained(c, method, preset="captum", **more), expected, 1e-5 if more else 1e-6)


def test_captums_defaults_are_still_those_of_the_presets():
    def defaults(call, *names):
        return [inspect.signature(call).parameters[name].default for name in names]

    assert defaults(attr.Saliency.attribute, "abs") == [True]
    assert defaults(attr.NoiseTunnel.attribute, "nt_samples", "stdevs") == [5, 1.0]
    assert defaults(attr.GradientShap.attribute, "n_samples", "stdevs") == [5, 0.0]
    names = ("baselines", "n_steps", "method")
    assert defaults(attr.IntegratedGradients.attribute, *names) == [None, 50, "gausslegendre"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_captums_vargrad_in_float32_is_rounding_error_where_gradients_are_large(ours, dtype):
    """We are right: f = 1e4 x + x^2 / 2 has the variance sigma^2; captum takes the mean square less the square mean."""

    class Steep(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return (1e4 * x + 0.5 * x * x).sum((1, 2, 3))[:, None] + self.unused

    steep, x = Steep().to(dtype), torch.zeros(1, 1, 4, 5, dtype=dtype)
    ours(case(0)._replace(x=x[0]))
    tunnel = attr.NoiseTunnel(attr.Saliency(steep))
    theirs = tunnel.attribute(x, nt_type="vargrad", nt_samples=400, stdevs=SIGMA, abs=False) / SIGMA**2
    found = hp.explain(steep, x, "vargrad", sigma=SIGMA, scale="absolute", n=400, target=0, batch=64) / SIGMA**2
    assert float((found - 1).abs().max()) < 4.5 * (2 / 400) ** 0.5
    if dtype == torch.float32:
        assert float((theirs - 1).abs().max()) > 10
    else:
        close(found, theirs, 1e-3)
