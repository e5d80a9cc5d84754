"""A small network in its room, and executors on it."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.supplies import cheap, twin_of
from heatproof.engine.evaluate import Evaluator, ModelEvaluator
from heatproof.engine.executor import Executor
from heatproof.engine.rehearse import Rehearsal
from heatproof.models.precision import Precision
from heatproof.models.preflight import Preflight, preflight
from heatproof.models.prepare import prepared
from heatproof.models.room import Room
from heatproof.study.units import explain_with, read_with
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.patch import Patch
from heatproof.vocabulary.registry import formula
from heatproof.vocabulary.score import Score

CPU = torch.device("cpu")
ALL_TOGETHER_BATCH = 8
Job = Coroutine[Any, Any, Any]


def cnn(channels: int = 3) -> nn.Module:
    """Two convolutions and a linear layer, with the same weights at every call."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        features = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 8, 3, padding=1))
        return nn.Sequential(features, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)).eval()


def pictures(n: int = 2, side: int = 8) -> Tensor:
    """Images in [0, 1], the same at every call."""
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(2))


class Seen(nn.Module):
    """The network; every batch that it sees goes to `look`, which may raise."""

    def __init__(self, net: nn.Module, look: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.net, self.look = net, look

    def forward(self, x: Tensor) -> Any:
        self.look(x)
        return self.net(x)


@dataclass
class Lab:
    """A room with what the pre-flight found."""

    room: Room
    found: Preflight
    batch: int

    def f(self, x: Tensor, target: int = 0, origin: str = "") -> Score:
        """The score of one class around one image."""
        extras = {
            "reference": pictures(12, *x.shape[1:2]).to(x.dtype),
            "boxes": torch.tensor([[0, 0, 5, 6]]),
            "patches": (Patch(torch.ones(3, 2, 2, dtype=x.dtype), 1),),
        }
        return Score(Image.of(x), target, self.found.facts, part=max(self.batch, 32), origin=origin, extras=extras)

    def predicted(self, x: Tensor) -> int:
        """The class that the model sees in an image."""
        return int(self.room.logits(x.to(self.room.dtype).expand(self.batch, -1, -1, -1))[0].argmax())

    def executor(self, evaluator: Evaluator | None = None, **options: Any) -> Executor:
        """On the model, or on another evaluator."""
        found = self.found
        chosen = evaluator or ModelEvaluator(self.room, self.batch, steady=found.steady)
        rides, apart = found.gradient_brings_logits, found.apart
        return Executor(chosen, gradient_brings_logits=rides, apart=apart, steady=found.steady, **options)

    def rehearsal(self) -> Executor:
        """On made-up answers."""
        return self.executor(
            Rehearsal(self.found.facts.outputs, self.found.shapes, self.batch, torch.empty(0, dtype=self.room.dtype))
        )

    def values(self, *jobs: Job, **options: Any) -> list[Any]:
        """Results of jobs; the first error is raised."""
        outcomes = self.executor(**options).run(jobs)
        for outcome in outcomes:
            if outcome.error:
                raise outcome.error
        return [o.value for o in outcomes]


@contextmanager
def lab(
    net: nn.Module | None = None, x: Tensor | None = None, *, batch: int = 8, precision: Precision | None = None
) -> Iterator[Lab]:
    """The network prepared and looked at."""
    net = net or cnn()
    with prepared(net, CPU, precision) as room:
        room.twins = {"random labels": {name: t.to(room.dtype) for name, t in twin_of(net).items()}}
        probe = pictures(2) if x is None else x
        yield Lab(room, preflight(room, probe.repeat(batch, 1, 1, 1)[: max(2, batch)]), batch)


def explaining(f: Score, name: str, **settings: Any) -> Job:
    """The coroutine of a method."""
    wanted = formula("method", name)
    return explain_with(wanted, settings or cheap(wanted))(f)


def reading(f: Score, phi: Tensor, name: str, again: str = "", **settings: Any) -> Job:
    """The coroutine of a metric, on maps of a method that has a setting where the metric varies one."""
    wanted = formula("metric", name)
    again = again or ("smoothgrad" if name == "hyperparameter_sensitivity" else "gradient")
    return read_with(wanted, settings or cheap(wanted))(
        f, phi, explain_with(formula("method", again), cheap(formula("method", again)))
    )
