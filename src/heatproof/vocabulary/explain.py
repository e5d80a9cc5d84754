"""A method with all of its settings, as metrics see it: `await explain(f)` makes the map again, anywhere."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

from torch import Tensor

from heatproof.vocabulary.score import Score
from heatproof.vocabulary.setting import Setting


class Explain(Protocol):
    """The ingredient `explain` of a metric."""

    @property
    def name(self) -> str:
        """What the method is called."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every setting of the method and its value."""
        ...

    @property
    def formula_settings(self) -> Mapping[str, Setting]:
        """What each setting takes."""
        ...

    def __call__(self, f: Score) -> Coroutine[Any, Any, Tensor]:
        """The map (C, H, W) of this method around f's image."""
        ...

    def varied(self, **settings: Any) -> Explain:
        """The same method with some settings changed, checked."""
        ...
