"""`heatproof train NAME`: makes a shipped network again."""

from __future__ import annotations

from pathlib import Path

import click

from heatproof.cli.options import Command, as_json, is_set
from heatproof.cli.streams import note, say
from heatproof.cli.table import show_json


@click.command("train", cls=Command)
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="File or folder; NAME.safetensors here if not given.")
@click.option("--epochs", type=click.IntRange(min=0), help="Passes over the training images.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--random-labels", is_flag=True, help="Learn permuted labels by heart: the twin for data_randomization.")
@as_json
def command(  # noqa: PLR0917 - click hands them over by name
    name: str, out: Path | None, epochs: int | None, seed: int, random_labels: bool, as_json: bool
) -> None:
    """Train one of the small networks that come with heatproof (digits-cnn, digits-mlp, planted-cnn)."""
    from heatproof.train.loop import train

    def tell(epoch: int, of: int, loss: float) -> None:
        if not is_set("quiet"):
            note(f"epoch {epoch} of {of}  loss {loss:.4f}")

    result = train(name, out=out or Path(), epochs=epochs, seed=seed, random_labels=random_labels, progress=tell)
    if as_json:
        show_json(vars(result))
    else:
        heart = f"{result.learned:.2%} of the random labels known by heart, " if random_labels else ""
        right = f"{result.accuracy:.2%} of {result.images} test images right"
        say(f"{result.path}: {heart}{right}, {result.seconds:.0f} s")
