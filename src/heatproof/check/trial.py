"""A formula on the network of one family: everything that a contract needs to try it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.families import network
from heatproof.check.supplies import EXPLAINERS, cheap, extras, maps_of, pictures, twin_of
from heatproof.study.direct import explain, score
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.formula import Formula

REFUSALS = {"HP213", "HP214", "HP215"}
"""Codes with which a formula refuses a model, by name, before anything is computed."""
BATCH = 8
"""Micro-batches are small, so that a few images fill more than one."""


class Refusal(str):
    """Why a formula does not take a network, in one line."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Trial:
    """What is tried: a formula with cheap settings, on the networks of a family."""

    formula: Formula
    family: str = "plain cnn"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Over the cheap ones."""
    method: str | Callable[..., Any] = ""
    """What metrics that explain again explain with; one of `EXPLAINERS` when left out."""
    method_settings: Mapping[str, Any] = field(default_factory=dict)
    twin: Callable[..., Any] | None = None
    """A second implementation of the formula, if there is one."""

    def on(self, family: str) -> Trial:
        """The same formula on another family."""
        method = self.explainer if "explain" in self.formula.ingredients else ("", {})
        return replace(self, family=family, method=method[0], method_settings=method[1])

    def net(self, channels: int = 3, seed: int = 0) -> nn.Module:
        """The network of the family, a new one at every call."""
        return network(self.family, channels, seed)

    def run(self, net: nn.Module, x: Tensor, *, maps: Tensor | None = None, **options: Any) -> Tensor:
        """Maps of a method, or values of a metric for the given maps; raises what the formula raises."""
        words = {"batch": BATCH, **cheap(self.formula), **self.settings, **extras(self.formula, x), **options}
        if "random labels" in self.formula.claims.needs:
            words.setdefault("twins", {"random labels": twin_of(net)})
        if self.formula.kind == "method":
            return explain(net, x, self.formula.call, **words)
        if "method" not in words:
            words |= self.again
        return score(net, x, maps_of(x.detach()) if maps is None else maps, self.formula.call, **words)

    def attempt(self, net: nn.Module, x: Tensor, **options: Any) -> Tensor | Refusal:
        """What it answers, or why it refuses; every other error is raised."""
        try:
            return self.run(net, x, **options)
        except HeatproofError as error:
            if error.code not in REFUSALS:
                raise
            return Refusal(error.line)

    @cached_property
    def explainer(self) -> tuple[str | Callable[..., Any], Mapping[str, Any]]:
        """The method with which a metric explains again, and its settings."""
        if self.method:
            return self.method, self.method_settings
        plain, x = replace(self, family="plain cnn"), self.images[:2]
        for method, settings in EXPLAINERS:
            found = plain.attempt(plain.net(), x, method=method, method_settings=settings)
            if isinstance(found, Tensor) and torch.isfinite(found).any():
                return method, settings
        return EXPLAINERS[0]

    @property
    def again(self) -> dict[str, Any]:
        """What hp.score is told of the method, for metrics that explain again."""
        if "explain" not in self.formula.ingredients:
            return {}
        return dict(zip(("method", "method_settings"), self.explainer, strict=True))

    @cached_property
    def images(self) -> Tensor:
        """Four small images."""
        return pictures()

    @cached_property
    def answer(self) -> Tensor | Refusal:
        """What the family's network is answered with on the four images."""
        return self.attempt(self.net(), self.images)

    @property
    def found(self) -> Tensor:
        """The answer, where there is one."""
        assert isinstance(self.answer, Tensor), "the matrix asks nothing more of a network that is refused"
        return self.answer

    @property
    def limit(self) -> float:
        """Last bits of a model move a map by 1e-5; in a score, nearly equal values may then swap their ranks."""
        return 1e-5 if self.formula.kind == "method" else 1e-4

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an answer for the four images."""
        return tuple(self.images.shape) if self.formula.kind == "method" else (len(self.images),)

    def finite(self, found: Tensor) -> Tensor:
        """(N,) bool: which images have an answer without NaN or infinity."""
        return torch.isfinite(found.reshape(len(found), -1)).all(1)
