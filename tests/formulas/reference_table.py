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
    "gradcampp_map": "grad_cam_plus_plus",
    "guided_gradcam": "guided_grad_cam",
    "occlusion": "occlusion",
    "shapley_exact": "kernel_shap",
    "kernel_shap": "kernel_shap",
    "lime": "lime",
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
SETTINGS = {
    "stdev_absolute": "sigma",
    "samples": "n",
    "subset_size": "n",
    "runs": "subsets",
    "interpolation": "upsampling",
    "feature_mask": "segments",
}
"""Settings that have another name here."""
VALUES = {"gausslegendre": "gauss-legendre", "input of conv1": "input", "ols": "least_squares"}
"""And values that do."""
IMPLIED: dict[str, dict[str, Any]] = {
    "smoothgrad": {"scale": "absolute"},
    "vargrad": {"scale": "absolute"},
    "average_total_variation": {"scales": "one"},
    "faithfulness_estimate": {"n": 1, "subsets": "all"},
    "infidelity": {"scale": "none"},
    "shapley_exact": {"spread": "copied"},
    "kernel_shap": {"spread": "copied"},
    "lime": {"n": 8, "distance": "none"},
}
"""What a name of theirs says here by settings."""
FILLED = {"deletion", "sensitivity_n"}
"""Formulas whose baseline is what stands where pixels are removed."""
OF_LOGITS = {"deletion", "sensitivity_n", "infidelity"}
"""The cases are about logits."""
ELSEWHERE = {
    "inplace_relu",  # every case is run with both kinds of ReLU
    "perturbations",
    "I",
    "kernel",  # of the case with all weights 1
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
    if "feature_mask" in params:
        (settings["segments"],) = settings["segments"]  # all images of a case are cut alike
    return name, settings | IMPLIED.get(theirs, {})
