"""The whole reading of a metric, curves included, for every image."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor, nn

import heatproof as hp
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import formula
from heatproof.vocabulary.score import Score


def readings(model: nn.Module, images: Tensor, maps: Tensor, metric: str, **settings: Any) -> list[Reading]:
    """One reading per image; `settings` may hold target, method and method_settings."""
    call = formula("metric", metric)
    asked = {name: settings.pop(name) for name in tuple(settings) if name not in call.settings}
    kept: list[Reading] = []

    async def alone(f: Score, phi: Tensor) -> float:
        return await keep({"f": f, "phi": phi})

    async def again(f: Score, phi: Tensor, explain: Any) -> float:
        return await keep({"f": f, "phi": phi, "explain": explain})

    async def keep(supply: dict[str, Any]) -> float:
        found = call.call(*(supply[name] for name in call.ingredients), **settings)
        found = await found if inspect.isawaitable(found) else found
        kept.append(found if isinstance(found, Reading) else Reading(found))
        return float(kept[-1].value)

    wanted = again if "explain" in call.ingredients else alone
    for i, (x, phi) in enumerate(zip(images, maps, strict=True)):
        mine = dict(asked)
        if isinstance(mine.get("target"), list):
            mine["target"] = mine["target"][i]
        hp.score(model, x[None], phi[None], wanted, **mine)
    return kept
