"""`--set methods.smoothgrad.sigma=0.3`: one value of a study, replaced from the command line."""

from __future__ import annotations

from collections.abc import Sequence

from heatproof.spec.node import Node
from heatproof.spec.places import Place
from heatproof.spec.yaml import read_value
from heatproof.vocabulary.errors import nearest, problem

LISTS = ("models", "methods", "controls", "metrics")
"""Keys whose entries are addressed by name."""


def override(root: Node, text: str) -> Node:
    """The study with this `key=value` applied; its place is the option itself."""
    key, equals, written = text.partition("=")
    source = f"--set {text}"
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise problem("HP116", place=source, text=text)
    place = Place(source)
    if parts[0] in LISTS and len(parts) > 1:
        return _member(root, parts[0], _entries(root, parts, read_value(written, source)), place)
    return _inside(root, parts, read_value(written, source))


def _inside(node: Node, parts: Sequence[str], value: Node) -> Node:
    """The node with the value at the end of this path; a bare name becomes {name: ...} first."""
    if not parts:
        return value
    if isinstance(node.value, str):
        node = _member(Node({}, node.place), "name", node, node.place)
    below = node.value.get(parts[0]) if isinstance(node.value, dict) else None
    return _member(node, parts[0], _inside(below or Node({}, value.place), parts[1:], value), value.place)


def _member(node: Node, key: str, value: Node, place: Place) -> Node:
    """The mapping with this member added or replaced; a replaced one keeps the place of its key."""
    old = node.value if isinstance(node.value, dict) else {}
    return Node({**old, key: value}, node.place, {**node.keys, key: node.keys.get(key, place)})


def _entries(root: Node, parts: Sequence[str], value: Node) -> Node:
    """The list in which every entry that the path names has the value."""
    section = parts[0]
    listed = root.value.get(section) if isinstance(root.value, dict) else None
    listed = listed or Node([], value.place)
    items = listed.value if isinstance(listed.value, list) else [listed]
    named = [name for item in items if (name := _name(section, item))]
    wanted = ".".join(parts[1:])
    name = max((n for n in named if f"{wanted}.".startswith(f"{n}.")), key=len, default="")
    if not name:
        raise problem(
            "HP117",
            place=value.place.source,
            section=section,
            name=parts[1],
            near=nearest(parts[1], named),
            valid=", ".join(dict.fromkeys(named)) or "none",
        )
    rest = wanted[len(name) + 1 :].split(".") if wanted != name else []
    changed = [_entry(section, name, i, rest, value) if _name(section, i) == name else i for i in items]
    return Node(changed, listed.place)


def _name(section: str, item: Node) -> str:
    """What an entry is called: `gradient`, `gradient: {...}`, or `{name: ...}` for models."""
    if isinstance(item.value, str):
        return item.value
    if not isinstance(item.value, dict):
        return ""
    if section == "models":
        return str(item.value["name"].value) if "name" in item.value else ""
    return next((key for key in item.value if key != "label"), "")


def _entry(section: str, name: str, item: Node, rest: Sequence[str], value: Node) -> Node:
    """One entry with the value at the rest of the path."""
    if section == "models":
        return _inside(item, rest, value)
    if isinstance(item.value, str):
        item = _member(Node({}, item.place), name, Node({}, item.place), item.place)
    return _inside(item, [name, *rest], value)
