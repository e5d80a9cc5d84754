"""The networks that come with heatproof."""

from importlib.resources import files

import pytest
import torch
from torch import nn

from heatproof.data.load import load_data
from heatproof.models.imagenet import imagenet_classes
from heatproof.models.load import load_model
from heatproof.models.zoo import ZOO
from heatproof.train.accuracy import accuracy
from heatproof.vocabulary.errors import HeatproofError


@pytest.mark.parametrize(
    ("name", "data"), [("digits-cnn", "mnist5k"), ("digits-mlp", "mnist5k"), ("planted-cnn", "planted")]
)
def test_the_shipped_weights_reach_97_percent_on_held_out_images(name, data):
    model = load_model(name)
    assert accuracy(model.module, load_data(data, 1000, input=model.input)) >= 0.97


def test_the_shipped_weights_are_small():
    sizes = [file.stat().st_size for file in (files("heatproof.models") / "weights").iterdir()]
    assert len(sizes) == 5
    assert sum(sizes) < 2_000_000


@pytest.fixture(scope="module")
def lite0():
    return load_model("efficientnet-lite0")


def test_lite0_names_coffee_as_espresso(lite0):
    data = load_data("photos", 3, input=lite0.input)
    with torch.no_grad():
        likely = lite0.module(data.images).softmax(1)
    assert lite0.classes[likely[0].argmax()] == "espresso"
    assert likely[0].max() > 0.9
    assert lite0.classes[likely[1].argmax()] in ("tabby", "tiger cat", "Egyptian cat")
    assert lite0.classes[likely[2].argmax()] == "moped"


def test_wrong_preprocessing_is_worse(lite0):
    """The normalisation is part of the module: undoing it must be visible."""
    coffee = load_data("photos", 1, input=lite0.input).images
    with torch.no_grad():
        right, wrong = (net(coffee).softmax(1)[0, 967] for net in (lite0.module, lite0.module.net))
    assert right > wrong + 0.05


def test_lite0_is_the_published_architecture(lite0):
    net = lite0.module.net
    assert sum(p.numel() for p in net.parameters()) == 4_652_008
    assert sum(isinstance(m, nn.ReLU6) for m in net.modules()) == 33
    assert {m.eps for m in net.modules() if isinstance(m, nn.BatchNorm2d)} == {1e-3}
    with torch.no_grad():
        assert net.blocks(net.stem(torch.zeros(1, 3, 64, 96))).shape == (1, 320, 2, 3)


def test_same_padding_puts_the_odd_pixel_at_the_end(lite0):
    net = lite0.module.net

    def padding(part) -> tuple[int, ...]:
        return part.pad.padding if hasattr(part, "pad") else part.conv.padding * 2

    assert padding(net.stem) == (0, 1, 0, 1)
    depthwise = [padding(b.depthwise) for b in net.blocks]
    assert depthwise[:4] == [(1, 1, 1, 1), (0, 1, 0, 1), (1, 1, 1, 1), (1, 2, 1, 2)]
    assert padding(net.blocks[0].project) == (0, 0, 0, 0)


def test_layer_names():
    layers = [name for name, _ in load_model("digits-cnn").module.named_children()]
    assert layers == ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "fc1", "relu3", "fc2"]


def test_imagenet_classes():
    classes = imagenet_classes()
    assert len(set(classes)) == 1000
    known = {0: "tench", 134: "crane bird", 281: "tabby", 517: "crane", 639: "maillot tank suit", 967: "espresso"}
    assert {i: classes[i] for i in known} == known
    assert classes[999] == "toilet tissue"


@pytest.mark.parametrize("name", [name for name, entry in ZOO.items() if entry.weights])
def test_a_model_is_ready_and_leaves_the_random_numbers_alone(name):
    before = torch.random.get_rng_state()
    model = load_model(name)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (model.name, model.module.training) == (name, False)
    assert model.source
    spec = model.input
    with torch.no_grad():
        logits = model.module(torch.rand(2, spec.channels, spec.height, spec.width, generator=torch.Generator()))
    assert logits.shape == (2, len(model.classes))


def test_the_missing_package_is_named(monkeypatch):
    monkeypatch.setattr("heatproof.models.package.find_spec", lambda _: None)
    with pytest.raises(HeatproofError, match=r"HP902 .*efficientnet_lite0.*'heatproof\[demo\]'"):
        load_model("efficientnet-lite0")
