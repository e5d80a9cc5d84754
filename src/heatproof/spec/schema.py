"""The JSON Schema of a study, for editors that complete and check YAML."""

from __future__ import annotations

from typing import Any

from heatproof.spec.checking import SECTIONS
from heatproof.spec.study import StudySpec
from heatproof.vocabulary.formula import Formula, Kind
from heatproof.vocabulary.given import MAPS
from heatproof.vocabulary.registry import formulas
from heatproof.vocabulary.setting import Setting

_WORDS = {int: "integer", float: "number", bool: "boolean", str: "string", type(None): "null"}


def schema() -> dict[str, Any]:
    """What a study may hold, the settings of all registered formulas included."""
    plain = StudySpec.model_json_schema()
    sections = {key: _section("metric" if key == "metrics" else "method") for key in SECTIONS}
    shorthand = {"models": _or_name(plain["properties"]["models"]), "data": _or_name(plain["properties"]["data"])}
    plain["required"].remove("controls")
    del plain["$defs"]["DataSpec"]["required"]
    return plain | {"title": "heatproof study", "properties": plain["properties"] | shorthand | sections}


def _or_name(full: dict[str, Any]) -> dict[str, Any]:
    """The full form, or a plain name in its place (of each item, where it is a list)."""
    if "items" in full:
        return full | {"items": _or_name(full["items"])}
    return {"anyOf": [{"type": "string"}, full]}


def _section(kind: Kind) -> dict[str, Any]:
    known = formulas(kind) | ({MAPS.name: MAPS} if kind == "method" else {})
    label = {"type": "string"}
    entries = [
        {
            "type": "object",
            "properties": {name: _settings(f), "label": label},
            "required": [name],
            "additionalProperties": False,
        }
        for name, f in known.items()
    ]
    return {"type": "array", "items": {"anyOf": [{"enum": list(formulas(kind))}, *entries]}}


def _settings(formula: Formula) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "description": formula.summary,
        "properties": {name: _setting(setting) for name, setting in formula.settings.items()},
        "additionalProperties": False,
    }


def _setting(setting: Setting) -> dict[str, Any]:
    about = setting.about
    limits = {"minimum": about.low, "maximum": about.high} if about else {}
    finite = {key: limit for key, limit in limits.items() if abs(limit) != float("inf")}
    types = list(dict.fromkeys(_WORDS.get(kind, "array") for kind in setting.kinds))
    value = [{"type": types, **finite}] if types else []
    value += [{"enum": list(setting.choices)}] if setting.choices else []
    sweep = {
        "type": "object",
        "properties": {"sweep": {"type": "array", "items": {"anyOf": value}}},
        "required": ["sweep"],
    }
    return {"description": about.text if about else "", "default": setting.default, "anyOf": [*value, sweep]}
