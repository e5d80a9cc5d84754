"""The course of a training, step by step: everything that the next step depends on can be stored and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from heatproof.data.imageset import ImageSet
from heatproof.train.attack import Attack, Norm, attacked
from heatproof.train.changes import CHANGES
from heatproof.train.initial import penalised
from heatproof.train.settings import Settings
from heatproof.vocabulary.rng import stream


class Course:
    """A network on its way; `net` is stored, `model` is the network with its normalisation in front."""

    def __init__(self, net: nn.Module, model: nn.Module, data: ImageSet, settings: Settings, name: str) -> None:
        self.net, self.model, self.data, self.settings, self._name = net, model, data, settings, name
        self.per_epoch = -(-len(data) // settings.batch)
        self.random = stream("train", name, settings.seed, "course")
        self.optimiser = _optimiser(net, settings)
        self.schedule = _schedule(self.optimiser, settings, self.per_epoch)
        self.step, self.order, self.loss = 0, torch.empty(0, dtype=torch.int64), 0.0
        self._penalised = penalised(net) if settings.reg else []
        self.device = next(net.parameters()).device
        self._drops = any(isinstance(m, nn.Dropout) for m in net.modules())

    @property
    def epoch(self) -> int:
        """Epochs that are finished."""
        return self.step // self.per_epoch

    @property
    def finished(self) -> bool:
        """Nothing is left to learn."""
        return self.epoch >= self.settings.epochs

    def advance(self) -> None:
        """One step on the next batch; the first of an epoch draws the order of the images."""
        assert self.data.labels is not None
        place = self.step % self.per_epoch
        if place == 0:
            self.order, self.loss = torch.randperm(len(self.data), generator=self.random), 0.0
        batch = self.order[place * self.settings.batch : (place + 1) * self.settings.batch]
        labels = self.data.labels[batch].to(self.device)
        x = self._seen(self.data.images[batch], labels)
        self.model.train()
        with self._dropping():
            loss = self.objective(x, labels)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        self.optimiser.step()
        self.schedule.step()
        self.step += 1
        self.loss += (float(loss.detach()) - self.loss) / (place + 1)

    def objective(self, x: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy, and reg / 2 times the squares of the penalised weights."""
        loss = cross_entropy(self.model(x), labels)
        if self._penalised:
            loss = loss + self.settings.reg / 2 * torch.stack([p.square().sum() for p in self._penalised]).sum()
        return loss

    def state(self) -> dict[str, Any]:
        """Tensors and plain values; `restore` of the same settings continues from here."""
        return {
            "net": self.net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "random": self.random.get_state(),
            "order": self.order,
            "step": self.step,
            "loss": self.loss,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.set_state(state["random"])
        self.order, self.step, self.loss = state["order"], state["step"], state["loss"]
        self.schedule.last_epoch = self.step

    def _seen(self, x: Tensor, labels: Tensor) -> Tensor:
        """The images as this step learns them: changed, with noise, attacked. What is random is drawn on the CPU."""
        x = CHANGES[self.settings.change](x, self.random)
        if self.settings.noise:
            x = x + self.settings.noise * torch.randn(x.shape, generator=self._stream("noise"))
        x = x.to(self.device)
        if attack := attack_of(self.settings):
            x = attacked(self.model, x, labels, self._ramped(attack), self._stream("attack"))
        return x

    def _ramped(self, attack: Attack) -> Attack:
        """Attacks from the first step on at full length can keep a network from learning anything."""
        ramp = self.settings.ramp * self.settings.epochs * self.per_epoch
        share = min(1.0, self.step / ramp) if ramp else 1.0
        step = None if attack.step is None else attack.step * share
        return replace(attack, epsilon=attack.epsilon * share, step=step)

    def _stream(self, purpose: str) -> torch.Generator:
        return stream("train", self._name, self.settings.seed, purpose, self.step)

    @contextmanager
    def _dropping(self) -> Iterator[None]:
        """Dropout draws from its device's global generator: it stands where this step wants it, and is put back."""
        if not self._drops:
            yield
            return
        own = [] if self.device.type == "cpu" else [self.device.index or 0]
        with torch.random.fork_rng(own, device_type=self.device.type if own else "cuda"):
            seed = self._stream("dropout").initial_seed()
            torch.default_generator.manual_seed(seed)
            if own:
                torch.get_device_module(self.device).manual_seed(seed)
            yield


def attack_of(settings: Settings) -> Attack | None:
    """The attack that a network learns to withstand."""
    if settings.adversarial == "none":
        return None
    norm: Norm = "l2" if settings.adversarial == "l2" else "linf"
    return Attack(norm, settings.epsilon, settings.attack_steps, settings.attack_step, settings.random_start)


def _optimiser(net: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    if settings.optimiser == "sgd":
        return torch.optim.SGD(net.parameters(), settings.rate, settings.momentum, weight_decay=settings.decay)
    return torch.optim.Adam(net.parameters(), settings.rate, weight_decay=settings.decay)


def _schedule(
    optimiser: torch.optim.Optimizer, settings: Settings, per_epoch: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The rate as a function of the step alone, so that the number of the step is all there is to store."""
    total = max(settings.epochs * per_epoch, 1)
    if settings.schedule == "one cycle":
        return torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.rate, total_steps=total)
    shares = settings.milestones if settings.schedule == "steps" else ()
    return torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.1 ** sum(step >= s * total for s in shares))
