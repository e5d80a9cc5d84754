"""The same map at several values of a setting of its method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from heatproof.report.drawing.albums import Album, albums
from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import Array, coloured, photo
from heatproof.report.drawing.plates import Drawing, columns, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.study.view import FormulaView, ModelView

IMAGES = 2


@figure(
    title="Maps at other settings",
    caption="Maps of {image} by {model}, each row one setting of one method; below each map the value of the setting, "
    "in brackets that which the method is set to. Every map on a scale of its own.",
    needs=("hyperparameter_sensitivity",),
)
def setting_teaser(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per image."""
    for metric in columns(model, "hyperparameter_sensitivity")[:1]:
        for album in albums(model, metric, 1 if sheet.brief else IMAGES):
            yield _drawing(model, sheet, album)


class _Row(NamedTuple):
    method: FormulaView
    setting: str
    maps: list[tuple[str, Array]]


def _drawing(model: ModelView, sheet: Sheet, album: Album) -> Drawing:
    rows = [row for method in model.methods for row in _rows(model, album, method)]
    longest = max(len(row.maps) for row in rows)
    grid = Grid([f"{row.method.label} {row.setting}" for row in rows], ["input", *[""] * longest], largest=0.8)
    notes: dict[tuple[int, int], str] = {}
    table = []
    for i, row in enumerate(rows):
        if not i:
            grid.pictures[0, 0] = photo(album.image.pixels(), sheet.pixels)
        for j, (value, phi) in enumerate(row.maps, 1):
            grid.pictures[i, j] = coloured(phi, "signed", sheet.pixels)
            notes[i, j] = value
            table.append({"method": row.method.label, "setting": row.setting, "value": value})
    grid.notes = notes
    return Drawing(grid.figure(sheet, "signed"), table, part=album.image.id, words={"image": album.image.id})


def _rows(model: ModelView, album: Album, method: FormulaView) -> Iterator[_Row]:
    kept = album.maps.get(method.key, {})
    own = model.load_map(method.key, album.image.id)
    for setting in dict.fromkeys(name.partition(" ")[0] for name in kept):
        maps: list[tuple[Any, str, Array]] = []
        for name, phi in kept.items():
            if name.partition(" ")[0] == setting:
                value = name.partition(" ")[2]
                maps.append((_order(value), value, phi))
        if own is not None:
            value = str(method.settings.get(setting, "as it is"))
            maps.append((_order(value), f"[{value}]", own))
        yield _Row(method, setting, [(value, phi) for _, value, phi in sorted(maps, key=lambda m: m[0])])


def _order(value: str) -> tuple[float, str]:
    """Numbers by size, then words."""
    try:
        return float(value), ""
    except ValueError:
        return float("inf"), value
