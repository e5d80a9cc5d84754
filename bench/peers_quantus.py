"""Quantus as its documentation shows it: a metric object, called with the model and arrays."""

from functools import partial
from typing import Any

import numpy as np
from cases import Case, quantus_module
from sides import Row, area, probability
from torch import Tensor

PLAIN: dict[str, Any] = {"abs": False, "normalise": False, "disable_warnings": True, "display_progressbar": False}
STEPS = {28: 28, 224: 16}
REGION = {28: 4, 224: 28}
SETS = {28: 100, 224: 50}
NEIGHBOURS = {28: 10, 224: 2}
SHARES = list(range(10, 100, 10))


def rows(c: Case) -> list[Row]:
    """The metrics of both whose definition is the same."""
    side, steps, region, sets = c.side, STEPS[c.side], REGION[c.side], SETS[c.side]
    values = c.images[0].numel()
    black = {"perturb_baseline": 0.0, "softmax": True}
    regions = (side // region) ** 2
    quantus = partial(Row, toolkit="Quantus 0.6")
    by_region = {"unit": "region", "region": region, "steps": regions, "fill": 0.0}
    how = {"patch_size": region, "perturb_baseline": 0.0}
    return [
        quantus("deletion", peer="PixelFlipping", expected=area, note=f"{steps} steps", settings={"steps": steps},
                prepare=call("PixelFlipping", True, features_in_step=values // steps, **black)),
        quantus("deletion", peer="RegionPerturbation", expected=falls, note=f"{regions} regions", settings=by_region,
                prepare=call("RegionPerturbation", regions_evaluation=regions, softmax=True, **how)),
        quantus("deletion", peer="Selectivity", expected=area, note=f"{regions} regions", settings=by_region,
                prepare=call("Selectivity", softmax=True, **how)),
        quantus("irof", peer="IROF", prepare=irof, settings={"segments": 100}, note="about 100 segments"),
        quantus("deletion", peer="ROAD", prepare=call("ROAD", percentages=SHARES), note="9 shares",
                settings={"fill": "neighbours", "steps": 10}),
        quantus("sensitivity_n", peer="FaithfulnessCorrelation", settings={"n": 224, "subsets": sets},
                prepare=call("FaithfulnessCorrelation", nr_runs=sets, perturb_baseline=0.0, return_aggregate=False),
                note=f"{sets} sets of 224"),
        quantus("max_sensitivity", peer="MaxSensitivity", prepare=sensitivity, note=f"{NEIGHBOURS[side]} neighbours",
                settings={"method": "gradient", "n": NEIGHBOURS[side], "radius": 0.02}),
        quantus("parameter_randomization", peer="MPRT", prepare=mprt, images=32 if side == 28 else 1,
                settings={"method": "gradient", "order": "cascading" if side == 28 else "full", "stages": "all"},
                note="cascade over all layers" if side == 28 else "all layers at once"),
        quantus("gini", peer="Sparseness", prepare=call("Sparseness", abs=True), expected=values_of),
        quantus("entropy", peer="Complexity", prepare=call("Complexity", abs=True), expected=values_of),
    ]  # fmt: skip


def call(name: str, by_value: bool = False, **settings: Any) -> Any:
    """The call of one metric; `softmax` belongs to the call. By value: maps with all channels."""
    with_call = {k: settings.pop(k) for k in ("softmax",) if k in settings}

    def prepare(c: Case, maps: Tensor) -> Any:
        metric = getattr(quantus_module(), name)(**PLAIN | settings)
        arrays = given(c, maps) | ({"a_batch": maps.numpy().copy()} if by_value else {})
        return partial(metric, **arrays, **with_call)

    return prepare


def given(c: Case, maps: Tensor) -> dict[str, Any]:
    """One map value per pixel, (N, 1, H, W)."""
    arrays = {"x_batch": c.images.numpy(), "y_batch": c.targets.numpy(), "a_batch": maps[:, :1].numpy().copy()}
    return {"model": c.model, "device": "cpu", **arrays}


def irof(c: Case, maps: Tensor) -> Any:
    return partial(irof_metric(), **given(c, maps), softmax=True)


def irof_metric() -> Any:
    """With a filling of our own: its default refuses images with three channels."""

    def fill(arr: np.ndarray, mask: np.ndarray, **_: Any) -> np.ndarray:
        mean = arr.reshape(*arr.shape[:-2], -1).mean(-1)[..., None, None]
        return np.where(np.broadcast_to(mask.astype(bool), arr.shape), mean, arr).astype(arr.dtype)

    return quantus_module().IROF(perturb_func=fill, **PLAIN | {"return_aggregate": False})


def saliency(c: Case) -> dict[str, Any]:
    """Quantus' own way to explain again, with captum."""
    quantus = quantus_module()
    return {"explain_func": quantus.explain, "explain_func_kwargs": {"method": "Saliency", "xai_lib": "captum"}}


def sensitivity(c: Case, maps: Tensor) -> Any:
    metric = quantus_module().MaxSensitivity(nr_samples=NEIGHBOURS[c.side], lower_bound=0.02, **PLAIN)
    return partial(metric, **given(c, maps), **saliency(c))


def mprt(c: Case, maps: Tensor) -> Any:
    settings = {} if c.side == 28 else {"skip_layers": True}
    metric = quantus_module().MPRT(layer_order="top_down", **settings, **PLAIN)
    return partial(metric, **given(c, maps), **saliency(c))


def falls(c: Case, found: Any) -> Tensor:
    """From what a score falls by to the area under the score."""
    return area(c, probability(c)[:, None].numpy() - np.asarray(found, dtype=float))


def values_of(c: Case, found: Any) -> Any:
    return found
