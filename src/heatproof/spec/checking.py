"""Checks a study as a whole: every problem is found, placed and worded before any is raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from heatproof.spec.entries import Entries, Finding
from heatproof.spec.entry import Entry
from heatproof.spec.known import unknown_names
from heatproof.spec.parts import Part
from heatproof.spec.places import Path, Place, brief
from heatproof.spec.wording import worded
from heatproof.vocabulary.errors import Problems, nearest, problem
from heatproof.vocabulary.formula import Kind
from heatproof.vocabulary.registry import formulas

SECTIONS = ("methods", "controls", "metrics")
KINDS: tuple[Kind, ...] = ("method", "metric")
P = TypeVar("P", bound=Part)
Locate = Callable[[Path, bool], Place]
"""(path, whether its key is meant) -> place."""


def checked(
    shape: type[P], given: Mapping[str, Any], locate: Locate, *, allow_plugins: bool = False, from_file: bool = False
) -> P:
    """The study of this shape, or all its problems, sorted by place.

    `from_file`: models and data are names that must be known; in Python they may be anything.
    """
    findings: list[Finding] = []
    sections: dict[str, tuple[Entry, ...]] = {}
    profile = given.get("profile") or ""
    findings += _unknown_profile(profile)
    for section in SECTIONS:
        reader = Entries(section, allow_plugins=allow_plugins, profile=profile if isinstance(profile, str) else "")
        sections[section] = reader.read(given.get(section))
        findings += reader.findings or _absent(shape, section, given)
    findings += _listed_twice(sections) + _named_alike(given.get("models"))
    if from_file:
        findings += unknown_names(given, allow_plugins=allow_plugins)
    try:
        spec = shape.model_validate({**given, **sections})
    except ValidationError as error:
        findings += worded(shape, error)
    if findings:
        raise _together(findings, locate)
    return spec


def _together(findings: Sequence[Finding], locate: Locate) -> Problems:
    placed = [(locate(f.path, f.key), f.error) for f in findings]
    placed.sort(key=lambda pair: (not pair[0].line, pair[0].line, pair[0].column))
    return Problems(error.at(str(place), place.excerpt) for place, error in placed)


def _unknown_profile(profile: Any) -> list[Finding]:
    """A profile is the name of a preset that at least one formula has."""
    known = sorted({name for kind in KINDS for f in formulas(kind).values() for name in f.claims.presets})
    if not profile or not isinstance(profile, str) or profile in known:
        return []
    error = problem("HP119", profile=profile, near=nearest(profile, known), known=", ".join(known))
    return [Finding(("profile",), error)]


def _absent(shape: type[Part], section: str, given: Mapping[str, Any]) -> list[Finding]:
    """Methods and metrics must be there, and not be empty; controls may be."""
    if given.get(section) or (section == "controls" and section in given and given[section] is not None):
        return []
    valid = shape.model_fields[section].description
    if section not in given:
        return [Finding((), problem("HP107", key=section, valid=valid))]
    return [Finding((section,), problem("HP106", key=section, valid=valid, value=brief(given[section])))]


def _named_alike(models: Any) -> list[Finding]:
    """Tables name each model, so names are unique."""
    listed = models if isinstance(models, list | tuple) else []
    names = [m.get("name") if isinstance(m, Mapping) else getattr(m, "name", m) for m in listed]
    hint = "; give one of them another name: {name: ..., from: ...}"
    return [
        Finding(("models", i), problem("HP109", section="models", label=f"lists {name!r}", hint=hint))
        for i, name in enumerate(names)
        if isinstance(name, str) and name in names[:i]
    ]


def _listed_twice(sections: Mapping[str, Sequence[Entry]]) -> list[Finding]:
    """A method is either examined or a control."""
    controls = {entry.label for entry in sections["controls"]}
    twice = [entry.label for entry in sections["methods"] if entry.label in controls]
    hint = "; leave it to one of them (controls are [random, edges] unless the study names others)"
    said = [
        problem("HP109", section="the study", label=f"lists '{t}' as method and control,", hint=hint) for t in twice
    ]
    return [Finding(("methods",), error) for error in said]
