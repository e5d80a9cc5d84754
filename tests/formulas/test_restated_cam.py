"""The class-activation family against plain loops over channels and positions, written from the papers."""

import math

import pytest
import torch
from restated import fill, score
from small_cases import TWENTY, case, close
from torch import nn

import heatproof as hp
from heatproof.vocabulary.blends import Blended

LAYERS = [2, 4, 5]
"""Behind the first ReLU, the last convolution, behind the last ReLU."""
UPSAMPLINGS = ["bilinear", "bilinear_corners", "nearest"]
SCALES = ["none", "max", "min_max", "min_max_full_size"]
LINKS = ["logit", "probability", "log_probability", "margin"]


def at_layer(c, layer):
    """Activations (k, h, w) of a layer, and the gradients of the logit with respect to them."""
    a = c.model[: layer + 1](c.x[None].clone()).detach().requires_grad_()
    c.model[layer + 1 :](a.clone())[0, c.target].backward()
    return a[0].detach(), a.grad[0]


def places(short, long, how):
    """For each of `long` pixels in a row, which of `short` values it sees, with which weights."""
    seen = []
    for i in range(long):
        if how == "nearest":
            seen.append([(i * short // long, 1.0)])
            continue
        at = i * (short - 1) / max(long - 1, 1) if how == "bilinear_corners" else (i + 0.5) * short / long - 0.5
        at = min(max(at, 0), short - 1)
        low = int(at)
        seen.append([(low, 1 - (at - low)), (min(low + 1, short - 1), at - low)])
    return seen


def enlarged(small, height, width, how):
    large = torch.zeros(height, width, dtype=small.dtype)
    rows, columns = places(small.shape[0], height, how), places(small.shape[1], width, how)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            large[i, j] = sum(wp * wq * small[p, q] for p, wp in row for q, wq in column)
    return large


def to_unit(m):
    low, high = float(m.min()), float(m.max())
    return (m - low) / (high - low) if high > low else torch.zeros_like(m)


def finished(c, small, relu=True, how="bilinear", scaled="none"):
    """The map of a layer as it is handed out."""
    if relu:
        small = torch.tensor([[max(float(v), 0.0) for v in row] for row in small], dtype=small.dtype)
    if scaled == "max" and float(small.max()) > 0:
        small = small / float(small.max())
    if scaled == "min_max":
        small = to_unit(small)
    large = enlarged(small, *c.x.shape[1:], how)
    return (to_unit(large) if scaled == "min_max_full_size" else large).expand_as(c.x)


def choice(number):
    """One of the combinations of settings that all members of the family have."""
    return number % 5 > 0, UPSAMPLINGS[number // 2 % 3], SCALES[(number + number // 4) % 4]


def explained(c, method, layer, number, **more):
    relu, how, scaled = choice(number)
    given = {"layer": str(layer), "relu": relu, "upsampling": how, "scaled": scaled, **more}
    return hp.explain(c.model, c.images, method, target=c.target, **given)[0]


@TWENTY
def test_grad_cam(number):
    c, layer = case(number, convolutional=True), LAYERS[number % 3]
    a, g = at_layer(c, layer)
    small = sum(float(g[k].mean()) * a[k] for k in range(len(a)))
    close(explained(c, "grad_cam", layer, number), finished(c, small, *choice(number)))


def alpha(a, g, k, i, j, third):
    """Closed form of the weight of a position, for exp(score) behind the layer."""
    second = float(g[k, i, j]) ** 2
    if third == "position":
        rest = sum(max(float(v), 0.0) for v in a[k].flatten()) * float(g[k, i, j]) ** 3
    else:
        rest = sum(float(v) * float(w) ** 3 for v, w in zip(a[k].flatten(), g[k].flatten(), strict=True))
    return second / (2 * second + rest) if second else 0.0


@TWENTY
@pytest.mark.parametrize("third", ["position", "products"])
def test_grad_cam_plus_plus(number, third):
    c, layer = case(number, convolutional=True), LAYERS[number % 3]
    a, g = at_layer(c, layer)
    small = torch.zeros_like(a[0])
    for k in range(len(a)):
        cells = [(i, j) for i in range(a.shape[1]) for j in range(a.shape[2])]
        small += sum(alpha(a, g, k, i, j, third) * max(float(g[k, i, j]), 0.0) for i, j in cells) * a[k]
    found = explained(c, "grad_cam_plus_plus", layer, number, third=third)
    close(found, finished(c, small, *choice(number)))


def test_the_weights_come_from_the_derivatives_of_an_exponential():
    """alpha = Y'' / (2 Y'' + sum A Y'''), the equation of the paper, with Y = exp(S) differentiated three times."""
    c = case(4, convolutional=True)
    a, g = at_layer(c, 5)
    here = score(c.model, c.x, c.target)
    for k, i, j in g.clamp_min(0).nonzero().tolist():
        v = a[k, i, j].clone().requires_grad_()
        moved = a.clone()
        moved[k, i, j] = v
        order = [torch.exp(c.model[6:](moved[None])[0, c.target] - here)]
        for _ in range(3):
            order += torch.autograd.grad(order[-1], v, create_graph=True)
        _, first, second, third = (float(d.detach()) for d in order)
        assert first == pytest.approx(float(g[k, i, j]))
        by_hand = second / (2 * second + float(a[k].sum()) * third)  # behind a ReLU
        assert alpha(a, g, k, i, j, "position") == pytest.approx(by_hand)


@TWENTY
def test_score_cam(number):
    c, layer = case(number, convolutional=True), LAYERS[number % 3]
    link, name = LINKS[number % 4], ["black", "mean", "blur", 0.4][number % 4]
    weights, stretched = ["softmax", "increase"][number % 2], ["after", "before"][number // 2 % 2]
    how = UPSAMPLINGS[number // 3 % 3]
    a, _ = at_layer(c, layer)
    b, size = fill(c.x, name), c.x.shape[1:]
    scores = []
    for channel in a:
        mask = (
            enlarged(to_unit(channel), *size, how) if stretched == "before" else to_unit(enlarged(channel, *size, how))
        )
        scores.append(score(c.model, mask * c.x + (1 - mask) * b, c.target, link))
    if weights == "softmax":
        total = sum(math.exp(s) for s in scores)
        w = [math.exp(s) / total for s in scores]
    else:
        w = [s - score(c.model, b, c.target, link) for s in scores]
    small = sum(w[k] * a[k] for k in range(len(a)))
    given = {"link": link, "baseline": name, "weights": weights, "stretched": stretched, "mask_upsampling": how}
    close(explained(c, "score_cam", layer, number, **given), finished(c, small, *choice(number)))


def test_the_score_of_the_baseline_changes_no_softmax():
    c = case(6, convolutional=True)
    a, _ = at_layer(c, 5)
    masks = [to_unit(enlarged(channel, *c.x.shape[1:], "bilinear")) for channel in a]
    black = score(c.model, torch.zeros_like(c.x), c.target)
    gains = torch.tensor([score(c.model, m * c.x, c.target) - black for m in masks], dtype=torch.float64)
    small = torch.einsum("k,khw->hw", torch.softmax(gains, 0), a)
    close(hp.explain(c.model, c.images, "score_cam", target=c.target, layer="5")[0], finished(c, small))


class Dead(nn.Module):
    """Of its three channels the first is 0 everywhere and the second constant."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 3, 1), nn.Linear(3, 2)
        self.conv.weight.data = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1, 1)
        self.conv.bias.data = torch.tensor([-1.0, 2.0, 0.0])

    def forward(self, x):
        return self.fc(self.conv(x).relu().mean((2, 3)))


@pytest.mark.parametrize("method", ["grad_cam", "grad_cam_plus_plus", "score_cam"])
@pytest.mark.parametrize("scaled", SCALES)
def test_channels_without_anything_to_show(method, scaled):
    net, x = Dead().double(), torch.rand(1, 1, 5, 4, dtype=torch.float64)
    found = hp.explain(net, x, method, target=0, scaled=scaled)
    assert torch.isfinite(found).all()
    nothing = hp.explain(net, torch.zeros_like(x), method, target=0, scaled=scaled)
    assert torch.isfinite(nothing).all()
    assert float(nothing.max() - nothing.min()) < 1e-12


def test_a_constant_channel_lets_nothing_through():
    net, x = Dead().double(), torch.rand(1, 1, 5, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    seen = []
    handle = net.register_forward_pre_hook(lambda _, z: seen.append(z[0].clone()))
    hp.explain(net, x, "score_cam", target=0, layer="conv", batch=1)
    handle.remove()
    black, black_too, itself = (float(z.abs().sum()) for z in seen[-3:])
    assert black == black_too == 0
    assert itself > 0


def test_gradients_too_small_to_be_squared():
    """1e-30 squared is no number of float32, and the weight of the position is g / 2 all the same."""
    c = case(0, convolutional=True)
    for p in c.model[7].parameters():
        p.data *= 1e-30
    a, g = at_layer(c, 5)
    assert float(g.float().square().max()) == 0
    small = sum(float(g[k].clamp_min(0).sum()) / 2 * a[k] for k in range(len(a)))
    model = c.model.float()
    found = hp.explain(model, c.images.float(), "grad_cam_plus_plus", target=c.target, layer="5")[0]
    close(found, finished(c, small), 1e-5)


@pytest.mark.parametrize(("value", "weight"), [(0.5, 1.0), (0.0, 2.0), (-0.25, 2.0), (-0.5, 2.0), (-1.0, 2.0)])
def test_negative_activations_count_as_nothing_in_the_weights(value, weight):
    net = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Flatten(), nn.Linear(4, 2)).double()
    net[0].weight.data.fill_(1.0)
    net[0].bias.data.zero_()
    net[2].weight.data.fill_(1.0)  # g = 1, so that alpha would be 1 / (2 + 4 value), which has a pole at -1/2
    x = torch.full((1, 1, 2, 2), value, dtype=torch.float64)
    settings = {"target": 0, "relu": False}
    close(hp.explain(net, x, "grad_cam_plus_plus", **settings), weight * x)
    if value == -0.5:
        assert torch.isnan(hp.explain(net, x, "grad_cam_plus_plus", third="products", **settings)).all()


def test_twelve_hundred_channels_never_make_twelve_hundred_images(monkeypatch):
    net = nn.Sequential(nn.Conv2d(3, 1280, 1, stride=32), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    x = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    built, rows = [], Blended.rows

    def watched(points, start, stop):
        built.append(stop - start)
        return rows(points, start, stop)

    monkeypatch.setattr(Blended, "rows", watched)
    found = hp.explain(net, x, "score_cam", target=0, batch=16)
    assert torch.isfinite(found).all()
    assert sum(built) == 1280
    assert max(built) == 16
