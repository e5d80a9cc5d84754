"""Training of the small shipped networks: seeded, local, and written in one piece."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

from heatproof.data.imageset import ImageSet
from heatproof.models.quiet import quietly
from heatproof.train.recipes import RECIPES, Recipe, by_heart
from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.files import write_whole
from heatproof.vocabulary.rng import stream

Progress = Callable[[int, int, float], None]
"""(epoch, epochs, mean loss of the epoch), called after every epoch."""


@dataclass(frozen=True)
class TrainingResult:
    """What came out of a training."""

    accuracy: float
    """Share of the test split that the network names rightly."""
    path: Path
    """The weights, as safetensors."""
    seconds: float
    epochs: int
    images: int
    """Images of the test split."""
    learned: float
    """Share of the training images whose label, right or random, the network names."""


def train(
    name: str,
    *,
    out: Path,
    epochs: int | None = None,
    seed: int = 0,
    random_labels: bool = False,
    progress: Progress | None = None,
) -> TrainingResult:
    """Train a shipped network from the beginning; `out` is its weights file, or a folder for NAME.safetensors.

    With `random_labels` it learns by heart labels that were permuted once: the twin that data_randomization asks for.
    """
    if name not in RECIPES:
        raise problem("HP950", name=name, near=nearest(name, RECIPES), known=", ".join(RECIPES))
    recipe, began = RECIPES[name], time.perf_counter()
    about: dict[str, object] = {"network": name}
    if random_labels:
        recipe = by_heart(name, stream("train", name, seed, "labels"))
        about["labels"], name = "random", f"{name}-random-labels"
    epochs = recipe.epochs if epochs is None else epochs
    net = _initialised(quietly(recipe.build), stream("train", name, seed, "initial"))
    _fit(net, recipe, epochs, stream("train", name, seed, "course"), progress)
    # What is learned by heart survives in half the bytes; accuracies are those of what is stored.
    net = net.half().float() if random_labels else net
    test = recipe.data("test")
    score, learned = accuracy(net, test), accuracy(net, recipe.data("train"))
    about |= {"seed": seed, "epochs": epochs, "accuracy": round(score, 4)}
    path = out if out.suffix == ".safetensors" else out / f"{name}.safetensors"
    _write(path, save((net.half() if random_labels else net).state_dict(), {"heatproof": json.dumps(about)}))
    return TrainingResult(score, path, time.perf_counter() - began, epochs, len(test), learned)


def accuracy(net: nn.Module, data: ImageSet) -> float:
    """Share of the images whose largest logit is their label's."""
    assert data.labels is not None
    with torch.no_grad():
        hits = [
            net(x).argmax(1) == y
            for x, y in zip(torch.split(data.images, 250), torch.split(data.labels, 250), strict=True)
        ]
    return float(torch.cat(hits).float().mean())


def _initialised(net: nn.Module, random: Generator) -> nn.Module:
    """Kaiming-normal weights and zero biases, drawn from our own generator."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=random)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


def _fit(net: nn.Module, recipe: Recipe, epochs: int, random: Generator, progress: Progress | None) -> None:
    """Adam with one warm-up and a cosine end, over fresh variants of the images."""
    data = recipe.data("train")
    assert data.labels is not None
    steps = epochs * -(-len(data) // recipe.batch)
    adam = torch.optim.Adam(net.parameters(), recipe.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, recipe.rate, total_steps=max(steps, 1))
    for epoch in range(epochs):
        losses: list[Tensor] = []
        for batch in torch.split(torch.randperm(len(data), generator=random), recipe.batch):
            loss = cross_entropy(net(recipe.change(data.images[batch], random)), data.labels[batch])
            adam.zero_grad()
            torch.autograd.backward(loss)
            adam.step()
            schedule.step()
            losses.append(loss.detach())
        if progress:
            progress(epoch + 1, epochs, float(torch.stack(losses).mean()))


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise problem("HP951", path=path, reason=error.strerror or error) from error
