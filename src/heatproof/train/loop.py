"""Training: seeded, local, continued after any interruption, and written in one piece."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from heatproof.models.about import written
from heatproof.models.classifier import Normalised
from heatproof.models.prepare import device_for
from heatproof.models.quiet import quietly
from heatproof.models.zoo import ZOO
from heatproof.train.accuracy import accuracy, robust_accuracy
from heatproof.train.course import Course, attack_of
from heatproof.train.initial import initialised
from heatproof.train.lessons import Lessons, lessons
from heatproof.train.recipes import differing, settled
from heatproof.train.resume import Checkpoint
from heatproof.train.settings import Settings
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.files import write_whole
from heatproof.vocabulary.rng import stream

Progress = Callable[[int, int, float], None]
"""(epoch, epochs, mean loss of the epoch), called after every epoch."""
ROBUST_STEPS = 20
"""Steps of the attack under which robust accuracy is measured."""


@dataclass(frozen=True)
class TrainingResult:
    """What came out of a training."""

    accuracy: float
    """Share of the test split that the network names rightly."""
    path: Path
    """The weights, as safetensors."""
    seconds: float
    """Of this process; a training that was continued took longer."""
    epochs: int
    images: int
    """Images of the test split."""
    learned: float
    """Share of the training images whose label, right or random, the network names."""
    robust: float | None = None
    """Accuracy on the test split under the attack that it learned to withstand, with 20 steps."""


def train(
    name: str,
    *,
    out: Path,
    progress: Progress | None = None,
    fresh: bool = False,
    root: str | None = None,
    device: str = "auto",
    **given: Any,
) -> TrainingResult:
    """Train a network of the zoo; `out` is its weights file, or a folder for NAME.safetensors.

    root    where a known data set lies, instead of $HEATPROOF_DATA
    device  where to compute: auto (the first accelerator, else the CPU), cpu, cuda, cuda:1, mps; HP230 for others
    given   what is set otherwise than in its recipe: data, epochs, seed, batch, rate, reg, random_labels, noise,
            adversarial, epsilon, ...; see Settings
    fresh   begin anew, also where an unfinished training with the same settings lies beside `out`
    """
    settings = settled(name, given)
    return train_as(settings, file_of(settings, out), progress=progress, fresh=fresh, root=root, device=device)


def file_of(settings: Settings, out: Path) -> Path:
    """The weights file in a folder, or the file itself."""
    return out if out.suffix == ".safetensors" else out / f"{_name(settings)}.safetensors"


def train_as(
    settings: Settings,
    path: Path,
    *,
    progress: Progress | None = None,
    fresh: bool = False,
    root: str | None = None,
    device: str = "auto",
) -> TrainingResult:
    """Train as these settings say and write the weights to this path.

    The device is none of the settings: an unfinished training goes on elsewhere, though not to the same bytes.
    """
    began, data = time.perf_counter(), lessons(settings, root)
    net, model = fresh_network(settings, data)
    model.to(device_for(device, model))
    course = Course(net, model, data.train, settings, _name(settings))
    checkpoint = Checkpoint(path, settings.digest)
    try:
        if fresh:
            checkpoint.forget()
        checkpoint.take_up(course)
        _run(course, checkpoint, progress)
        result = replace(_judged(course, data, path), seconds=time.perf_counter() - began)
        _write(course, data, result)
        checkpoint.forget()
    except OSError as error:
        raise problem("HP951", path=error.filename or path, reason=error.strerror or error) from error
    return result


def fresh_network(settings: Settings, data: Lessons) -> tuple[nn.Module, nn.Module]:
    """The network before it has learned anything: itself, and with its normalisation in front."""
    net = quietly(lambda: ZOO[settings.network].build(data.input, len(data.classes)))
    net = initialised(net, settings.initial, stream("train", _name(settings), settings.seed, "initial"))
    plain = set(data.input.mean) <= {0.0} and set(data.input.std) <= {1.0}
    return net, net if plain else Normalised(net, data.input)


def _run(course: Course, checkpoint: Checkpoint, progress: Progress | None) -> None:
    """All steps that are left."""
    while not course.finished:
        before = course.epoch
        course.advance()
        checkpoint.keep(course)
        if course.epoch > before and progress:
            progress(course.epoch, course.settings.epochs, course.loss)


def _judged(course: Course, data: Lessons, path: Path) -> TrainingResult:
    """Accuracies of what is stored."""
    net, model, settings = course.net, course.model, course.settings
    if settings.half:
        net.half().float()
    attack = attack_of(settings)
    if attack:
        random = stream("train", settings.network, settings.seed, "judging")
        attack = replace(attack, steps=max(ROBUST_STEPS, attack.steps), step=None)
    robust = robust_accuracy(model, data.test, attack, random) if attack else None
    score, learned = accuracy(model, data.test), accuracy(model, data.train)
    return TrainingResult(score, path, 0.0, settings.epochs, len(data.test), learned, robust)


def _write(course: Course, data: Lessons, result: TrainingResult) -> None:
    """The weights, with a note of what they are."""
    settings, entry = course.settings, ZOO[course.settings.network]
    note: dict[str, object] = {"network": settings.network}
    if settings.random_labels:
        note["labels"] = "random"
    note |= {"seed": settings.seed, "epochs": settings.epochs, "accuracy": round(result.accuracy, 4)}
    if result.robust is not None:
        note["robust accuracy"] = round(result.robust, 4)
    note |= {name: value for name, value in differing(settings).items() if name not in note}
    if (data.input, data.classes) != (entry.input, entry.classes()):
        note |= written(data.input, data.classes)
    net = (course.net.half() if settings.half else course.net).cpu()
    write_whole(result.path, save(net.state_dict(), {"heatproof": json.dumps(note)}))


def _name(settings: Settings) -> str:
    """What the weights are called; part of the names of all random streams."""
    return f"{settings.network}-random-labels" if settings.random_labels else settings.network
