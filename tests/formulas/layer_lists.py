"""Models of the reference cases: an nn.Module from a list of layers with their weights."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

CASES: dict[str, Any] = json.loads((Path(__file__).parent / "reference_cases.json").read_text())
DIFFERENCES: dict[str, Any] = json.loads((Path(__file__).parent / "reference_differences.json").read_text())
"""The cases of methods that compare with a reference, and sums that their maps must have."""
SMOOTH = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "hardswish": nn.Hardswish,
    "softmax": lambda: nn.Softmax(1),
}
MODELS: dict[str, Any] = {**CASES["models"], **DIFFERENCES["models"]}


def model_of(name: str, dtype: torch.dtype, *, inplace: bool = False, **swap: str) -> nn.Sequential:
    """The model of this name; `input` is an identity, so that there is a layer to ask for the input.

    With relu="gelu" it has the one where the case has the other.
    """
    given = [{**layer, "op": swap.get(layer["op"], layer["op"])} for layer in MODELS[name]["layers"]]
    layers = [(layer["name"], _layer(layer, inplace)) for layer in given]
    return nn.Sequential(OrderedDict([("input", nn.Identity()), *layers])).eval().to(dtype)


def _layer(given: dict[str, Any], inplace: bool) -> nn.Module:
    match given["op"]:
        case "flatten":
            return nn.Flatten()
        case "relu":
            return nn.ReLU(inplace)
        case "avgpool2d":
            return nn.AvgPool2d(given["kernel"])
        case "maxpool2d":
            return nn.MaxPool2d(given["kernel"])
        case op if op in SMOOTH:
            return SMOOTH[op]()
        case "linear":
            weight = _tensor(given["weight"])
            return _filled(nn.Linear(*reversed(weight.shape)), weight=weight, bias=given["bias"])
        case "conv2d":
            weight = _tensor(given["weight"])
            conv = nn.Conv2d(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]), padding=given.get("padding", 0))
            return _filled(conv, weight=weight, bias=given["bias"])
        case "batchnorm2d":
            norm = nn.BatchNorm2d(len(given["weight"]), eps=given["eps"])
            norm.running_mean, norm.running_var = _tensor(given["mean"]), _tensor(given["var"])
            return _filled(norm, weight=given["weight"], bias=given["bias"])
        case op:
            raise ValueError(f"unknown layer {op!r}")


def _filled(module: nn.Module, **parameters: Any) -> nn.Module:
    for name, value in parameters.items():
        setattr(module, name, None if value is None else nn.Parameter(_tensor(value)))
    return module


def _tensor(values: Any) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float64)
