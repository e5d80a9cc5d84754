"""Colour maps as evenly spaced anchors: the script, the static filter and the legend read the same table."""

from __future__ import annotations

from typing import NamedTuple


class ColourMap(NamedTuple):
    """A named row of colours, from the lowest value to the highest."""

    name: str
    anchors: tuple[str, ...]


def _map(name: str, anchors: str) -> ColourMap:
    return ColourMap(name, tuple(f"#{code}" for code in anchors.split()))


COLOUR_MAPS = (
    _map("red / blue", "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f"),
    _map("green / purple", "40004b 762a83 9970ab c2a5cf e7d4e8 f7f7f7 d9f0d3 a6dba0 5aae61 1b7837 00441b"),
    _map("grey", "000000 ffffff"),
    _map("viridis", "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725"),
    _map("hot", "0b0000 690000 c70000 ff2500 ff8300 ffe100 ffff5d ffffff"),
)


def channel_table(anchors: tuple[str, ...], channel: int) -> str:
    """One colour channel of a colour map, as `tableValues` of an SVG filter: it interpolates as the script does."""
    place = 1 + 2 * channel
    return " ".join(f"{int(code[place : place + 2], 16) / 255:.4g}" for code in anchors)
