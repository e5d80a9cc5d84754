"""Attribution maps of the reference cases, in both precisions and with both kinds of ReLU."""

from collections import Counter

import pytest
import torch
from layer_lists import CASES, model_of
from reference_table import ours
from torch.nn.functional import interpolate

import heatproof as hp

MAPS = {case["id"]: case for case in CASES["maps"]}
PLAIN = [i for i, case in MAPS.items() if case["method"] not in ("gradcam_map", "guided_gradcam")]
CAMS = [i for i, case in MAPS.items() if case["method"] == "gradcam_map"]
PRECISIONS = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
KINDS = pytest.mark.parametrize("inplace", [False, True], ids=["relu", "relu in place"])


def explained(case, dtype, inplace, method=None):
    name, settings = ours(case["method"], case["params"])
    if method:
        name, settings = method, {}
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
        "gradcam_map": 3,
        "guided_gradcam": 1,
        "occlusion": 2,
    }
    assert len(PLAIN) + len(CAMS) + 1 == len(MAPS) == 17


@KINDS
@PRECISIONS
@pytest.mark.parametrize("name", PLAIN)
def test_map(name, dtype, inplace):
    case = MAPS[name]
    agree(explained(case, dtype, inplace), case, dtype)


@KINDS
@PRECISIONS
@pytest.mark.parametrize("name", CAMS)
def test_grad_cam_is_the_positive_part_enlarged(name, dtype, inplace):
    case = MAPS[name]
    x = torch.tensor(case["input"])
    small = torch.tensor(case["expected"], dtype=torch.float64).relu()
    large = interpolate(small, x.shape[2:], mode="bilinear").expand(x.shape)
    agree(explained(case, dtype, inplace), case, dtype, large.tolist())


@KINDS
@PRECISIONS
def test_guided_grad_cam_enlarged_by_repetition(dtype, inplace):
    case = MAPS["guided_gradcam_relu1"]
    guided = explained(case, dtype, inplace, "guided_backprop")
    x = torch.tensor(case["input"], dtype=dtype)
    model = model_of(case["model"], dtype, inplace=inplace)
    cam = hp.explain(model, x, "grad_cam", target=case["target"], layer="relu1")
    corners = cam[..., ::3, ::3]  # where the bilinear copy of 2 x 2 values holds the values themselves
    agree(guided * interpolate(corners, x.shape[2:], mode="nearest"), case, dtype)
    torch.testing.assert_close(explained(case, dtype, inplace), guided * cam)
