"""`heatproof list`: what there is, without importing any of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from heatproof.cli.options import Command, OneOf, as_json
from heatproof.cli.table import show
from heatproof.data.sets.catalogue import KNOWN
from heatproof.data.sets.known import KnownSet


def _needs(known: KnownSet) -> str:
    """Where a known data set comes from, in short."""
    if known.by_hand:
        return "files of your own"
    return f"heatproof fetch {known.name}" + (f", or the package {known.package.name}" if known.package else "")


MODELS = {
    "digits-cnn": ("28 x 28 digits", "small CNN, weights in the package"),
    "digits-mlp": ("28 x 28 digits", "small MLP, weights in the package"),
    "planted-cnn": ("32 x 32 planted images", "small CNN, weights in the package"),
    "efficientnet-lite0": ("224 x 224 photographs", "trained on ImageNet, weights in the extra `demo`"),
    "mnist-mlp": ("28 x 28, any data", "784-2500-1500-500-10 of the sanity checks; heatproof train, or a weights file"),
    "mnist-cnn": ("28 x 28, any data", "LeNet-like CNN of the sanity checks; heatproof train, or a weights file"),
    "basic-cnn": ("28 x 28, any data", "small CNN of the general benchmark; heatproof train, or a weights file"),
    "lenet5": ("28 x 28, any data", "LeNet-5 with public robust twins; heatproof train, or a weights file"),
    **{
        f"cifar-resnet{layers}": ("32 x 32, any data", f"ResNet-{layers}; heatproof train, or a weights file")
        for layers in (20, 32, 44, 56)
    },
    "torchvision:NAME": ("", "any classifier of torchvision, extra `vision`"),
    "timm:NAME": ("", "any classifier of timm, extra `vision`"),
    "hf:NAME": ("", "image classifiers of transformers, extra `hf`"),
    "file.py:factory": ("", "a function of yours that returns an nn.Module, with --allow-plugins"),
}
DATA = {
    "mnist5k": ("5,000 real handwritten digits, 28 x 28", "extra `demo`"),
    "photos": ("real photographs inside installed packages", "more with the extra `demo`"),
    "planted": ("generated images whose evidence is known pixel by pixel", ""),
    **{known.name: (known.title, _needs(known)) for known in KNOWN.values()},
    "./folder": ("a folder of images, with class folders or a labels.csv", ""),
    "file.py:factory": ("a function of yours that returns images and labels", "with --allow-plugins"),
}
Rows = list[dict[str, Any]]


@click.command("list", cls=Command)
@click.argument("kind", metavar="KIND", type=OneOf(("methods", "metrics", "models", "data", "studies")))
@as_json
def command(kind: str, as_json: bool) -> None:
    """Show what there is; KIND is methods, metrics, models, data or studies."""
    make, columns = KINDS[kind]
    show(make(), as_json=as_json, columns=columns)


def _formulas(kind: str) -> Rows:
    from heatproof.vocabulary.listing import listing

    arrows = {"higher": "higher is better", "lower": "lower is better"}
    return [
        {**asdict(f), "better": arrows.get(f.better, ""), "settings": dict(f.settings), "set": _written(f.settings)}
        for f in listing(kind)
    ]


def _written(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={'null' if value is None else value}" for name, value in settings.items())


def _models() -> Rows:
    return [{"name": name, "input": shape, "about": about} for name, (shape, about) in MODELS.items()]


def _data() -> Rows:
    return [{"name": name, "about": about, "needs": needs} for name, (about, needs) in DATA.items()]


def _studies() -> Rows:
    from heatproof.spec.packaged import packaged_studies

    return [{"name": name, "about": about} for name, about in packaged_studies().items()]


KINDS: dict[str, tuple[Callable[[], Rows], Sequence[str]]] = {
    "methods": (lambda: _formulas("method"), ("name", "family", "paper", "set", "summary")),
    "metrics": (lambda: _formulas("metric"), ("name", "family", "better", "paper", "set", "summary")),
    "models": (_models, ("name", "input", "about")),
    "data": (_data, ("name", "about", "needs")),
    "studies": (_studies, ("name", "about")),
}
