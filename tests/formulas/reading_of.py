"""The whole reading of a metric, curves included, for every image."""

from __future__ import annotations

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
        kept.append(await call.call(f, phi, **settings))
        return float(kept[-1].value)

    async def again(f: Score, phi: Tensor, explain: Any) -> float:
        kept.append(await call.call(f, phi, explain, **settings))
        return float(kept[-1].value)

    wanted = again if "explain" in call.ingredients else alone
    for i, (x, phi) in enumerate(zip(images, maps, strict=True)):
        mine = dict(asked)
        if isinstance(mine.get("target"), list):
            mine["target"] = mine["target"][i]
        hp.score(model, x[None], phi[None], wanted, **mine)
    return kept
