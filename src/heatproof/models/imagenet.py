"""The 1,000 ImageNet classes by number."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def imagenet_classes() -> tuple[str, ...]:
    """Short names, each once: the first WordNet lemma, except 'crane bird' (134) and 'maillot tank suit' (639)."""
    text = (files("heatproof.models") / "imagenet_classes.txt").read_text("utf-8")
    return tuple(text.splitlines())
