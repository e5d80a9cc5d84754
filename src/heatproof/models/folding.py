"""Batch norms folded into the layers before them, and rectifiers that write over their input; edited weights too.

That is done where one forward has shown that the input comes from such a layer and that nothing else uses it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.overrides import TorchFunctionMode

LAYERS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
RECTIFIERS = (nn.ReLU, nn.ReLU6)
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


@dataclass(frozen=True, eq=False)
class Pair:
    """A layer and the norm that follows it, and what stands for both."""

    layer: nn.Module
    norm: nn.Module
    weight: Parameter
    bias: Parameter
    own: tuple[Parameter, Parameter | None]

    @classmethod
    def of(cls, layer: Any, norm: Any) -> Pair:
        """weight * s and (bias - mean) * s + shift with s = scale / sqrt(var + eps), reckoned in float64."""
        w, b = layer.weight, layer.bias
        s = (norm.running_var.double() + norm.eps).rsqrt()
        s = s if norm.weight is None else s * norm.weight.detach().double()
        moved = (0 if b is None else b.detach().double()) - norm.running_mean.double()
        shift = 0 if norm.bias is None else norm.bias.detach().double()
        scaled = w.detach().double() * s.view(-1, *[1] * (w.ndim - 1))
        weight = torch.empty_like(w).copy_(scaled)
        return cls(layer, norm, _frozen(weight), _frozen((moved * s + shift).to(w.dtype)), (w, b))

    def install(self) -> None:
        """The layer answers for both, and the norm hands it on."""
        self.layer._parameters.update(weight=self.weight, bias=self.bias)
        self.norm.__dict__["forward"] = _same

    def remove(self) -> None:
        """Both as they were."""
        self.layer._parameters.update(weight=self.own[0], bias=self.own[1])
        self.norm.__dict__.pop("forward", None)


class Places(NamedTuple):
    """Where a network can be folded."""

    pairs: tuple[tuple[nn.Module, nn.Module], ...] = ()
    """Layers, and the norms that follow them."""
    rectifiers: tuple[nn.Module, ...] = ()
    """Those that may write over their input: nobody else uses it, not even a backward."""
    hidden: frozenset[str] = frozenset()
    """Names of modules whose outputs are not their own while the pairs are folded."""


NOWHERE = Places()


@dataclass
class Folding:
    """What is folded in a network; installed from the beginning, and put aside where somebody looks inside."""

    places: Places = NOWHERE
    pairs: tuple[Pair, ...] = ()
    _installed: bool = False

    @classmethod
    def of(cls, places: Places) -> Folding:
        """From the weights that the layers have now; not installed yet."""
        return cls(places, tuple(Pair.of(layer, norm) for layer, norm in places.pairs))

    def install(self) -> None:
        """Fold."""
        self._installed = True
        for pair in self.pairs:
            pair.install()
        for rectifier in self.places.rectifiers:
            rectifier.__dict__["inplace"] = True

    def remove(self) -> None:
        """Give back the network as it was; for good, when nobody installs it again."""
        for rectifier in self.places.rectifiers:
            rectifier.__dict__["inplace"] = False
        for pair in self.pairs:
            pair.remove()
        self._installed = False

    @contextmanager
    def anew(self) -> Iterator[Folding]:
        """The same places folded from the weights that they have now, while the context lasts; only when put aside."""
        now = Folding.of(self.places)
        now.install()
        try:
            yield now
        finally:
            now.remove()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The network as it is, while the context lasts."""
        was = self._installed
        if was:
            self.remove()
        try:
            yield
        finally:
            if was:
                self.install()


@dataclass
class Watch(TorchFunctionMode):
    """Which tensors are handed to which functions during one forward, and which modules answered with them."""

    used: Counter[int] = field(default_factory=Counter)
    answers: list[tuple[str, nn.Module, tuple[Any, ...], Any]] = field(default_factory=list)
    """Name, module, inputs and output of each call."""
    kept: list[Tensor] = field(default_factory=list)
    """Everything that was used stays alive, so that no two tensors have the same id."""

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if getattr(func, "__name__", "") != "dim":  # a norm checks the shape of its input
            given = list(_tensors((*args, *(kwargs or {}).values())))
            self.used.update(map(id, given))
            self.kept += given
        return func(*args, **(kwargs or {}))

    def note(self, name: str, module: nn.Module, inputs: tuple[Any, ...], out: Any) -> None:
        """Called after each module."""
        self.answers.append((name, module, inputs, out))


def places_of(module: nn.Module, forward: Callable[[], object]) -> Places:
    """What this forward, put through `module`, shows to be foldable."""
    watch = Watch()
    handles = [m.register_forward_hook(partial(watch.note, n)) for n, m in module.named_modules() if n]
    try:
        with watch:
            forward()
    finally:
        for handle in handles:
            handle.remove()
    heard = {id(t) for _, m, inputs, out in watch.answers if _touched(m) for t in _tensors((*inputs, out))}
    made = {id(out): m for _, m, _, out in watch.answers if type(m) in (*LAYERS, *NORMS) and id(out) not in heard}
    pairs, inside = _pairs(watch, made)
    hidden = frozenset(name for name, _, _, out in watch.answers if inside & {id(t) for t in _tensors((out,))})
    return Places(tuple(pairs), tuple(_rectifiers(watch, made)), hidden)


def _pairs(watch: Watch, made: Mapping[int, nn.Module]) -> tuple[list[tuple[nn.Module, nn.Module]], set[int]]:
    """Pairs of a layer and its norm, and the ids of what is handed on in between."""
    calls = Counter(m for _, m, _, _ in watch.answers)
    pairs: list[tuple[nn.Module, nn.Module]] = []
    inside: set[int] = set()
    for _, norm, inputs, _ in watch.answers:
        layer = made.get(id(inputs[0])) if len(inputs) == 1 else None
        if not isinstance(layer, LAYERS) or type(norm) not in NORMS or _touched(norm) or not _steady(norm):
            continue
        # One use each: of the output by the norm, of the weights by the layer.
        once = [calls[layer], calls[norm], watch.used[id(inputs[0])], watch.used[id(layer.weight)]]
        if once == [1, 1, 1, 1]:
            pairs.append((layer, norm))
            inside.add(id(inputs[0]))
    return pairs, inside


def _rectifiers(watch: Watch, made: Mapping[int, nn.Module]) -> list[nn.Module]:
    """Those of which each input is the output of a layer or norm and is used once."""
    alone: dict[nn.Module, bool] = {}
    for _, m, inputs, _ in watch.answers:
        if type(m) in RECTIFIERS and not m.inplace and not _touched(m):
            mine = len(inputs) == 1 and id(inputs[0]) in made and watch.used[id(inputs[0])] == 1
            alone[m] = alone.get(m, True) and mine
    return [m for m in alone if alone[m]]


def again(places: Places) -> Folding:
    """Folded in known places, from the weights of now; ValueError where somebody listens there by now."""
    modules = {m for pair in places.pairs for m in pair} | set(places.rectifiers)
    if any(map(_touched, modules)) or not all(_steady(norm) for _, norm in places.pairs):
        raise ValueError("somebody listens to a layer, or has changed it")
    return Folding.of(places)


def _touched(m: nn.Module) -> bool:
    """Somebody listens to this module, or has exchanged its forward."""
    return "forward" in m.__dict__ or any(getattr(m, kind, None) for kind in HOOKS)


def _steady(norm: Any) -> bool:
    return not norm.training and isinstance(norm.running_mean, Tensor) and isinstance(norm.running_var, Tensor)


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _frozen(values: Tensor) -> Parameter:
    return Parameter(values, requires_grad=False)


def _same(x: Tensor) -> Tensor:
    return x
