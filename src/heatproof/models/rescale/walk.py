"""A forward with a rule for every function: once for the reference, once for the image, in step."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from heatproof.models.call import Call
from heatproof.models.rescale.rules import ByPair, InParts, rule_for
from heatproof.vocabulary.errors import Undefined, problem

Tape = deque[tuple[str, list[Tensor]]]
"""Names of the functions that need a pair, and what went into them in the reference's forward, in order."""


class Walk(TorchFunctionMode):
    """Looks at every call that a gradient passes through; functions in parts are walked through as well."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        call = Call.of(func, args, kwargs or {})
        if not call.active or not torch.is_grad_enabled():
            return call.plain()
        rule = rule_for(call)
        if isinstance(rule, ByPair):
            return self.pair(call, rule)
        if isinstance(rule, InParts):
            with self:
                out = rule.compute(*args, **call.kwargs)
            return call.given(out)
        out = call.plain()
        if rule is None and _passes_gradients(out):
            self.unruled(call)
        return out

    @abstractmethod
    def pair(self, call: Call, rule: ByPair) -> Any:
        """A call whose rule needs its counterpart."""

    def unruled(self, call: Call) -> None:
        """A call that has no rule."""
        raise problem("HP214", method="the rescale rule", reason=f"it uses {call.full_name}", hint="")


class ReferenceWalk(Walk):
    """The forward of the reference: notes what the image's forward will need."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self.tape = tape

    def pair(self, call: Call, rule: ByPair) -> Any:
        # Copies: the model may write over them.
        self.tape.append((call.name, [t.detach().clone() for t in call.tensors]))
        return call.plain()


class ImageWalk(Walk):
    """The forward of the image: its gradient is the multipliers."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self.tape = tape

    def pair(self, call: Call, rule: ByPair) -> Any:
        name, rs = self.tape.popleft() if self.tape else ("", [])
        xs = call.tensors
        if name != call.name or [t.shape for t in rs] != [t.shape for t in xs]:
            raise Undefined("the model takes another way for the image than for the reference")
        return call.given(rule.explain(call, xs, rs))


def _passes_gradients(out: Any) -> bool:
    several = out if isinstance(out, tuple | list) else (out,)
    return any(isinstance(t, Tensor) and t.requires_grad for t in several)
