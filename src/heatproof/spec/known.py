"""Names of models and data that a study file may use; unknown ones are found before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatproof.data.load import BUILT_IN
from heatproof.models.hub import HUBS
from heatproof.models.zoo import ZOO
from heatproof.spec.entries import Finding
from heatproof.spec.parts import looks_like_a_folder
from heatproof.spec.places import Path
from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.plugin import is_plugin, refusal


def unknown_names(given: Mapping[str, Any], *, allow_plugins: bool) -> list[Finding]:
    """What is wrong with the names under `models` and `data`; wrong shapes are complained of elsewhere."""
    models = given.get("models")
    listed = models if isinstance(models, list) else [models]
    found = [f for i, m in enumerate(listed) for f in _model(("models", i), m, allow_plugins)]
    return found + _data(given.get("data"), allow_plugins)


def _model(path: Path, model: Any, allow_plugins: bool) -> list[Finding]:
    key = "from" if isinstance(model, Mapping) and "from" in model else "name"
    name = model.get(key) if isinstance(model, Mapping) else model
    path = (*path, key) if isinstance(model, Mapping) else path
    train = model.get("train") if isinstance(model, Mapping) else None
    if key == "name" and isinstance(train, Mapping) and train.get("network"):
        name, path = train["network"], (*path[:-1], "train", "network")
    if not isinstance(name, str) or not name or name in ZOO or name.partition(":")[0] in HUBS:
        return []
    if is_plugin(name):
        return _plugin(path, name, allow_plugins)
    return [Finding(path, problem("HP910", name=name, near=nearest(name, ZOO), known=", ".join(ZOO)))]


def _data(data: Any, allow_plugins: bool) -> list[Finding]:
    if isinstance(data, Mapping) and data.get("folder"):
        return []
    name = data.get("name") if isinstance(data, Mapping) else data
    path = ("data", "name") if isinstance(data, Mapping) else ("data",)
    if not isinstance(name, str) or not name or name in BUILT_IN or looks_like_a_folder(name):
        return []
    if is_plugin(name):
        return _plugin(path, name, allow_plugins)
    return [Finding(path, problem("HP601", name=name, near=nearest(name, BUILT_IN), known=", ".join(BUILT_IN)))]


def _plugin(path: Path, name: str, allow_plugins: bool) -> list[Finding]:
    refused = refusal(name, allowed=allow_plugins)
    return [Finding(path, refused)] if refused else []
