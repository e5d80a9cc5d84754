"""The names and settings of the reference cases, and ours."""

from __future__ import annotations

from typing import Any

FORMULAS = {
    "gradient": "gradient",
    "input_x_gradient": "input_x_gradient",
    "integrated_gradients": "integrated_gradients",
    "smoothgrad": "smoothgrad",
    "vargrad": "vargrad",
    "guided_backprop": "guided_backprop",
    "gradcam_map": "grad_cam",
    "guided_gradcam": "guided_grad_cam",
    "occlusion": "occlusion",
    "sparseness": "gini",
    "complexity": "entropy",
    "average_total_variation": "total_variation",
    "pixel_flipping_curve": "deletion",
    "region_perturbation_curve": "deletion",
    "selectivity_curve": "deletion",
    "selectivity_auc": "deletion",
    "aopc": "deletion",
    "faithfulness_estimate": "sensitivity_n",
    "faithfulness_correlation": "sensitivity_n",
    "sensitivity_n": "sensitivity_n",
    "infidelity": "infidelity",
    "max_sensitivity": "max_sensitivity",
}
SETTINGS = {"stdev_absolute": "sigma", "samples": "n", "subset_size": "n", "runs": "subsets"}
"""Settings that have another name here."""
VALUES = {"gausslegendre": "gauss-legendre", "input of conv1": "input"}
"""And values that do."""
IMPLIED: dict[str, dict[str, Any]] = {
    "smoothgrad": {"relative": False},
    "vargrad": {"relative": False},
    "average_total_variation": {"scales": "one"},
    "faithfulness_estimate": {"n": 1, "subsets": "all"},
    "infidelity": {"scale": "none"},
}
"""What a name of theirs says here by settings."""
FILLED = {"deletion", "sensitivity_n"}
"""Formulas whose baseline is what stands where pixels are removed."""
OF_LOGITS = {"deletion", "sensitivity_n", "infidelity"}
"""The cases are about logits."""
ELSEWHERE = {
    "inplace_relu",  # every case is run with both kinds of ReLU
    "relu",  # our Grad-CAM always ends with a ReLU
    "interpolation",  # ours is bilinear
    "perturbations",
    "I",
    "method",
    "features_in_step",
    "patch_size",
}
"""What the tests see to themselves."""


def ours(theirs: str, params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(our formula, our settings) for one of their cases."""
    name = FORMULAS[theirs]
    settings: dict[str, Any] = {"link": "logit"} if name in OF_LOGITS else {}
    for key, value in params.items():
        if key in ELSEWHERE:
            continue
        here = "fill" if key == "baseline" and name in FILLED else SETTINGS.get(key, key)
        settings[here] = VALUES.get(value, value) if isinstance(value, str) else value
    return name, settings | IMPLIED.get(theirs, {})
