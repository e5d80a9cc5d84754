"""One setting of one formula, read from its signature: type, range, default; checked wherever it is given."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from torch import Tensor

from heatproof.vocabulary.errors import nearest
from heatproof.vocabulary.settings import About

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a name", NoneType: "nothing (null)"}


@dataclass(frozen=True)
class Setting:
    """A parameter with a default: at once YAML key, Python keyword, sweep axis, report row and part of the key."""

    name: str
    default: Any
    kinds: tuple[Any, ...]
    """What it may be: int, float, bool, str, NoneType, Sequence, Tensor."""
    choices: tuple[Any, ...] = ()
    about: About | None = None

    @classmethod
    def of(cls, parameter: inspect.Parameter, hint: Any) -> Setting:
        """The setting that this parameter with this annotation declares."""
        about = None
        if get_origin(hint) is Annotated:
            about = next((a for a in get_args(hint)[1:] if isinstance(a, About)), None)
            hint = get_args(hint)[0]
        members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        choices = tuple(c for m in members if get_origin(m) is Literal for c in get_args(m))
        kinds = tuple(get_origin(m) or m for m in members if get_origin(m) is not Literal)
        return cls(parameter.name, parameter.default, kinds, choices, about)

    @property
    def valid(self) -> str:
        """What the setting takes, in words."""
        words = [repr(c) for c in self.choices] + [_WORDS[k] for k in self.kinds if k in _WORDS]
        if Sequence in self.kinds:
            words.append("a list")
        text = " or ".join(words)
        if self.about and math.isfinite(self.about.low) and math.isfinite(self.about.high):
            text += f" between {self.about.low:g} and {self.about.high:g}"
        return text

    def complaint(self, value: Any) -> str | None:
        """What is wrong with a value, or None."""
        if value in self.choices if isinstance(value, str) else False:
            return None
        if not self._fits(value):
            near = nearest(value, map(str, self.choices)) if isinstance(value, str) else ""
            return f"must be {self.valid}, not {value!r}{near}"
        if isinstance(value, float) and not math.isfinite(value):
            return f"must be a finite number, not {value!r}"
        wrong = self.about.complaint(value) if self.about else None
        return f"{wrong}, not {value!r}" if wrong else None

    def _fits(self, value: Any) -> bool:
        if isinstance(value, bool):
            return bool in self.kinds
        if isinstance(value, int) and float in self.kinds:
            return True
        if isinstance(value, str):
            return str in self.kinds
        if isinstance(value, Tensor | list | tuple):
            return Sequence in self.kinds or Tensor in self.kinds
        return type(value) in self.kinds
