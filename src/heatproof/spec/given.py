"""Maps made elsewhere as a method of a study: from a file, or from an array in Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from heatproof.data.maps import as_maps, read_maps
from heatproof.spec.entry import Entry
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.given import MAPS, Given, Handed


def given_maps(maps: object, *, label: str = "maps", ids: Sequence[str] = (), targets: Sequence[int] = ()) -> Given:
    """Maps of an array or tensor as a method: `hp.Study(..., methods=[hp.given_maps(theirs, label="theirs")])`.

    (N, C, H, W) like the images, or (N, H, W), one for all channels; NaN where an image has no map. `ids` names the
    image of each map; without it they come in the order of the images. `targets`: the class that each map explains;
    an image for which the study explains another has no value then. Raises HP685 or HP686.
    """
    return Given(as_maps(maps, label), label, tuple(ids), tuple(int(t) for t in targets))


def maps_from_file(path: str | Path, key: str | None = None, *, label: str = "") -> dict[str, Any]:
    """Maps of a .npz, .npy, .safetensors or .h5 file as a method: what a study file says as `maps: {file, key}`."""
    named = {"key": key} if key is not None else {}
    return {MAPS.name: {"file": str(path), **named}} | ({"label": label} if label else {})


def with_maps(entry: Entry, what: object) -> Entry:
    """The entry with its maps read; raises HP68x. A label that says where they come from, unless it has one."""
    if isinstance(what, Given):
        checksum = entry.settings["sha256"] or what.digest
        return replace(entry, formula=_handed(what), settings={**entry.settings, "sha256": checksum})
    file, key = entry.settings["file"], entry.settings["key"]
    if not file:
        raise problem("HP687")
    given, checksum = read_maps(file, key, sha256=entry.settings["sha256"])
    name = Path(file).name
    label = entry.label or (f"{key} ({name})" if key else name)
    return Entry(_handed(given), {**entry.settings, "sha256": checksum}, label)


def held(entry: Entry) -> Given | None:
    """The maps that an entry has already."""
    return entry.formula.given if isinstance(entry.formula, Handed) else None


def _handed(given: Given) -> Handed:
    return replace(MAPS, given=given)
