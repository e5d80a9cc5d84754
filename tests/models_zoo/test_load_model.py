"""The names that `load_model` understands, with stand-ins for the packages that are not installed here."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

from heatproof.models.classifier import Normalised
from heatproof.models.hub import hf_input
from heatproof.models.input import InputSpec
from heatproof.models.load import load_model
from heatproof.vocabulary.errors import HeatproofError

FACTORY = """
from torch import nn
from heatproof.models.classifier import Classifier, Normalised
from heatproof.models.input import InputSpec
from layers_of_mine import head

def tiny():
    return nn.Sequential(nn.Flatten(), head()).train()

def whole():
    spec = InputSpec(3, 2, 2, (0.5,) * 3, (0.25,) * 3)
    return Classifier(Normalised(nn.Flatten(), spec), "mine", spec)

def wrong():
    return "no module"

def fails():
    raise RuntimeError("first line\\nsecond line")
"""


def refused(code: str, name, **settings) -> str:
    with pytest.raises(HeatproofError) as caught:
        load_model(name, **settings)
    assert caught.value.code == code
    assert "\n" not in caught.value.line
    return caught.value.line


@pytest.fixture
def nets(tmp_path) -> Path:
    (tmp_path / "nets.py").write_text(FACTORY)
    (tmp_path / "layers_of_mine.py").write_text("from torch import nn\n\ndef head():\n    return nn.Linear(12, 3)\n")
    yield tmp_path / "nets.py"
    sys.modules.pop("layers_of_mine", None)


def test_unknown_names_get_the_nearest():
    assert "did you mean 'digits-cnn'?" in refused("HP910", "digit-cnn")
    assert "efficientnet-lite0" in refused("HP910", "zebra")
    refused("HP910", "timm:")
    assert "list" in refused("HP914", [1])


def test_a_module_passes_through():
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    model = load_model(net, classes=("a", "b", "c"))
    assert model.module is net
    assert (model.name, model.input, model.classes) == ("Sequential", None, ("a", "b", "c"))
    assert net.training
    assert load_model(model) is model


def test_an_input_adds_its_normalisation_to_the_module():
    net = nn.Flatten()
    spec = InputSpec(3, 2, 2, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    model = load_model(net, input=spec)
    assert isinstance(model.module, Normalised)
    assert model.module(torch.ones(1, 3, 2, 2)).eq(2).all()
    assert load_model(net, input=InputSpec(3, 2, 2)).module is net
    assert load_model(model, input=InputSpec(3, 2, 2)).module is net


def test_a_plugin_is_run_only_where_allowed(nets):
    assert f"import {nets} and call tiny()" in refused("HP903", f"{nets}:tiny")
    before, path = torch.random.get_rng_state(), list(sys.path)
    model = load_model(f"{nets}:tiny", allow_plugins=True)
    assert (model.name, model.module.training) == ("tiny", False)
    assert model.module(torch.ones(1, 3, 2, 2)).shape == (1, 3)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert sys.path == path
    whole = load_model(f"{nets}:whole", allow_plugins=True)
    assert whole.name == "mine"
    assert whole.module(torch.ones(1, 3, 2, 2)).eq(2).all()


def test_plugins_that_do_not_work(nets):
    assert "did you mean 'tiny'?" in refused("HP905", f"{nets}:tyny", allow_plugins=True)
    assert "RuntimeError: first line second line" in refused("HP906", f"{nets}:fails", allow_plugins=True)
    assert "str" in refused("HP913", f"{nets}:wrong", allow_plugins=True)
    refused("HP904", "none.py:tiny", allow_plugins=True)


class TestHubs:
    """Packages that need an extra."""

    @pytest.fixture
    def package(self, monkeypatch):
        def put(name: str, **content) -> None:
            module = ModuleType(name)
            vars(module).update(content)
            monkeypatch.setitem(sys.modules, name, module)

        return put

    @pytest.mark.parametrize(
        ("name", "package", "extra"),
        [
            ("torchvision:resnet18", "torchvision", "vision"),
            ("timm:vit", "timm", "vision"),
            ("hf:a/b", "transformers", "hf"),
        ],
    )
    def test_missing(self, monkeypatch, name, package, extra):
        monkeypatch.setitem(sys.modules, package, None)
        line = refused("HP902", name)
        assert package in line
        assert f"heatproof[{extra}]" in line

    def test_built_for_another_torch(self, monkeypatch, tmp_path):
        (tmp_path / "torchvision").mkdir()
        text = "raise RuntimeError('operator torchvision::nms does not exist')\n"
        (tmp_path / "torchvision" / "__init__.py").write_text(text)
        (tmp_path / "timm.py").write_text("import torchvision\n")
        for package in ("torchvision", "timm"):
            monkeypatch.delitem(sys.modules, package, raising=False)
        monkeypatch.syspath_prepend(tmp_path)
        for name in ("torchvision:resnet18", "timm:resnet18"):
            line = refused("HP901", name)
            assert "operator torchvision::nms does not exist" in line
            assert torch.__version__ in line
            assert "--force-reinstall" in line

    def test_torchvision(self, package):
        preset = SimpleNamespace(
            crop_size=[8],
            resize_size=[10],
            mean=[0.5] * 3,
            std=[0.5] * 3,
            interpolation=SimpleNamespace(value="bilinear"),
        )
        best = SimpleNamespace(transforms=lambda: preset, meta={"categories": ["a", "b"]})
        asked = []

        def get_model(name, weights):
            asked.append(weights)
            return nn.Sequential(nn.Flatten(), nn.Linear(192, 2))

        package("torchvision")
        package(
            "torchvision.models",
            list_models=lambda: ["resnet18", "vgg11"],
            get_model_weights=lambda _: SimpleNamespace(DEFAULT=best),
            get_model=get_model,
        )
        model = load_model("torchvision:resnet18")
        assert asked == [best]
        assert model.input == InputSpec(3, 8, 8, (0.5,) * 3, (0.5,) * 3, 0.8, "bilinear")
        assert model.classes == ("a", "b")
        assert isinstance(model.module, Normalised)
        assert "did you mean 'resnet18'?" in refused("HP911", "torchvision:resnet81")

    def test_timm(self, package):
        said = {
            "input_size": (3, 8, 8),
            "mean": (0.1,) * 3,
            "std": (1,) * 3,
            "crop_pct": 0.9,
            "interpolation": "bicubic",
        }
        net = nn.Flatten()
        net.num_classes = 192
        package(
            "timm",
            is_model=lambda name: name == "vit",
            list_models=lambda: ["vit"],
            create_model=lambda name, pretrained: net,
            data=SimpleNamespace(resolve_data_config=lambda args, model: said),
        )
        model = load_model("timm:vit")
        assert model.input == InputSpec(3, 8, 8, (0.1,) * 3, (1,) * 3, 0.9, "bicubic")
        assert model.classes is None
        refused("HP911", "timm:vot")

    def test_weights_that_cannot_be_fetched(self, package):
        def offline(name, pretrained):
            raise OSError("We couldn't connect\nto the hub")

        package("timm", is_model=lambda _: True, create_model=offline)
        assert "OSError: We couldn't connect to the hub" in refused("HP912", "timm:vit")

    @pytest.mark.parametrize(
        ("said", "size", "crop"),
        [
            ({"size": {"height": 224, "width": 224}}, 224, 1.0),
            (
                {"size": {"shortest_edge": 256}, "do_center_crop": True, "crop_size": {"height": 224, "width": 224}},
                224,
                0.875,
            ),
            ({"size": {"shortest_edge": 224}, "crop_pct": 0.9}, 224, 0.9),
            ({"size": 384}, 384, 1.0),
        ],
    )
    def test_hugging_face_inputs(self, said, size, crop):
        spec = hf_input({"image_mean": [0.5] * 3, "image_std": [0.2] * 3, "resample": 3, **said}, 3)
        assert spec == InputSpec(3, size, size, (0.5,) * 3, (0.2,) * 3, crop, "bicubic")
        plain = hf_input({"do_normalize": False, "resample": 2, **said}, 3)
        assert (plain.mean, plain.std, plain.interpolation) == ((0,) * 3, (1,) * 3, "bilinear")
