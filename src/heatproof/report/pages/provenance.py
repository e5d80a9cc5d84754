"""Page 9: everything needed to run the study again and to see that it is the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from heatproof.report.page import Content, Shared


def of_run(shared: Shared) -> Content:
    """The resolved study, the facts, and what happened on the way."""
    view = shared.view
    facts = flat({"folder": view.folder.name, "digest": view.digest, **view.provenance})
    models = [(model.name, flat(model.facts)) for model in view.models if model.facts]
    study = yaml.safe_dump(plain(view.study), sort_keys=False, allow_unicode=True, width=100) if view.study else ""
    return {"facts": facts, "models": models, "study": study, "events": view.events}


def flat(values: Mapping[str, Any], path: str = "") -> list[tuple[str, str]]:
    """Nested facts as rows: `hardware · cores`."""
    rows = []
    for name, value in values.items():
        place = f"{path} · {name}" if path else str(name)
        if isinstance(value, Mapping):
            rows += flat(value, place)
        elif isinstance(value, list | tuple):
            rows.append((place, ", ".join(map(str, value))))
        elif value not in (None, ""):
            rows.append((place, str(value)))
    return rows


def plain(value: Any) -> Any:
    """The value in types that YAML knows."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
