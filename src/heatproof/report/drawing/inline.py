"""Figures inside the report: SVG that needs no style attribute, no script and no other file, with ids of its own."""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup
from PIL import Image

from heatproof.report.drawing.sheet import styled
from heatproof.report.drawing.write import picture_bytes
from heatproof.report.text import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
KEPT = {"svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect", "image", "title"}
"""What matplotlib draws with. Everything else is left out."""
PROPERTIES = {
    *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-opacity", "stroke-width", "stroke-linecap"),
    *("stroke-linejoin", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "opacity", "image-rendering"),
    *("text-anchor", "font-size", "font-family", "font-style", "font-weight"),
}
"""What a style may say as attributes; the Content-Security-Policy of the report forbids style attributes."""
PIXELS = 135
"""Of a page of the report, for an inch of a page on paper: type of 7 pt can be read."""
LOSSLESS = 64
"""Pixels of the longer side up to which a picture keeps every pixel as it is."""
FACES = "DejaVu Sans, Verdana, Liberation Sans, Arial, sans-serif"
"""Verdana has the widths of DejaVu Sans, for which the text was laid out."""
_USED = re.compile(r'href="#([^"]+)"|url\(#([^)]+)\)')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_FONT = re.compile(r"(?:(?P<style>italic|oblique) )?(?:(?P<weight>bold|\d+) )?(?P<size>[\d.]+)px .*", re.DOTALL)


def inline(figure: Figure, name: str, title: str) -> Markup:
    """The figure as an element of a page. `name` has to differ from that of every other figure of the page."""
    with styled(**{"svg.fonttype": "none"}):
        text = picture_bytes(figure, "svg")
    root = ET.fromstring(text)  # noqa: S314 - drawn just here
    _clean(root, name, {a or b for a, b in _USED.findall(text.decode("utf-8"))})
    for key in [key for key in root.attrib if key not in ("viewBox",)]:
        del root.attrib[key]
    root.attrib |= {"class": "figure", "role": "img", "stroke-linejoin": "round", "stroke-linecap": "butt"}
    root.attrib |= {"font-family": FACES, "width": f"{PIXELS * figure.get_figwidth():.0f}"}
    heading = ET.Element("title")
    heading.text = shown(title)
    root.insert(0, heading)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - escaped by the writer, cleaned just here


def _clean(element: ET.Element, name: str, used: set[str]) -> None:
    """Leave out what is not drawn, turn styles into attributes, and put `name` before the ids in use, in place.

    An id is taken out of `used` when it is met: matplotlib gives some to several elements.
    """
    element.tag = element.tag.removeprefix(SVG)
    element.tail = None
    element.attrib = _attributes(element, name, used)
    for child in list(element):
        if child.tag.removeprefix(SVG) in KEPT:
            _clean(child, name, used)
        else:
            element.remove(child)
    if element.tag not in ("text", "tspan", "title"):
        element.text = None


def _attributes(element: ET.Element, name: str, used: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in element.attrib.items():
        if key == "style":
            found |= _styles(value)
        elif key in (LINK, "href"):
            if value.startswith(("#", "data:image/png;base64,")):
                found["href"] = f"#{name}-{value[1:]}" if value.startswith("#") else _small(value)
        elif key == "id":
            if value in used:
                used.remove(value)
                found["id"] = f"{name}-{value}"
        elif not key.startswith(("{", "on")):
            found[key] = value
    if not found.get("href", "").startswith("data:"):
        found |= {key: _LONG.sub(_rounded, value) for key, value in found.items() if key in ("d", "x", "y")}
    return {key: value.replace("url(#", f"url(#{name}-") for key, value in found.items()}


def _rounded(number: re.Match[str]) -> str:
    """A hundredth of a point is finer than any screen."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _small(address: str) -> str:
    """A large picture with some loss: the files that are written for a paper have none."""
    content = base64.b64decode(address.partition(",")[2])
    image = Image.open(io.BytesIO(content)).convert("RGB")
    if max(image.size) <= LOSSLESS:
        return "data:image/png;base64," + base64.b64encode(content).decode("ascii")
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=70, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _styles(text: str) -> dict[str, str]:
    """`fill: none; font: 7px 'DejaVu Sans'` as attributes."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        key, _, value = (side.strip() for side in part.partition(":"))
        if key == "font" and (font := _FONT.match(value)):
            found["font-size"] = font["size"]
            found |= {f"font-{k}": font[k] for k in ("style", "weight") if font[k]}
        elif key in PROPERTIES:
            found[key] = value
    return found
