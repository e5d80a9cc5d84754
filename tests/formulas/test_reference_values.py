"""Metric values and similarities of the reference cases, in both precisions."""

from collections import Counter

import numpy as np
import pytest
import torch
from layer_lists import CASES, model_of
from reading_of import readings
from reference_table import ours
from torch.nn.functional import avg_pool2d, interpolate

import heatproof as hp
from heatproof.metrics import infidelity as infidelity_module
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.random_masks import AllSubsets
from heatproof.vocabulary.similarity import SIMILARITIES as ALIKE

VALUES = {case["id"]: case for case in CASES["values"]}
CURVES = {"pixel_flipping_curve", "region_perturbation_curve", "selectivity_curve", "selectivity_auc", "aopc"}
SIMILARITIES = {"spearman": ALIKE["spearman"], "pearson": ALIKE["pearson"], "ssim": ALIKE["ssim_notebooks"]}
ELSEWHERE = {"irof", "road_imputation", "road_morf_accuracy", "minimal_subset"}
OWN_TEST = {*CURVES, *SIMILARITIES, *ELSEWHERE, "infidelity", "max_sensitivity"}
PRECISIONS = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])


def named(*metrics):
    chosen = [i for i, case in VALUES.items() if case["metric"] in metrics]
    return pytest.mark.parametrize("case", [VALUES[i] for i in chosen], ids=chosen)


def material(case, dtype):
    """(model, images, maps, target) of a case; where only maps matter, anything else of the right shape."""
    maps = torch.tensor(case.get("attributions", case.get("input")), dtype=dtype)
    x = torch.tensor(case["input"], dtype=dtype) if "input" in case else torch.rand_like(maps)
    flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(maps[0].numel(), 2)).to(dtype)
    model = model_of(case["model"], dtype) if "model" in case else flat
    return model, x, maps, torch.tensor(case.get("target", 0))


def patch_ranks(maps, side):
    """Every pixel ranks like its patch, so one step removes one whole patch.

    Two patches of the cases have the same sum, and the values tell that the later one counts as more relevant.
    """
    pooled = avg_pool2d(torch.tensor(maps), side).round(decimals=3)
    ranks = pooled.flatten().argsort(stable=True).argsort().double().view_as(pooled)
    return interpolate(ranks, scale_factor=side)


def agree(found, case, dtype):
    expected = torch.tensor(case["expected"], dtype=torch.float64)
    atol = case["atol"] if dtype == torch.float64 else max(case["atol"], 2e-6 * float(expected.abs().max()))
    torch.testing.assert_close(torch.as_tensor(found, dtype=torch.float64), expected, rtol=0, atol=atol)


def test_no_case_was_dropped():
    assert Counter(case["metric"] for case in VALUES.values()) == {
        "sparseness": 2,
        "complexity": 2,
        "average_total_variation": 1,
        "pixel_flipping_curve": 2,
        "region_perturbation_curve": 1,
        "aopc": 1,
        "selectivity_curve": 1,
        "selectivity_auc": 1,
        "faithfulness_estimate": 1,
        "faithfulness_correlation": 1,
        "sensitivity_n": 2,
        "infidelity": 1,
        "max_sensitivity": 1,
        "spearman": 2,
        "pearson": 1,
        "ssim": 1,
        "irof": 2,
        "road_imputation": 2,
        "road_morf_accuracy": 1,
        "minimal_subset": 1,
    }
    assert len(VALUES) == 27


@PRECISIONS
@named(*({case["metric"] for case in VALUES.values()} - OWN_TEST))
def test_value(case, dtype):
    model, x, maps, target = material(case, dtype)
    name, settings = ours(case["metric"], case["params"])
    agree(hp.score(model, x, maps, name, target=target, **settings), case, dtype)


@PRECISIONS
@named(*CURVES)
def test_curve_while_pixels_or_patches_are_removed(case, dtype):
    model, x, maps, target = material(case, dtype)
    _, settings = ours(case["metric"], case["params"])
    step = case["params"].get("features_in_step", 1)
    if side := case["params"].get("patch_size"):
        maps, step = patch_ranks(case["attributions"], side).to(dtype), side * side
    steps = maps[0].numel() // step
    (reading,) = readings(model, x, maps, "deletion", target=int(target), steps=steps, **settings)
    y = reading.curves["deletion"].y
    shown = {
        "pixel_flipping_curve": y[None, 1:],
        "selectivity_curve": y[None, 1:],
        "region_perturbation_curve": (y[0] - y)[None, 1:],
        "aopc": [float((y[0] - y).mean())],
        "selectivity_auc": [reading.value],
    }
    agree(shown[case["metric"]], case, dtype)


@PRECISIONS
@named("infidelity")
def test_infidelity_with_the_perturbations_of_the_case(case, dtype, monkeypatch):
    model, x, maps, target = material(case, dtype)
    removed = torch.tensor(case["params"]["I"], dtype=dtype)

    def one_pixel_each(image, *_):
        points = Masked(image, AllSubsets(tuple(image.x.shape[1:]), 1), 0.0)
        torch.testing.assert_close(image.x - points.all(), removed.reshape(-1, *x.shape[1:]))
        return points

    monkeypatch.setattr(infidelity_module, "_noise", one_pixel_each)
    _, settings = ours("infidelity", {})
    agree(hp.score(model, x, maps, "infidelity", target=target, **settings), case, dtype)


@PRECISIONS
@named("max_sensitivity")
def test_max_sensitivity(case, dtype):
    model, x, _, target = material(case, dtype)
    method = case["params"]["method"]
    maps = hp.explain(model, x, method, target=target)
    agree(hp.score(model, x, maps, "max_sensitivity", method=method, target=target, radius=0.2), case, dtype)


@named(*SIMILARITIES)
def test_similarity(case):
    a, b = (np.array(m, dtype=float)[0] for m in case["attributions"])
    alike = SIMILARITIES[case["metric"]]
    if case["expected"] == [None]:
        with pytest.raises(Undefined):
            alike(a, b)
    else:
        assert alike(a, b) == pytest.approx(case["expected"][0], abs=case["atol"])
