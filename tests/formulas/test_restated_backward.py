"""Guided backpropagation and the Grad-CAM family against a backward pass written by hand and plain loops."""

import pytest
import torch
from small_cases import TWENTY, case, close
from torch import nn

import heatproof as hp


def passes(model, x):
    """Inputs and outputs of every layer."""
    kept, z = [], x[None]
    for layer in model:
        before, z = z, layer(z.clone())
        kept.append((layer, before, z))
    return kept


def guided(model, x, target):
    """Backward through the layers; a ReLU passes what is positive, where it was active."""
    steps = passes(model, x)
    g = torch.zeros_like(steps[-1][2])
    g[0, target] = 1
    for layer, before, after in reversed(steps):
        if isinstance(layer, nn.ReLU):
            g = torch.where((after > 0) & (g > 0), g, torch.zeros_like(g))
        else:
            inputs = before.detach().requires_grad_()
            (g,) = torch.autograd.grad(layer(inputs), inputs, g)
    return g[0]


def cam(model, x, target, layer):
    """relu(sum of channels times their mean gradients) of the layer at this place in the model."""
    a = model[: layer + 1](x[None].clone()).detach().requires_grad_()
    model[layer + 1 :](a.clone())[0, target].backward()
    weighted = sum(float(a.grad[0, k].mean()) * a[0, k] for k in range(a.shape[1]))
    return torch.where(weighted > 0, weighted, torch.zeros_like(weighted)).detach()


def enlarged(small, height, width):
    """Bilinear interpolation, pixels as squares: centres at (i + 1/2), edges repeated."""
    h, w = small.shape
    large = torch.zeros(height, width, dtype=small.dtype)
    for i in range(height):
        for j in range(width):
            y = min(max((i + 0.5) * h / height - 0.5, 0), h - 1)
            x = min(max((j + 0.5) * w / width - 0.5, 0), w - 1)
            top, left = int(y), int(x)
            for p, wp in ((top, 1 - (y - top)), (min(top + 1, h - 1), y - top)):
                for q, wq in ((left, 1 - (x - left)), (min(left + 1, w - 1), x - left)):
                    large[i, j] += wp * wq * small[p, q]
    return large


@TWENTY
def test_guided_backprop(number):
    c = case(number)
    close(hp.explain(c.model, c.images, "guided_backprop", target=c.target)[0], guided(c.model, c.x, c.target))


@pytest.mark.parametrize("write", ["functional", "method", "in place", "reused"])
def test_guided_backprop_however_the_relu_is_written(write):
    plain = case(1)
    relus = {"functional": nn.functional.relu, "method": lambda z: z.relu(), "in place": lambda z: z.relu_()}
    one = nn.ReLU()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.relu = plain.model, one

        def forward(self, z):
            act = relus.get(write, self.relu)
            for layer in self.layers:
                z = act(z) if isinstance(layer, nn.ReLU) else layer(z)
            return z

    found = hp.explain(Net(), plain.images, "guided_backprop", target=plain.target)[0]
    close(found, guided(plain.model, plain.x, plain.target))


@TWENTY
def test_grad_cam_and_guided_grad_cam(number):
    c = case(number, convolutional=True)
    layer = [2, 4, 5][number % 3]
    small = cam(c.model, c.x, c.target, layer)
    large = enlarged(small, *c.x.shape[1:]).expand_as(c.x)
    settings = {"target": c.target, "layer": str(layer)}
    close(hp.explain(c.model, c.images, "grad_cam", **settings)[0], large)
    both = hp.explain(c.model, c.images, "guided_grad_cam", **settings)[0]
    close(both, guided(c.model, c.x, c.target) * large)


def test_the_layer_found_by_itself_is_the_last_one_with_a_map_per_channel():
    c = case(2)
    close(
        hp.explain(c.model, c.images, "grad_cam", target=c.target),
        hp.explain(c.model, c.images, "grad_cam", target=c.target, layer="5"),
    )
