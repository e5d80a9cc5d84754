"""captum.metrics as its documentation shows it: a function that is handed the model and a way to perturb."""

from functools import partial
from typing import Any

import torch
from cases import Case
from sides import Row
from torch import Tensor

DRAWS = {28: 100, 224: 30}
NEIGHBOURS = {28: 10, 224: 2}


def rows(c: Case) -> list[Row]:
    """Infidelity with Gaussian noise, and max-sensitivity of the gradient."""
    n, k = DRAWS[c.side], NEIGHBOURS[c.side]
    captum = partial(Row, toolkit="captum 0.9")
    noise = {"perturbation": "gaussian", "sigma": 0.2, "n": n}
    again = {"method": "gradient", "n": k, "radius": 0.02}
    return [
        captum("infidelity", peer="infidelity", prepare=infidelity, settings=noise, note=f"{n} draws"),
        captum("max_sensitivity", peer="sensitivity_max", prepare=sensitivity, settings=again, note=f"{k} neighbours"),
    ]


def infidelity(c: Case, maps: Tensor) -> Any:
    from captum.metrics import infidelity

    def perturb(x: Tensor) -> tuple[Tensor, Tensor]:
        noise = 0.2 * torch.randn_like(x)
        return noise, x - noise

    how = {"n_perturb_samples": DRAWS[c.side], "max_examples_per_batch": max(c.batch, len(c.images)), "normalize": True}
    return partial(infidelity, c.model, perturb, c.images, maps, target=c.targets, **how)


def sensitivity(c: Case, maps: Tensor) -> Any:
    from captum.attr import Saliency
    from captum.metrics import sensitivity_max

    explain = partial(Saliency(c.model).attribute, abs=False)
    how = {"n_perturb_samples": NEIGHBOURS[c.side], "max_examples_per_batch": max(c.batch, len(c.images))}
    return partial(sensitivity_max, explain, c.images, perturb_radius=0.02, target=c.targets, **how)
