"""Reference cases of DeepLIFT, DeepSHAP and DeconvNet, and sums of maps over families of networks."""

from collections import Counter

import pytest
import torch
from layer_lists import DIFFERENCES, model_of
from torch import nn

import heatproof as hp

MAPS = {case["id"]: case for case in DIFFERENCES["maps"]}
SUMS = {case["model"]: case for case in DIFFERENCES["sums"]}
FAMILIES = {
    **{name: (name, {}) for name in SUMS},
    "c_max_relu": ("c_relu_max", {}),
    "c_gelu_avg": ("c_silu_avg", {"silu": "gelu"}),
    "c_hardswish_avg": ("c_silu_avg", {"silu": "hardswish"}),
    "c_tanh_avg": ("c_sigmoid_avg", {"sigmoid": "tanh"}),
}
"""The networks with given sums, and some that differ from them by a layer."""
NAMES = {"deeplift": "deeplift", "deepliftshap": "deepshap", "deconvolution": "deconvnet"}
PRECISIONS = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
KINDS = pytest.mark.parametrize("inplace", [False, True], ids=["relu", "relu in place"])


def test_no_case_was_dropped():
    assert Counter(case["method"] for case in MAPS.values()) == {"deeplift": 3, "deepliftshap": 1, "deconvolution": 2}
    assert len(SUMS) == 4
    assert len(FAMILIES) == 8


@KINDS
@PRECISIONS
@pytest.mark.parametrize("name", MAPS)
def test_map(name, dtype, inplace):
    case = MAPS[name]
    settings = {k: v for k, v in case["params"].items() if k != "inplace_relu"}
    if "baselines" in settings:
        settings["reference"] = torch.tensor(settings.pop("baselines"), dtype=dtype)
    x, target = torch.tensor(case["input"], dtype=dtype), torch.tensor(case["target"])
    model = model_of(case["model"], dtype, inplace=inplace)
    found = hp.explain(model, x, NAMES[case["method"]], target=target, **settings)
    atol = case["atol"] if dtype == torch.float64 else case["atol_float32"]
    torch.testing.assert_close(found.double(), torch.tensor(case["expected"], dtype=torch.float64), rtol=0, atol=atol)


def deeplift(model, x, b, target):
    """Maps of images (n, C, H, W), each with a baseline of its own."""
    pairs = zip(x, b, target, strict=True)
    return torch.stack([hp.explain(model, z[None], "deeplift", target=t, baseline=r)[0] for z, r, t in pairs])


@KINDS
@PRECISIONS
@pytest.mark.parametrize("name", FAMILIES)
def test_sum(name, dtype, inplace):
    origin, swap = FAMILIES[name]
    case = SUMS[origin]
    x, b = (torch.tensor(case[k], dtype=dtype) for k in ("input", "baseline"))
    model = model_of(origin, dtype, inplace=inplace, **swap)
    if name == "c_max_relu":
        nothing, conv, relu, pool, *rest = model
        model = nn.Sequential(nothing, conv, pool, relu, *rest)
    found = deeplift(model, x, b, case["target"]).double().sum((1, 2, 3))
    with torch.no_grad():
        change = (model(x.clone()) - model(b.clone())).double()[[0, 1], case["target"]]
    tolerance = {"rtol": 0, "atol": case["atol"]} if dtype == torch.float64 else {"rtol": 1e-5, "atol": 1e-5}
    torch.testing.assert_close(found, change, **tolerance)
    if not swap:
        expected = torch.tensor(case["expected_sum"], dtype=torch.float64)
        torch.testing.assert_close(found, expected, rtol=tolerance["rtol"], atol=max(tolerance["atol"], case["atol"]))


@KINDS
@PRECISIONS
def test_the_larger_of_two_maxima_decides_who_is_credited(dtype, inplace):
    model = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.ReLU(inplace)).to(dtype)
    x, b = torch.ones(2, 1, 2, 2, dtype=dtype), torch.tensor([[1, 2, 3, 9], [4, 8, 6, 7]], dtype=dtype)
    found = deeplift(model, x, b.view(2, 1, 2, 2), [0, 0]).flatten(1)
    assert torch.equal(found, torch.tensor([[0, 0, 0, -8], [0, -7, 0, 0]], dtype=dtype))


@PRECISIONS
def test_two_hinges_and_their_smooth_twin(dtype):
    x = torch.tensor([[[[1.0, 2.0]]]], dtype=dtype)
    hinges = model_of("relu_deeplift", dtype)
    torch.testing.assert_close(hp.explain(hinges, x, "deeplift", target=0), torch.tensor([[[[2.0, 1.0]]]], dtype=dtype))
    smooth = model_of("relu_deeplift", dtype, relu="tanh")
    one = 2 * torch.tensor(1.0, dtype=dtype).tanh()
    other = 2 * (torch.tensor(0.5, dtype=dtype).tanh() + torch.tensor(1.5, dtype=dtype).tanh())
    found = hp.explain(smooth, x, "deeplift", target=0)
    torch.testing.assert_close(found, torch.stack([one, other]).view(1, 1, 1, 2))
