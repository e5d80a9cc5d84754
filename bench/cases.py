"""The models and images that both sides are given: digits at 28 pixels, photographs at 224."""

import contextlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from skimage.segmentation import slic
from torch import Tensor, nn

import heatproof as hp
from heatproof.study.session import batch_for

MODELS = {28: ("digits-cnn", "mnist5k", "relu2"), 224: ("efficientnet-lite0", "photos", "net.head.relu")}


@dataclass
class Case:
    """One model with images (N, C, H, W) in [0, 1] and the classes that it predicts for them."""

    side: int
    name: str
    model: nn.Module
    images: Tensor
    targets: Tensor
    layer: str
    """Where class activation maps look."""
    batch: int
    """Rows that the peer puts through the model at once: the number that heatproof takes for such images."""

    @property
    def per_image(self) -> int:
        """Perturbed copies of each image in one such batch."""
        return max(1, self.batch // len(self.images))

    def module(self) -> nn.Module:
        """The layer that class activation maps look at."""
        return self.model.get_submodule(self.layer)

    def first(self, count: int) -> "Case":
        """The same with fewer images."""
        return Case(**self.__dict__ | {"images": self.images[:count], "targets": self.targets[:count]})

    def segments(self, wanted: int) -> list[Tensor]:
        """A label (H, W) from 0 on for every pixel of every image, by SLIC with its parameter adapted (SLICO)."""
        return [torch.as_tensor(_segments(x.permute(1, 2, 0).numpy(), wanted)) for x in self.images]


def case(side: int, count: int) -> Case:
    """`count` images; where fewer photographs are installed, mirrored and darker ones stand in for the rest."""
    name, data, layer = MODELS[side]
    model = hp.load_model(name)
    images = hp.load_data(data, images=count, input=model.input).images
    while len(images) < count:
        images = torch.cat([images, images.flip(-1) * 0.9])[:count]
    module = model.module.eval()
    with torch.no_grad():
        targets = torch.cat([module(x) for x in images.split(16)]).argmax(1)
    rows = batch_for(tuple(images.shape[1:]), torch.device("cpu"))
    return Case(side, name, module, images.contiguous(), targets, layer, rows)


def _segments(image: np.ndarray, wanted: int) -> np.ndarray:
    return slic(image, n_segments=wanted, slic_zero=True, start_label=0, channel_axis=-1)


def quiet() -> Any:
    """Peers warn of hooks, of gradients that they turn on, and of NumPy."""
    warnings.simplefilter("ignore")
    return contextlib.nullcontext()


def quantus_module() -> Any:
    """Quantus, with the function that NumPy 2.4 no longer has and that Quantus 0.6.0 calls."""
    np.trapz = getattr(np, "trapz", np.trapezoid)  # type: ignore[attr-defined]
    quiet()
    import quantus

    return quantus


def differ(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference as a share of the largest value."""
    ours, theirs = ours.detach().double(), theirs.detach().double()
    return float((ours - theirs).abs().max() / theirs.abs().max().clamp_min(1e-30))
