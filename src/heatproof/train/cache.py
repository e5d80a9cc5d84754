"""Weights that are made when they are first asked for, and found again under a name made of their settings."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from heatproof.models.classifier import Classifier
from heatproof.train.course import Course
from heatproof.train.lessons import lessons
from heatproof.train.loop import fresh_network, train_as
from heatproof.train.settings import Settings

VARIABLE = "HEATPROOF_CACHE"
WARM, TIMED = 1, 2
"""Steps before an estimate, and steps that are timed for it."""

Tell = Callable[[str], None]
"""Takes a line for the person who waits."""


def cache_folder() -> Path:
    """$HEATPROOF_CACHE, or ~/.cache/heatproof/trained."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else Path.home() / ".cache" / "heatproof" / "trained"


def cached(settings: Settings) -> Path:
    """Where the weights of these settings lie once they are made."""
    twin = "-random-labels" if settings.random_labels else ""
    return cache_folder() / f"{settings.network}{twin}-{settings.digest}{_listing(settings.data)}.safetensors"


def trained(settings: Settings, tell: Tell = lambda line: None, root: str | None = None) -> Path:
    """The weights file of these settings, made now if it is not there; interrupted, the next call continues."""
    path = cached(settings)
    if path.exists():
        return path

    def progress(epoch: int, of: int, loss: float) -> None:
        tell(f"training {settings.network}: epoch {epoch} of {of}  loss {loss:.4f}")

    tell(f"training {summary(settings)}, once: {path}")
    result = train_as(settings, path, progress=progress, root=root)
    robust = "" if result.robust is None else f", {result.robust:.2%} under attack"
    tell(f"trained {settings.network}: {result.accuracy:.2%} of {result.images} test images right{robust}")
    return path


def untrained(settings: Settings, root: str | None = None) -> Classifier:
    """The network before it has learned anything, with the input and the classes that it will have."""
    data = lessons(settings, root)
    _, model = fresh_network(settings, data)
    return Classifier(model.eval(), settings.network, data.input, data.classes, "not trained yet")


def summary(settings: Settings) -> str:
    """`mnist-mlp on mnist5k (epochs 5, seed 0)`, with what makes it a twin."""
    kind = ", random labels" if settings.random_labels else ""
    kind += f", attacked within {settings.adversarial} {settings.epsilon:g}" if settings.epsilon else ""
    kind += f", noise {settings.noise:g}" if settings.noise else ""
    return f"{settings.network} on {settings.data} (epochs {settings.epochs}, seed {settings.seed}{kind})"


def seconds(settings: Settings, root: str | None = None) -> float:
    """About how long the training takes on this machine: a few steps, timed; nothing is kept."""
    data = lessons(settings, root)
    net, model = fresh_network(settings, data)
    course = Course(net, model, data.train, replace(settings, epochs=max(settings.epochs, WARM + TIMED)), "estimate")
    for _ in range(WARM):
        course.advance()
    began = time.perf_counter()
    for _ in range(TIMED):
        course.advance()
    return (time.perf_counter() - began) / TIMED * course.per_epoch * settings.epochs


def _listing(data: str) -> str:
    """A folder of one's own changes under the same name: what lies in it belongs to the name of the weights."""
    folder = Path(data.removeprefix("folder:")).expanduser()
    if not (data.startswith("folder:") or "/" in data) or not folder.is_dir():
        return ""
    files = [(str(p.relative_to(folder)), p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*"))]
    return "-" + hashlib.sha256(repr(files).encode()).hexdigest()[:12]
