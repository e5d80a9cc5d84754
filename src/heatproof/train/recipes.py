"""Recipes: how each network is trained unless a person says otherwise. They are data, one file for each family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

from heatproof.train.settings import Settings, made
from heatproof.vocabulary.errors import nearest, problem


@dataclass(frozen=True)
class Recipe:
    """The usual training of one network."""

    settings: Mapping[str, Any]
    required: float
    """Accuracy on the test split that its training must reach on its own data."""
    by_heart: Mapping[str, Any] = field(default_factory=dict)
    """What is set otherwise to learn random labels; empty for a network too small to."""
    robust: Mapping[str, Any] = field(default_factory=dict)
    """What is set otherwise to learn from attacked images."""


def recipes() -> dict[str, Recipe]:
    """All recipes by the name of their network."""
    found: dict[str, Recipe] = {}
    for file in sorted((files("heatproof.train") / "families").iterdir(), key=lambda f: f.name):
        for name, said in yaml.safe_load(file.read_text("utf-8")).items():
            settings = {k: v for k, v in said.items() if k not in ("required", "random labels", "adversarial")}
            others = said.get("random labels", {}), said.get("adversarial", {})
            found[name] = Recipe(settings | {"network": name}, said["required"], *others)
    return found


RECIPES = recipes()


def settled(network: str, given: Mapping[str, Any]) -> Settings:
    """The recipe of this network with what a person sets; None means that the recipe decides.

    Random labels have no rule behind them, so that the recipe for them differs: more epochs, images never changed.
    """
    if network not in RECIPES:
        raise problem("HP950", name=network, near=nearest(network, RECIPES), known=", ".join(RECIPES))
    recipe, given = RECIPES[network], {name: value for name, value in given.items() if value is not None}
    if given.get("random_labels") is True and not recipe.by_heart:
        raise problem("HP952", name=network, known=", ".join(n for n, r in RECIPES.items() if r.by_heart))
    usual = {**recipe.settings, **(recipe.by_heart if given.get("random_labels") is True else {})}
    usual |= recipe.robust if given.get("adversarial") else {}
    return made({**usual, **given, "network": network})


def differing(settings: Settings) -> dict[str, Any]:
    """The settings in which a training is not its recipe's, for the note that goes with the weights."""
    usual = settled(settings.network, {"random_labels": settings.random_labels or None})
    now, then = vars(settings), vars(usual)
    return {name: now[name] for name in now if now[name] != then[name]}
