"""Multipliers of differences (DeepLIFT): what a difference from a reference does, carried back through a network."""

from heatproof.models.rescale.answer import multipliers
from heatproof.models.rescale.survey import unruled

__all__ = ["multipliers", "unruled"]
