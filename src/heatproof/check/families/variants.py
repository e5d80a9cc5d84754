"""One network written in many ways: its activations and poolings as modules, functions, in place, reused, nested."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.families.seeded import CLASSES


class Variant(nn.Module):
    """conv, activation, conv, activation, pooling, mean, linear; how they are called is up to the subclass."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.fc = nn.Linear(8, CLASSES)
        self.first: nn.Module = nn.ReLU()
        self.second: nn.Module = nn.ReLU()

    def act1(self, h: Tensor) -> Any:
        return self.first(h)

    def act2(self, h: Tensor) -> Any:
        return self.second(h)

    def pool(self, h: Tensor) -> Any:
        return h

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.pool(self.act2(self.conv2(self.act1(self.conv1(x))))).mean((2, 3)))


class InPlaceModules(Variant):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.ReLU(inplace=True), nn.ReLU(inplace=True)


class ReusedOne(Variant):
    def __init__(self) -> None:
        super().__init__()
        self.second = self.first


class WithFunctions(Variant):
    def act1(self, h: Tensor) -> Any:
        return nn.functional.relu(h)

    def act2(self, h: Tensor) -> Any:
        return h.relu()


class WithFunctionsInPlace(Variant):
    def act1(self, h: Tensor) -> Any:
        return torch.relu_(h)

    def act2(self, h: Tensor) -> Any:
        return nn.functional.relu(h, inplace=True)


class Nested(Variant):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Identity())
        self.second = nn.ModuleDict({"act": nn.ReLU(inplace=True)})

    def act2(self, h: Tensor) -> Any:
        assert isinstance(self.second, nn.ModuleDict)
        return self.second["act"](h)


class Ignored(Variant):
    """The value of the in-place activation after the last convolution is not even looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.second = nn.ReLU(inplace=True)

    def act2(self, h: Tensor) -> Any:
        self.second(h)
        return h


class Pooled(Variant):
    """With max pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.pooling = nn.MaxPool2d(2)

    def pool(self, h: Tensor) -> Any:
        return self.pooling(h)


class PooledByFunction(Pooled):
    def pool(self, h: Tensor) -> Any:
        return nn.functional.max_pool2d(h, 2)


class Silu(Variant):
    """SiLU, then GELU."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.SiLU(), nn.GELU()


class SiluInPlace(Silu):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.SiLU(inplace=True)

    def act2(self, h: Tensor) -> Any:
        return nn.functional.gelu(h)


class SiluByFunction(Silu):
    def act1(self, h: Tensor) -> Any:
        return nn.functional.silu(h, inplace=True)


class Hard(Variant):
    """Hardswish, then ReLU6."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Hardswish(), nn.ReLU6()


class HardInPlace(Hard):
    def act1(self, h: Tensor) -> Any:
        return nn.functional.hardswish(h, inplace=True)

    def act2(self, h: Tensor) -> Any:
        return nn.functional.hardtanh(h, 0.0, 6.0, inplace=True)


class Squashed(Variant):
    """Tanh, then the sigmoid."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Tanh(), nn.Sigmoid()


class SquashedByFunction(Squashed):
    def act1(self, h: Tensor) -> Any:
        return h.tanh()

    def act2(self, h: Tensor) -> Any:
        return torch.sigmoid(h)


class SquashedInPlace(Squashed):
    def act1(self, h: Tensor) -> Any:
        return h.tanh_()

    def act2(self, h: Tensor) -> Any:
        return h.sigmoid_()


VARIANTS: dict[type[Variant], tuple[type[Variant], ...]] = {
    Variant: (InPlaceModules, ReusedOne, WithFunctions, WithFunctionsInPlace, Nested, Ignored),
    Pooled: (PooledByFunction,),
    Silu: (SiluInPlace, SiluByFunction),
    Hard: (HardInPlace,),
    Squashed: (SquashedByFunction, SquashedInPlace),
}
"""A network of modules -> other ways to write it."""
