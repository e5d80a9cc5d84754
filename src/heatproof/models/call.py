"""A call of a function of torch, taken apart: which of its tensors depend on the input of the model?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import resolve_name
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten


@dataclass(frozen=True)
class Call:
    """func(*args, **kwargs); `active` are the places of the tensors that a gradient can reach."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    leaves: list[Any]
    spec: TreeSpec
    active: tuple[int, ...]

    @classmethod
    def of(cls, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """This call."""
        leaves, spec = tree_flatten((args, kwargs))
        active = tuple(i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor) and leaf.requires_grad)
        return cls(func, args, kwargs, leaves, spec, active)

    @property
    def name(self) -> str:
        """`relu` for torch.relu, Tensor.relu_, functional.relu and torch.ops.aten.relu.default alike."""
        name = str(getattr(self.func, "__name__", self.func)).split(".")[0]
        return name.strip("_") if name.startswith("__") else name.rstrip("_")

    @property
    def full_name(self) -> str:
        """For people: `torch.nn.functional.relu`."""
        return resolve_name(self.func) or self.name

    @property
    def in_place(self) -> bool:
        """True when the first argument is written over."""
        name = str(getattr(self.func, "__name__", ""))
        return self.kwargs.get("inplace") is True or (name.endswith("_") and not name.endswith("__"))

    def argument(self, place: int, name: str) -> Any:
        """An argument that is given at a place or by name; None when it is not."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name)

    @property
    def tensors(self) -> list[Tensor]:
        """The active tensors."""
        return [self.leaves[i] for i in self.active]

    def plain(self) -> Any:
        """The call as it is."""
        return self.func(*self.args, **self.kwargs)

    def at(self, tensors: Sequence[Tensor]) -> Any:
        """The same call with other active tensors, which stay as they are."""
        leaves = list(self.leaves)
        for i, t in zip(self.active, tensors, strict=True):
            leaves[i] = t.clone() if self.in_place else t
        args, kwargs = tree_unflatten(leaves, self.spec)
        return self.func(*args, **kwargs)

    def value(self, *tensors: Tensor) -> Tensor:
        """What the function answers at these active tensors; no gradient passes."""
        with torch.no_grad():
            out: Tensor = self.at(tensors)
        return out

    def given(self, out: Any) -> Any:
        """`out`, where the caller looks for it: in the first argument when the function writes there."""
        if self.in_place:
            return self.args[0].copy_(out)
        return out
