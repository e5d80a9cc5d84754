"""`heatproof train NAME`: makes the weights of a network, or of a twin of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heatproof.cli.options import Command, OneOf, as_json, is_set
from heatproof.cli.streams import note, say
from heatproof.cli.table import show_json

if TYPE_CHECKING:
    from heatproof.train.loop import TrainingResult

KNOWN_BY_HEART = 0.95
"""Share of random labels from which on a network counts as knowing them."""


@click.command("train", cls=Command)
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="File or folder; NAME.safetensors here if not given.")
@click.option("--data", metavar="SET", help="A data set, or folder:PATH (every fifth image is held out).")
@click.option("--root", metavar="FOLDER", help="Where a known data set lies; $HEATPROOF_DATA if not given.")
@click.option("--images", type=click.IntRange(min=1), help="At most so many training images.")
@click.option("--epochs", type=click.IntRange(min=0), help="Passes over the training images.")
@click.option("--batch", type=click.IntRange(min=1), help="Images per step.")
@click.option("--rate", type=float, help="Learning rate.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--reg", type=float, help="Adds REG/2 times the squared weights of all layers but the last to the loss.")
@click.option("--random-labels", is_flag=True, help="Learn permuted labels by heart: the twin for data_randomization.")
@click.option("--noise", type=float, help="Learn from images with noise of this standard deviation.")
@click.option("--adversarial", type=OneOf(("l2", "linf")), help="Learn from attacked images: a robust twin.")
@click.option("--epsilon", type=float, help="How far an attacked image may be moved; images are in [0, 1].")
@click.option("--attack-steps", type=click.IntRange(min=1), help="Steps of the attack.")
@click.option("--step", "attack_step", type=float, help="Length of one; 2.5 EPSILON/STEPS if not given.")
@click.option("--random-start", is_flag=True, help="Begin the attack at a random place of the ball.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, mps: where to compute.")
@click.option("--resume/--fresh", default=True, help="Continue an unfinished training (the default), or begin anew.")
@as_json
def command(name: str, out: Path | None, resume: bool, as_json: bool, **given: Any) -> None:
    """Train a network of `heatproof list models`, by its recipe and what is set here.

    Interrupted, the same command continues and ends with the same bytes.
    """
    from heatproof.train.loop import train

    def tell(epoch: int, of: int, loss: float) -> None:
        if not is_set("quiet"):
            note(f"epoch {epoch} of {of}  loss {loss:.4f}")

    wanted = {setting: value for setting, value in given.items() if value not in (None, False)}
    result = train(name, out=out or Path(), progress=tell, fresh=not resume, **wanted)
    if as_json:
        show_json(vars(result))
    else:
        _say(result, random_labels=given["random_labels"])


def _say(result: TrainingResult, *, random_labels: bool) -> None:
    """What came out, in one line; a second where random labels are not known by heart."""
    heart = "of the random labels known by heart" if random_labels else "of the training images"
    right = f"{result.accuracy:.2%} of {result.images} test images right"
    robust = "" if result.robust is None else f", {result.robust:.2%} under attack"
    say(f"{result.path}: {right}{robust}, {result.learned:.2%} {heart}, {result.seconds:.0f} s")
    if random_labels and result.learned < KNOWN_BY_HEART:
        note(f"fewer than {KNOWN_BY_HEART:.0%} of the random labels are known: give it more --epochs")
