"""Maps that are constant, zero, tied, huge, tiny or not finite: a value or none, for that image alone."""

import pytest
import torch
from torch import Tensor, nn

import heatproof as hp
from heatproof.check.supplies import extras
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.registry import formulas


def strange(kind: str, phi: Tensor) -> Tensor:
    made = {
        "constant": torch.full_like(phi, 0.1),
        "zero": torch.zeros_like(phi),
        "all negative": -phi.abs() - 1,
        "tied": phi.sign(),
        "huge": 1e30 * phi,
        "tiny": 1e-30 * phi,
        "one pixel": torch.zeros_like(phi).index_fill_(2, torch.tensor([3]), 1.0),
        "NaN": phi.clone().index_fill_(2, torch.tensor([3]), float("nan")),
        "infinite": phi.clone().index_fill_(2, torch.tensor([3]), float("inf")),
    }
    return made[kind]


ABOUT_THE_PREDICTION = {"minimal_subset", "impact_coverage"}
SCALED = ["all negative", "huge", "tiny", "tied"]
UNDEFINED = {
    "NaN": set(formulas("metric")),
    "infinite": set(formulas("metric")),
    "constant": {
        "segment_sensitivity_n",
        "sensitivity_n",
        "total_variation",
        "parameter_randomization",
        "data_randomization",
        "model_noise",
    },
    "zero": {
        "segment_sensitivity_n",
        "sensitivity_n",
        "total_variation",
        "parameter_randomization",
        "data_randomization",
        "model_noise",
        "hyperparameter_sensitivity",
        "input_noise_sensitivity",
        "gini",
        "entropy",
        "max_sensitivity",
    },
}


@pytest.mark.parametrize("metric", sorted(formulas("metric")))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_a_strange_map_has_a_value_or_none_and_its_company_keeps_its_own(metric, dtype):
    generator = torch.Generator().manual_seed(4)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 9, 3)).to(dtype)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator).to(dtype) / p[0].numel() ** 0.5
    image = torch.rand(3, 10, 11, generator=generator).to(dtype)
    good = torch.randn(3, 10, 11, generator=generator).to(dtype)
    kinds = [*SCALED, *UNDEFINED, "one pixel"]
    settings = {"batch": 16} if metric in ABOUT_THE_PREDICTION else {"target": 1, "batch": 16}
    if "explain" in formulas("metric")[metric].ingredients:
        settings |= {"method": "smoothgrad" if metric == "hyperparameter_sensitivity" else "gradient"}
    if metric == "data_randomization":
        settings |= {"twins": {"random labels": {n: v + 0.1 * v.sin() for n, v in model.state_dict().items()}}}
    if metric == "impact_coverage":
        settings |= {"failed": "keep"}  # no patch fools this network
    maps = torch.stack([good, *(strange(kind, good) for kind in kinds), good])
    formula, images = formulas("metric")[metric], image.expand(len(maps), -1, -1, -1)
    values = hp.score(model, images, maps, metric, **settings, **extras(formula, images))
    alone = hp.score(model, image[None], good[None], metric, **settings, **extras(formula, image[None]))
    assert values[0] == values[-1] == alone[0]
    assert torch.isfinite(alone[0])
    for kind, found in zip(kinds, values[1:-1], strict=True):
        defined = bool(torch.isfinite(found))
        assert defined == (metric not in UNDEFINED.get(kind, ())), f"{kind}: {float(found)}"
        assert defined or torch.isnan(found)
    scale_free = "scale" in formulas("metric")[metric].claims.invariant_to and metric != "max_sensitivity"
    if scale_free:
        assert values[1 + kinds.index("huge")] == pytest.approx(float(alone[0]), rel=1e-5, abs=1e-7)
        assert values[1 + kinds.index("tiny")] == pytest.approx(float(alone[0]), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("metric", ["gini", "entropy", "total_variation"])
def test_why_a_value_is_missing_is_said_in_a_few_words(metric):
    with pytest.raises(Undefined) as caught:
        formulas("metric")[metric].call(torch.zeros(1, 4, 5))
    assert 10 < len(caught.value.reason) < 90
