"""A model in its room, ready to be questioned about images of one shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.engine.evaluate import Evaluator, ModelEvaluator
from heatproof.engine.executor import Executor
from heatproof.engine.rehearse import Rehearsal
from heatproof.models.classifier import Normalised
from heatproof.models.compiled import compile_forwards
from heatproof.models.precision import Precision, Scores, scores_for
from heatproof.models.preflight import Preflight
from heatproof.models.prepare import device_for, prepared
from heatproof.models.room import Room
from heatproof.study.probe import Shrunk, probe_of, settle
from heatproof.vocabulary.errors import HeatproofError, problem
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.score import Score

NOTHING: Mapping[str, Any] = {}
Look = Callable[[Room, Tensor, int, str], tuple[Preflight, int, Shrunk]]
MEMORY = 1536 * 2**20
"""Bytes that the images in flight may take together, beside the model and one micro-batch."""


@dataclass
class Session:
    """What a study, an explanation or a score needs of one model."""

    room: Room
    preflight: Preflight
    batch: int
    """Points per micro-batch: every batch has exactly this shape."""
    seed: int
    scores: str = ""
    """The type of the forwards that metrics ask for; empty for that of the maps."""
    normalisation: tuple[Tensor, Tensor] | None = None
    """Pixel values that it maps to 0, and the size of its unit; None where the model is not known to normalise."""
    shrunk: Shrunk = field(default_factory=list)
    """Batch sizes that did not fit, and what they were halved to."""

    def score(self, x: Tensor, target: int, extras: Mapping[str, Any] = NOTHING) -> Score:
        """f for one image (C, H, W) and one class; `extras` are ingredients that come with the image."""
        image = Image.of(x.to(self.room.device, self.room.dtype), self.seed, self.normalisation)
        return Score(image, target, self.preflight.facts, part=max(self.batch, 32), extras=extras)

    def evaluator(self) -> ModelEvaluator:
        """Puts batches through the model; when memory runs out it halves them and says so here."""
        steady = self.preflight.steady
        return ModelEvaluator(self.room, self.batch, lambda old, new: self.shrunk.append((old, new)), steady=steady)

    def rehearsal(self) -> Rehearsal:
        """Makes answers up instead."""
        facts = self.preflight.facts
        like = torch.empty(0, device=self.room.device, dtype=self.room.dtype)
        return Rehearsal(facts.outputs, self.preflight.shapes, self.batch, like)

    def executor(
        self,
        evaluator: Evaluator,
        shape: tuple[int, ...],
        tick: Callable[[], None] = lambda: None,
        *,
        workers: int = 1,
        images: int = 64,
    ) -> Executor:
        """Runs the coroutines of many images of this shape; `workers` share the memory, `images` come to each."""
        values = shape[0] * shape[1] * shape[2]
        # An image in flight is explained by every method on every edited model and at every neighbour at once: some
        # hundred sums of the image's size, most of them in float64, beside its maps and the outputs that are kept.
        memory = MEMORY // workers
        window = max(2, min(64, memory // (512 * 4 * values + 4 * 8_000 * self.preflight.facts.outputs)))
        return Executor(
            evaluator,
            gradient_brings_logits=self.preflight.gradient_brings_logits,
            apart=self.preflight.apart,
            steady=self.preflight.steady,
            window=min(window, max(images, 1)),
            bytes_per_image=max(memory // (2 * window), 16 * self.batch * values),
            bytes_of_points=memory // 8,
            tick=tick,
        )

    def predict(self, images: Tensor) -> Tensor:
        """Outputs (N, K) for images, in micro-batches of the one shape; NaN for an image the model fails on."""
        return torch.cat([self._outputs(images[i : i + self.batch]) for i in range(0, len(images), self.batch)])

    def _outputs(self, images: Tensor) -> Tensor:
        z = torch.zeros(self.batch, *images.shape[1:], device=self.room.device, dtype=self.room.dtype)
        z[: len(images)] = images
        try:
            return self.room.logits(z)[: len(images)].cpu()
        except HeatproofError:
            raise
        except Exception:
            if len(images) > 1:
                return torch.cat([self._outputs(x[None]) for x in images])
            return torch.full((1, self.preflight.facts.outputs), torch.nan, dtype=self.room.dtype)


@contextmanager
def session(
    module: nn.Module,
    images: Tensor,
    *,
    device: str = "auto",
    precision: Precision | None = None,
    scores: Scores | None = None,
    batch: int | str | None = None,
    seed: int = 0,
    twins: Mapping[str, Mapping[str, Tensor]] = NOTHING,
    compiled: bool = False,
    look: Look = settle,
) -> Iterator[Session]:
    """Prepare the model, look at how it behaves on these images (N, C, H, W), and give it back at the end.

    `precision` is the type of maps and gradients, `scores` that of plain forwards of metrics (left out: the same).
    `twins` are other weights that a formula may ask for, by what they were trained on. `look` finds out how the model
    behaves, and the batch that fits.
    """
    where = device_for(str(device), module)
    rows = batch_for(tuple(images.shape[1:]), where) if batch in (None, "auto") else batch
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise problem("HP105", setting="batch", value=repr(batch), valid="auto or a whole number from 1")
    # A model may draw random numbers in its forward (dropout that is always on); the caller's stay as they are.
    accelerators = [where] if where.type == "cuda" else []
    with torch.random.fork_rng(accelerators), prepared(module, where, precision) as room:
        room.twins = twins
        coarse = scores_for(room, scores)
        found, fitting, shrunk = look(room, images, rows, coarse)
        if compiled:
            found = _compiled(room, images, fitting, coarse, found)
        yield Session(room, found, fitting, seed, coarse, _normalisation(room), shrunk)


def _compiled(room: Room, images: Tensor, rows: int, scores: str, found: Preflight) -> Preflight:
    """Forwards compiled. Their last bits are not those of gradients, which then answer for themselves only."""
    failed = compile_forwards(room, probe_of(images, rows)[:rows], scores)
    if failed:
        return replace(
            found, warnings=(*found.warnings, f"compute.compiled has no effect, torch.compile fails: {failed}")
        )
    return replace(found, gradient_brings_logits=False, steady=False, compiled=True)


def _normalisation(room: Room) -> tuple[Tensor, Tensor] | None:
    return (room.module.mean[0], room.module.std[0]) if isinstance(room.module, Normalised) else None


def batch_for(shape: tuple[int, ...], device: torch.device) -> int:
    """Points per micro-batch: 64 digits or 4 photographs on a CPU, where more are no faster and take more memory."""
    values = shape[0] * shape[1] * shape[2]
    room, least, most = (100_000, 4, 64) if device.type == "cpu" else (20_000_000, 8, 512)
    return max(least, min(most, 1 << max(0, (room // values).bit_length() - 1)))
