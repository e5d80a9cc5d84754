"""`heatproof explain IMAGE`: the maps of one image, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heatproof.cli.options import Command
from heatproof.cli.streams import say

if TYPE_CHECKING:
    from torch import Tensor

    from heatproof.models.classifier import Classifier
    from heatproof.spec.entry import Entry


@click.command("explain", cls=Command)
@click.argument("image", type=click.Path(path_type=Path))
@click.option("--model", required=True, help="A model, as in a study (heatproof list models).")
@click.option(
    "--methods",
    default="gradient, smoothgrad, integrated_gradients",
    show_default=True,
    help="Names, with settings as in a study: 'gradient, smoothgrad: {n: 10}'.",
)
@click.option("--target", type=click.IntRange(min=0), help="Class number; the predicted class if not given.")
@click.option("--out", type=click.Path(path_type=Path), help="A .png or .html file; IMAGE-explained.png if not given.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--allow-plugins", is_flag=True, help="Run the Python files that are named.")
def command(  # noqa: PLR0917 - click passes options by name
    image: Path, model: str, methods: str, target: int | None, out: Path | None, seed: int, allow_plugins: bool
) -> None:
    """Explain one IMAGE: a picture of it beside one map for each method."""
    from heatproof.cli.picture import write_picture
    from heatproof.data.load import load_data
    from heatproof.models.load import load_model
    from heatproof.study.direct import explain

    path = out or Path(f"{image.stem}-explained.png")
    if path.suffix.lower() not in (".png", ".html", ".htm"):
        raise click.BadParameter(f"'{path}' must end in .png or .html", param_hint="--out")
    entries = _entries(methods, allow_plugins)
    classifier = load_model(model, allow_plugins=allow_plugins)
    images = load_data(f"folder:{image}", 1, input=classifier.input).images
    maps = {
        entry.label: explain(classifier, images, entry.formula.call, target=target, seed=seed, **entry.settings)
        for entry in entries
    }
    title = f"{image.name}: {_answer(classifier, images, target)}"
    write_picture(path, _pixels(images[0]), {name: phi[0].cpu().numpy() for name, phi in maps.items()}, title)
    say(f"{title}\n{path}")


def _entries(methods: str, allow_plugins: bool) -> tuple[Entry, ...]:
    """The methods, written as a YAML list without its brackets."""
    from heatproof.spec.entries import Entries
    from heatproof.spec.yaml import read_value
    from heatproof.vocabulary.errors import Problems, problem

    place = f"--methods {methods!r}"
    reader = Entries("methods", allow_plugins=allow_plugins)
    entries = reader.read(read_value(f"[{methods}]", place).data)
    if reader.findings:
        raise Problems(finding.error.at(place) for finding in reader.findings)
    if not entries:
        raise problem("HP106", place=place, key="--methods", valid="a list of methods", value="nothing")
    return entries


def _answer(classifier: Classifier, images: Tensor, target: int | None) -> str:
    """`espresso (class 967), probability 93 %`."""
    import torch

    with torch.no_grad():
        shares = classifier.module(images)[0].softmax(0)
    chosen = int(shares.argmax()) if target is None else target
    name = f"{classifier.classes[chosen]} (class {chosen})" if classifier.classes else f"class {chosen}"
    return f"{name}, probability {shares[chosen]:.0%}"


def _pixels(image: Tensor) -> Any:
    """(C, H, W) in [0, 1] as (H, W, 3)."""
    rgb = image[:3] if len(image) >= 3 else image[:1].expand(3, -1, -1)
    return rgb.permute(1, 2, 0).clamp(0, 1).cpu().numpy()
