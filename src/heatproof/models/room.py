"""The room where a model is questioned: eval mode, frozen, on its device, with edits carried out and taken back."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.models.edits import edited
from heatproof.models.folding import Folding
from heatproof.models.unwrap import unwrap
from heatproof.vocabulary.edits import Edit
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.links import Link, linked

AUTOCAST = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}
"""How scores are computed in a room of float32."""


@dataclass(frozen=True)
class Compiled:
    """A compiled network for plain forwards of one shape; edits, gradients and layers stay with the network itself."""

    shape: torch.Size
    forward: Callable[[Tensor], Any]


@dataclass(eq=False)
class Room:
    """Answers batches of points with logits, gradients and activations. Made by `prepared`; valid inside it."""

    module: nn.Module
    device: torch.device
    dtype: torch.dtype
    memory_format: torch.memory_format = torch.contiguous_format
    autocast: torch.dtype | None = None
    probabilities: bool = False
    twins: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    """Other weights of the same architecture, by what they were trained on: name of a parameter or buffer -> values."""
    folding: Folding = field(default_factory=Folding)
    """Batch norms that are part of the layers before them; who reads such a layer sees them apart."""
    backward: Callable[[Room, Tensor, Tensor, Link], tuple[Tensor, Tensor]] | None = None
    """Another way to gradients and outputs, while an edit asks for it."""
    rules: list[AbstractContextManager[Any]] = field(default_factory=list)
    """What changes how gradients are passed back, while an edit asks for it; entered for each forward."""
    compiled: Compiled | None = None
    """Plain forwards of one shape, where they are compiled and nothing is edited."""
    drawn: dict[Hashable, list[Tensor]] = field(default_factory=dict)
    """Random numbers for the weights of layers, drawn once; the most recently used last."""
    remembers: int = 512 * 2**20
    """Bytes of them that are kept; the least recently used are drawn again, and are then the same."""

    def logits(self, z: Tensor, precision: str = "") -> Tensor:
        """Outputs (n, K) at points z, in the room's type whatever they are computed in; empty: that of the maps."""
        with torch.no_grad():
            compiled = self.compiled if self.compiled and z.shape == self.compiled.shape else None
            return self._forward(z, AUTOCAST[precision] if precision else self.autocast, compiled)

    def gradient(self, z: Tensor, targets: Tensor, link: Link) -> tuple[Tensor, Tensor]:
        """Gradients (n, C, H, W) of the linked scores with respect to z, and the outputs (n, K)."""
        if self.backward is not None:
            return self.backward(self, z, targets, link)
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            outputs = self._forward(z, self.autocast)
            g = self._backward(outputs, targets, link, z)
        return g, outputs.detach()

    def layer(self, z: Tensor, targets: Tensor, link: Link, name: str) -> tuple[Tensor, Tensor, Tensor]:
        """Activations a and their gradients g (n, k, h, w) of a layer, and the outputs (n, K)."""
        with self.folding.aside() if name in self.folding.places.hidden else nullcontext():
            return self._layer(z, targets, link, name)

    def _layer(self, z: Tensor, targets: Tensor, link: Link, name: str) -> tuple[Tensor, Tensor, Tensor]:
        caught: list[Tensor] = []

        def catch(_: nn.Module, __: Any, out: Tensor) -> Tensor:
            # The graph begins here: what lies before the layer needs none.
            caught.append(out.detach().requires_grad_())
            # What follows gets a copy: an in-place activation would otherwise write over what was caught.
            return caught[-1].clone()

        handle = self.module.get_submodule(name).register_forward_hook(catch)
        try:
            with torch.enable_grad():
                outputs = self._forward(z.detach(), self.autocast)
                if outputs.requires_grad:
                    g = self._backward(outputs, targets, link, caught[-1])
        finally:
            handle.remove()
        if not outputs.requires_grad:  # they do not depend on this layer, or on nothing at all
            self.gradient(z, targets, link)  # raises in the second case
            g = torch.zeros_like(caught[-1])
        return caught[-1].detach(), g, outputs.detach()

    @contextmanager
    def folded_anew(self) -> Iterator[None]:
        """Batch norms folded with the weights that the network has now, while the context lasts."""
        kept = self.folding
        try:
            with kept.anew() as self.folding:
                yield
        finally:
            self.folding = kept

    @contextmanager
    def as_it_is(self, *, folded: bool) -> Iterator[None]:
        """The network without what only makes it faster, for edits, while the context lasts; some bear the folding."""
        compiled, self.compiled = self.compiled, None
        try:
            with nullcontext() if folded else self.folding.aside():
                yield
        finally:
            self.compiled = compiled

    def edited(self, edits: tuple[Edit, ...]) -> AbstractContextManager[None]:
        """The model with these edits, taken back at the end, also after an exception."""
        return edited(self, edits)

    def _forward(self, z: Tensor, autocast: torch.dtype | None, compiled: Compiled | None = None) -> Tensor:
        forward = compiled.forward if compiled else self.module
        # The copy keeps a model that writes into its input away from the points, and a leaf away from the model.
        x = z.clone(memory_format=self.memory_format)
        with ExitStack() as stack:
            for rule in self.rules if torch.is_grad_enabled() else ():
                stack.enter_context(rule)
            if autocast is None:
                return unwrap(forward(x), len(z))
            stack.enter_context(torch.autocast(self.device.type, dtype=autocast))
            return unwrap(forward(x), len(z)).float()

    def _backward(self, outputs: Tensor, targets: Tensor, link: Link, inputs: Tensor) -> Tensor:
        if not outputs.requires_grad:
            raise problem("HP209")
        scores = linked(outputs, targets, link, probabilities=self.probabilities)
        (g,) = torch.autograd.grad(scores.sum(), inputs, allow_unused=True)
        return torch.zeros_like(inputs) if g is None else g.contiguous()
