"""Pydantic's complaints in our words: one for each key, saying what the key takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from heatproof.spec.entries import Finding
from heatproof.spec.parts import Part
from heatproof.spec.places import Path, brief
from heatproof.vocabulary.errors import nearest, problem


def worded(shape: type[Part], error: ValidationError) -> list[Finding]:
    """What is wrong with the plain values of a study; a union complains once, not once for each member."""
    findings: dict[Path, Finding] = {}
    for complaint in error.errors(include_url=False):
        path, part, field = _known(shape, complaint["loc"])
        if complaint["type"] == "extra_forbidden":
            path = (*path, complaint["loc"][-1])
            finding = _unknown(part or shape, path)
        elif complaint["type"] == "missing" and field:
            finding = _missing(path, field)
        else:
            key = next((str(p) for p in reversed(path) if isinstance(p, str)), "the study")
            value = brief(complaint["input"])
            finding = Finding(path, problem("HP106", key=key, valid=_valid(path, part, field), value=value))
        findings.setdefault(path, finding)
    # A list with a wrong item is wrong itself to pydantic.
    return [f for p, f in findings.items() if not any(p == q[: len(p)] for q in findings if q != p)]


def _unknown(part: type[Part], path: Path) -> Finding:
    key, keys = str(path[-1]), part.keys()
    where = f"of {path[0]}" if len(path) > 1 else "of the study"
    error = problem("HP104", key=key, where=where, near=nearest(key, keys), valid=", ".join(keys))
    return Finding(path, error, key=True)


def _missing(path: Path, field: FieldInfo) -> Finding:
    if path == ("data", "name"):
        return Finding(("data",), problem("HP132"))
    key = ".".join(str(p) for p in path if isinstance(p, str))
    return Finding(path[:-1], problem("HP107", key=key, valid=field.description), key=True)


def _valid(path: Path, part: type[Part] | None, field: FieldInfo | None) -> str:
    if part and path and isinstance(path[-1], int):
        return f"a name, or a mapping with the keys {', '.join(part.keys())}"
    return (field and field.description) or "a mapping"


def _known(shape: type[Part], loc: Sequence[str | int]) -> tuple[Path, type[Part] | None, FieldInfo | None]:
    """The part of pydantic's way that consists of keys and items; what is beyond names members of unions."""
    path: Path = ()
    part: type[Part] | None = shape
    field: FieldInfo | None = None
    keyed = False  # the next step is a name that the user chose
    for step in loc:
        if part and step == part.__name__:
            continue  # a member of a union, which is no key
        if part and field and (isinstance(step, int) or keyed):
            path, keyed = (*path, step), False
        elif part and step in (keys := part.keys()):
            path, field = (*path, step), keys[str(step)]
            part, keyed = _part(field), any(get_origin(a) is dict for a in get_args(field.annotation))
        else:
            break
    return path, part, field


def _part(field: FieldInfo) -> type[Part] | None:
    """The part that a field holds: alone, in a list, or under names."""
    found = [field.annotation, *get_args(field.annotation)]
    found += [inner for outer in found for inner in get_args(outer)]
    found += [inner for outer in found for inner in get_args(outer)]
    return next((a for a in found if isinstance(a, type) and issubclass(a, Part)), None)
