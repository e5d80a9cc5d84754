"""Networks of other packages, imported when one is asked for: `torchvision:NAME`, `timm:NAME`, `hf:NAME`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import torch
from torch import nn

from heatproof.models.imagenet import imagenet_classes
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import HeatproofError, nearest, problem


@dataclass(frozen=True)
class Found:
    """A network of another package, with what the package says about it."""

    net: nn.Module
    input: InputSpec
    classes: tuple[str, ...] | None


def from_torchvision(name: str, pretrained: bool) -> Found:
    """A classifier of torchvision with its default weights."""
    models = imported("torchvision.models", extra="vision")
    if name not in models.list_models():
        raise problem("HP911", package="torchvision", name=name, near=nearest(name, models.list_models()))
    weights = models.get_model_weights(name).DEFAULT
    preset = weights.transforms()
    if not hasattr(preset, "crop_size"):
        raise problem("HP911", package="torchvision", name=name, near="")
    net = _fetched("torchvision", name, lambda: models.get_model(name, **_wanted(name, weights, pretrained)))
    size = preset.crop_size[0]
    crop, how = min(1.0, size / preset.resize_size[0]), _interpolation(preset.interpolation.value)
    spec = InputSpec(3, size, size, tuple(preset.mean), tuple(preset.std), crop, how)
    return Found(net, spec, tuple(weights.meta["categories"]))


def _wanted(name: str, weights: Any, pretrained: bool) -> dict[str, Any]:
    """With its own weights, or ready for a file of the same kind.

    The weights of these two come from TensorFlow: they rescale their input once more, and their auxiliary heads serve
    training only. torchvision says so when it loads them itself, and must be told when a person does.
    """
    if pretrained:
        return {"weights": weights}
    if name in ("googlenet", "inception_v3"):
        return {"weights": None, "aux_logits": False, "transform_input": True, "init_weights": False}
    return {"weights": None}


def from_timm(name: str, pretrained: bool) -> Found:
    """A classifier of timm, cut and normalised as its configuration says."""
    timm = imported("timm", extra="vision")
    if not timm.is_model(name):
        raise problem("HP911", package="timm", name=name, near=nearest(name, timm.list_models()))
    net = _fetched("timm", name, lambda: timm.create_model(name, pretrained=pretrained))
    said = timm.data.resolve_data_config({}, model=net)
    how = _interpolation(said["interpolation"])
    channels, height, width = said["input_size"]
    spec = InputSpec(channels, height, width, tuple(said["mean"]), tuple(said["std"]), said["crop_pct"], how)
    return Found(net, spec, imagenet_classes() if net.num_classes == 1000 else None)


def from_hf(name: str, pretrained: bool) -> Found:
    """A classifier of the Hugging Face hub, or of a folder that it was saved to."""
    hf = imported("transformers", extra="hf")
    config = _fetched("transformers", name, lambda: hf.AutoConfig.from_pretrained(name))
    auto = hf.AutoModelForImageClassification
    make = (lambda: auto.from_pretrained(name)) if pretrained else (lambda: auto.from_config(config))
    net = _fetched("transformers", name, make)
    processor = hf.AutoImageProcessor
    spec = _fetched(
        "transformers", name, lambda: hf_input(processor.from_pretrained(name).to_dict(), config.num_channels)
    )
    names = {int(number): str(text) for number, text in config.id2label.items()}
    return Found(net, spec, tuple(names[i] for i in sorted(names)))


def hf_input(said: dict[str, Any], channels: int) -> InputSpec:
    """The input that the dictionary of an image processor describes."""
    resized = _edge(said["size"])
    size = _edge(said["crop_size"]) if said.get("do_center_crop") else resized
    crop = said.get("crop_pct") or min(1.0, size / resized)
    normalise = said.get("do_normalize", True)
    mean, std = (said["image_mean"], said["image_std"]) if normalise else ((0.0,) * channels, (1.0,) * channels)
    how = _interpolation({3: "bicubic"}.get(said.get("resample", 2), "bilinear"))
    return InputSpec(channels, size, size, tuple(mean), tuple(std), crop, how)


HUBS: dict[str, Callable[[str, bool], Found]] = {"torchvision": from_torchvision, "timm": from_timm, "hf": from_hf}


def imported(module: str, *, extra: str) -> Any:
    """An optional package; the two ways in which it usually fails are answered in one line."""
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise problem("HP902", package=error.name or package, extra=extra) from error
    except Exception as error:  # a package built for another torch fails with whatever its first operator says
        reason = " ".join(str(error).split())[:120]
        raise problem(
            "HP901", package=package, version=_version(package), torch=torch.__version__, reason=reason
        ) from error


def _version(package: str) -> str:
    """The installed version, in words where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "(unknown version)"


def _fetched(package: str, name: str, make: Callable[[], Any]) -> Any:
    """make(), which may have to download; its failure in one line."""
    try:
        return make()
    except HeatproofError:
        raise
    except Exception as error:  # network, cache, disk and hub each have their own exceptions
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise problem("HP912", package=package, name=name, reason=reason) from error


def _edge(size: int | dict[str, int]) -> int:
    """The one length of a Hugging Face size."""
    if isinstance(size, int):
        return size
    return size.get("shortest_edge") or size["height"]


def _interpolation(name: str) -> Literal["bilinear", "bicubic"]:
    """The nearest of our two filters."""
    return "bicubic" if name in ("bicubic", "lanczos") else "bilinear"
