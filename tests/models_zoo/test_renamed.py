"""Weights in the layout of other libraries are taken under their own names, or refused by name."""

import pytest
import torch
from torch import nn

from heatproof.models.load import load_model
from heatproof.models.renamed import fitted
from heatproof.models.zoo import ZOO
from heatproof.vocabulary.errors import HeatproofError

ENTRY = ZOO["cifar-resnet20"]


def net() -> nn.Module:
    with torch.random.fork_rng():
        return ENTRY.build(ENTRY.input, 10)


def attacked(weights: dict, mean: tuple[float, ...], std: tuple[float, ...]) -> dict:
    """A checkpoint as adversarial training with the robustness library leaves it."""
    inside = {f"module.{part}{k}": v for part in ("model.", "attacker.model.") for k, v in weights.items()}
    for place in ("module.normalizer", "module.attacker.normalize"):
        inside |= {f"{place}.new_mean": torch.tensor(mean).view(-1, 1, 1), f"{place}.new_std": _std(std)}
    return {"model": inside, "epoch": 90}


def _std(std: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(std).view(-1, 1, 1)


def test_a_robust_checkpoint_gives_its_network(tmp_path):
    right = net()
    torch.save(attacked(right.state_dict(), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), tmp_path / "r.pt")
    model = load_model("cifar-resnet20", weights=tmp_path / "r.pt")
    assert torch.equal(model.module.net.conv1.weight, right.conv1.weight)


def test_a_robust_checkpoint_of_another_normalisation_is_refused_until_it_is_named(tmp_path):
    torch.save(attacked(net().state_dict(), (0.4913, 0.4821, 0.4464), (0.247, 0.2434, 0.2615)), tmp_path / "r.pt")
    with pytest.raises(HeatproofError, match=r"HP955 .*mean \(0.4913.*\(0.485.*normalise: NAME"):
        load_model("cifar-resnet20", weights=tmp_path / "r.pt")
    model = load_model("cifar-resnet20", weights=tmp_path / "r.pt", normalise="cifar10")
    assert model.input.mean == (0.4913, 0.4821, 0.4464)
    torch.save(attacked(net().state_dict(), (0.485, 0.456, 0.406), (0.2, 0.2, 0.2)), tmp_path / "r.pt")
    with pytest.raises(HeatproofError, match=r"HP955 .*std \(0.2,"):
        load_model("cifar-resnet20", weights=tmp_path / "r.pt")


def test_old_names_of_densenet_and_heads_that_only_train():
    class Tiny(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.denselayer1 = nn.ModuleDict({"norm1": nn.BatchNorm2d(2), "conv2": nn.Conv2d(1, 1, 1)})

    own = Tiny().state_dict()
    old = {k.replace("norm1", "norm.1").replace("conv2", "conv.2"): v for k, v in own.items()}
    more = {"aux1.fc.weight": torch.zeros(1), "AuxLogits.fc.weight": torch.zeros(1)}
    assert fitted({**old, **more}, Tiny(), None, "w.pt").keys() == own.keys()
    assert "auxiliary.weight" in fitted({**old, "auxiliary.weight": torch.zeros(1)}, Tiny(), None, "w.pt")
