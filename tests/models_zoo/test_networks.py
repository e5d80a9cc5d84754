"""Networks that are trained or filled from a file: their shapes, how they begin, what their files may say."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import heatproof as hp
from heatproof.models.fresh import fresh_weights
from heatproof.models.load import load_model
from heatproof.models.normalisation import normalised
from heatproof.models.zoo import ZOO
from heatproof.vocabulary.errors import HeatproofError

BARE = [name for name, entry in ZOO.items() if not entry.weights]


def built(name: str, **change: int) -> nn.Module:
    entry = ZOO[name]
    with torch.random.fork_rng():
        return entry.build(entry.input, change.get("outputs", len(entry.classes())))


def count(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("mnist-mlp", 784 * 2500 + 2500 + 2500 * 1500 + 1500 + 1500 * 500 + 500 + 5000 + 10),
        ("mnist-cnn", 25 * 32 + 32 + 25 * 32 * 64 + 64 + 3136 * 1024 + 1024 + 10240 + 10),
        ("basic-cnn", 1_199_882),
        ("lenet5", 648_226),
        ("cifar-resnet20", 269_722),
        ("cifar-resnet32", 464_154),
        ("cifar-resnet44", 658_586),
        ("cifar-resnet56", 853_018),
    ],
)
def test_the_number_of_parameters_is_the_published_one(name, parameters):
    assert count(built(name)) == parameters


@pytest.mark.parametrize("name", BARE)
def test_without_weights_they_are_refused_and_say_how_to_get_some(name):
    with pytest.raises(HeatproofError, match=f"HP954 '{name}' .*weights: FILE.*train: .*heatproof train {name}"):
        load_model(name)


@pytest.mark.parametrize("name", BARE)
def test_a_file_of_weights_fills_them_also_for_other_classes_and_from_a_parallel_network(name, tmp_path):
    before = torch.random.get_rng_state()
    net = built(name, outputs=7).eval()
    torch.save({"state_dict": {f"module.{k}": v for k, v in net.state_dict().items()}}, tmp_path / "w.th")
    model = load_model(name, weights=tmp_path / "w.th")
    assert torch.equal(torch.random.get_rng_state(), before)
    assert model.classes is None
    spec = model.input
    x = torch.rand(2, spec.channels, spec.height, spec.width, generator=torch.Generator().manual_seed(0))
    mean, std = torch.tensor(spec.mean).view(1, -1, 1, 1), torch.tensor(spec.std).view(1, -1, 1, 1)
    with torch.no_grad():
        assert torch.allclose(model.module(x), net((x - mean) / std), atol=1e-5)
    assert sum(isinstance(m, nn.ReLU) and not m.inplace for m in model.module.modules()) >= 2


@pytest.mark.parametrize("name", ["mnist-mlp", "mnist-cnn"])
def test_the_sanity_networks_begin_with_a_truncated_normal_and_do_so_again_when_made_fresh(name):
    net = built(name)
    for layer in net.modules():
        if not isinstance(layer, nn.Linear | nn.Conv2d):
            continue
        s = 2 / layer.in_features**0.5 if name == "mnist-mlp" else 0.1
        for weight, bias in ((layer.weight.detach(), layer.bias.detach()), fresh_weights(layer, "x", 0)):
            assert float(weight.abs().max()) <= 2 * s * (1 + 1e-6)  # cut in float32
            assert float(weight.std()) == pytest.approx(0.8796 * s, rel=0.05)
            assert set(bias.tolist()) == {float(torch.tensor(0.0 if name == "mnist-mlp" else 0.1))}


def test_the_shortcut_takes_every_second_pixel_and_pads_channels_on_both_sides():
    block = built("cifar-resnet20").layer2[0]
    x = torch.rand(1, 16, 6, 6)
    y = block.shortcut(x)
    assert y.shape == (1, 32, 3, 3)
    assert torch.equal(y[:, 8:24], x[:, :, ::2, ::2])
    assert not y[:, :8].any()
    assert not y[:, 24:].any()
    assert sum(isinstance(m, nn.ReLU) for m in built("cifar-resnet20").modules()) == 19


@pytest.mark.parametrize("name", ["mnist-cnn", "basic-cnn", "cifar-resnet20"])
def test_methods_that_look_into_layers_can(name, tmp_path):
    torch.save(built(name).state_dict(), tmp_path / "w.pt")
    model = load_model(name, weights=tmp_path / "w.pt")
    spec = model.input
    x = torch.rand(1, spec.channels, spec.height, spec.width)
    for method in ("guided_backprop", "grad_cam", "deeplift"):
        assert hp.explain(model, x, method, target=0).isfinite().all(), method


def test_a_file_of_ours_says_what_it_wants_to_see(tmp_path):
    entry = ZOO["basic-cnn"]
    spec = normalised(entry.input, "fashion-mnist")
    about = {"input": {**vars(spec)}, "classes": ["shirt", "shoe"]}
    path = tmp_path / "w.safetensors"
    save_file(built("basic-cnn", outputs=2).state_dict(), path, {"heatproof": json.dumps(about)})
    model = load_model("basic-cnn", weights=path)
    assert model.input == spec
    assert model.classes == ("shirt", "shoe")
    for nonsense in ({"input": {"channels": 1}}, {"input": {**vars(spec), "std": [0.0]}}, [1]):
        save_file(built("basic-cnn").state_dict(), path, {"heatproof": json.dumps(nonsense)})
        with pytest.raises(HeatproofError, match=r"HP923 .*note"):
            load_model("basic-cnn", weights=path)


def test_normalise_names_the_constants_of_a_data_set(tmp_path):
    torch.save(built("cifar-resnet20").state_dict(), tmp_path / "w.th")
    usual = load_model("cifar-resnet20", weights=tmp_path / "w.th")
    other = load_model("cifar-resnet20", weights=tmp_path / "w.th", normalise="cifar10")
    assert usual.input.mean == (0.485, 0.456, 0.406)
    assert other.input.std == (0.247, 0.2434, 0.2615)
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert not torch.allclose(usual.module(x), other.module(x))
    assert load_model("digits-cnn", normalise="none").input.mean == (0.0,)
    for model, name, says in (
        ("digits-cnn", "cifar", "did you mean 'cifar10'"),
        ("digits-cnn", "cifar10", "3 channels"),
        (nn.Flatten(), "mnist", "not known"),
    ):
        with pytest.raises(HeatproofError, match=f"HP953 .*{says}"):
            load_model(model, normalise=name)
