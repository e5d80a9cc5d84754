"""Serves maps that were made elsewhere to the images of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from heatproof.data.imageset import ImageSet
from heatproof.spec.entry import Entry
from heatproof.spec.given import held
from heatproof.study.cases import Case
from heatproof.study.session import Session
from heatproof.study.units import Explainer
from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.given import Given
from heatproof.vocabulary.score import Score

Place = tuple[str, int]
"""Pixels and explained class: what a map belongs to."""


@dataclass(frozen=True)
class Served(Explainer):
    """A method whose maps are there already. It knows the images of its study and nothing else."""

    maps: Mapping[Place, Tensor | str] = field(default_factory=dict)
    """The map (C, H, W) of each image, or why there is none."""

    async def explanation(self, f: Score) -> Explanation:
        found = self.maps[f.image.id, f.target]
        if isinstance(found, str):
            raise Undefined(found)
        return Explanation(found.to(f.image.x.device, f.image.x.dtype))


def explainer_of(entry: Entry, data: ImageSet, cases: Sequence[Case], session: Session) -> Explainer:
    """The method of this entry; maps made elsewhere are laid beside the images. Raises HP683 or HP684."""
    given = held(entry)
    if given is None:
        return Explainer(entry.formula, entry.settings)
    places = _places(given, data)
    spread = given.spread(tuple(data.images.shape[1:]))
    maps: dict[Place, Tensor | str] = {}
    for case in cases:
        place = (session.score(case.x, case.target).image.id, case.target)
        maps[place] = _map(given, spread, places.get(case.id), case)
    return Served(entry.formula, entry.settings, maps)


def _places(given: Given, data: ImageSet) -> dict[str, int]:
    """Where the map of each image stands."""
    places = {name: i for i, name in enumerate(given.ids or data.ids)}
    fits = any(name in places for name in data.ids) if given.ids else len(given.maps) == len(data)
    if not fits:
        count = f"{len(given.maps)}" + (f" ('{given.ids[0]}', ..), none of these images," if given.ids else "")
        raise problem("HP683", name=given.name, count=count, data=data.name, images=len(data))
    return places


def _map(given: Given, spread: Tensor, place: int | None, case: Case) -> Tensor | str:
    if place is None:
        return "the maps that were given have none for this image"
    if given.targets and given.targets[place] != case.target:
        return f"the map that was given explains class {given.targets[place]}, the study explains {case.target}"
    found = spread[place]
    return found if bool(found.isfinite().all()) else "the map that was given holds values that are not finite"
