"""Attribution maps of the reference cases, in both precisions and with both kinds of ReLU."""

from collections import Counter

import pytest
import torch
from layer_lists import CASES, model_of
from reference_table import ours
from torch.nn.functional import interpolate

import heatproof as hp

MAPS = {case["id"]: case for case in CASES["maps"]}
CAMS = [i for i, case in MAPS.items() if case["method"] in ("gradcam_map", "gradcampp_map")]
PLAIN = [i for i in MAPS if i not in CAMS]
PRECISIONS = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
KINDS = pytest.mark.parametrize("inplace", [False, True], ids=["relu", "relu in place"])


def explained(case, dtype, inplace, **more):
    name, settings = ours(case["method"], case["params"])
    settings |= more
    x = torch.tensor(case["input"], dtype=dtype)
    model = model_of(case["model"], dtype, inplace=inplace)
    many = {"batch": 4096} if settings.get("n", 0) > 1000 else {}
    return hp.explain(model, x, name, target=torch.tensor(case["target"]), **many, **settings)


def agree(found, case, dtype, expected=None):
    expected = torch.tensor(case["expected"] if expected is None else expected, dtype=torch.float64)
    atol = case["atol"] if dtype == torch.float64 else case["atol_float32"]
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=atol)


def test_no_case_was_dropped():
    assert Counter(case["method"] for case in MAPS.values()) == {
        "gradient": 2,
        "input_x_gradient": 1,
        "integrated_gradients": 4,
        "smoothgrad": 1,
        "vargrad": 1,
        "guided_backprop": 2,
        "gradcam_map": 4,
        "gradcampp_map": 1,
        "guided_gradcam": 1,
        "occlusion": 2,
        "shapley_exact": 3,
        "kernel_shap": 1,
        "lime": 1,
    }
    assert len(PLAIN) + len(CAMS) == len(MAPS) == 24


@KINDS
@PRECISIONS
@pytest.mark.parametrize("name", PLAIN)
def test_map(name, dtype, inplace):
    case = MAPS[name]
    agree(explained(case, dtype, inplace), case, dtype)


@KINDS
@PRECISIONS
@pytest.mark.parametrize("upsampling", ["bilinear", "nearest"])
@pytest.mark.parametrize("name", CAMS)
def test_the_map_of_a_layer_is_enlarged(name, dtype, inplace, upsampling):
    case = MAPS[name]
    x, small = torch.tensor(case["input"]), torch.tensor(case["expected"], dtype=torch.float64)
    for relu in (False, True):
        large = interpolate(small.relu() if relu else small, x.shape[2:], mode=upsampling).expand(x.shape)
        found = explained(case, dtype, inplace, relu=relu, upsampling=upsampling)
        agree(found, case, dtype, large.tolist())
