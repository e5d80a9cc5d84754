"""`heatproof train-patches MODEL`: adversarial patches, as impact_coverage needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from heatproof.cli.options import Command, OneOf, as_json, is_set
from heatproof.cli.streams import note, say
from heatproof.cli.table import show_json


def _numbers(context: click.Context, option: click.Parameter, text: str | None) -> list[int] | None:
    """`0,1,9` as numbers."""
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(f"'{text}' is no list of class numbers like 0,1,9", context, option) from None


@click.command("train-patches", cls=Command)
@click.argument("model")
@click.option("--data", metavar="SET", required=True, help="A data set, or folder:PATH.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("patches.safetensors"), show_default=True)
@click.option("--weights", type=click.Path(path_type=Path), help="A weights file for MODEL.")
@click.option("--targets", metavar="0,1,..", callback=_numbers, help="Classes; the first ten if not given.")
@click.option("--area", type=float, help="Share of the image under a patch.  [default: 0.1]")
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the images.  [default: 5]")
@click.option("--batch", type=click.IntRange(min=1), help="Images per step.  [default: 64]")
@click.option("--rate", type=float, help="Learning rate, in units of the normalised image.  [default: 0.05]")
@click.option("--images", type=click.IntRange(min=2), help="Training images that are used at most.  [default: 1000]")
@click.option("--held-out", type=click.IntRange(min=1), default=500, show_default=True, help="Images to judge on.")
@click.option(
    "--place", type=OneOf(("image", "batch")), help="A random place per image or per batch.  [default: image]"
)
@click.option("--plateau", is_flag=True, help="Halve the rate when the validation loss stops to fall.")
@click.option(
    "--keep",
    type=OneOf(("validation", "training", "last")),
    help="The loss that chooses the epoch.  [default: validation]",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--allow-plugins", is_flag=True, help="Run the Python file that MODEL or the data name.")
@as_json
def command(  # noqa: PLR0917 - click hands them over by name
    model: str,
    data: str,
    out: Path,
    weights: Path | None,
    held_out: int,
    allow_plugins: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Make patches which, pasted anywhere, have MODEL take an image for their class.

    They are made on training images and judged on test images. Interrupted, the same command continues.
    """
    from heatproof.models.load import load_model
    from heatproof.train.lessons import learned_and_held_out
    from heatproof.train.patch_file import make_patches, outputs_of
    from heatproof.train.patch_settings import PatchSettings, patch_settings

    classifier = load_model(model, weights=weights, allow_plugins=allow_plugins)
    many = given["images"] or PatchSettings.images
    learned, judged = learned_and_held_out(data, classifier.input, many, held_out, allow_plugins=allow_plugins)
    wanted = {name: value for name, value in given.items() if value not in (None, False)}
    settings = patch_settings(wanted, outputs_of(classifier, judged))

    def tell(target: int, epoch: int, of: int, loss: float) -> None:
        if not is_set("quiet"):
            note(f"class {target}: epoch {epoch} of {of}  loss {loss:.4f}")

    about = {"model": model, "source": classifier.source}
    made = make_patches(out, classifier.module, learned, judged, settings, about=about, progress=tell)
    rows = [{"target": m.patch.target, "success": m.success, "all_images": m.all_images, "loss": m.loss} for m in made]
    if as_json:
        show_json({"path": str(out), "held_out": len(judged), "patches": rows})
        return
    for m in made:
        share = "no held-out image is of another class" if m.success is None else f"{m.success:.1%} taken for it"
        say(f"class {m.patch.target}: {share}")
    say(f"{out}: patches of {made[0].patch.pixels.shape[-1]} pixels, judged on {len(judged)} images")
