"""The maps that a metric made beside phi, of the images that have them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from heatproof.report.drawing.heat import Array
from heatproof.report.drawing.plates import Absent
from heatproof.study.view import FormulaView, ImageView, ModelView

NONE_KEPT = "needs maps that were kept: give the study `pictures: 3`, and run it again"


class Album(NamedTuple):
    """Of one image and metric."""

    image: ImageView
    maps: Mapping[str, Mapping[str, Array]]
    """method key -> name -> (C, H, W)."""

    def names(self, prefix: str = "") -> list[str]:
        """What the maps are called, in the order in which they were made, each once."""
        return [n for n in dict.fromkeys(n for maps in self.maps.values() for n in maps) if n.startswith(prefix)]


def albums(model: ModelView, metric: FormulaView, count: int, methods: tuple[FormulaView, ...] = ()) -> list[Album]:
    """Of the first `count` images that have any; raises Absent where none has."""
    found: list[Album] = []
    for image in model.images:
        maps = {m.key: model.pictures(metric.key, m.key, image.id) for m in methods or model.methods}
        maps = {key: kept for key, kept in maps.items() if kept}
        if maps:
            found.append(Album(image, maps))
        elif found:
            break  # they are kept for the first images of a study
        if len(found) == count:
            break
    if not found:
        raise Absent(NONE_KEPT)
    return found
