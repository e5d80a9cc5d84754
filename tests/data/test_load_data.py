"""The names that `load_data` understands, and what it says to others."""

from pathlib import Path

import numpy as np
import pytest
import torch

from heatproof.data.imageset import ImageSet
from heatproof.data.load import load_data
from heatproof.data.tensors import from_tensors
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import UsageError

FACTORY = """
import torch
from heatproof.data.tensors import from_tensors

def some():
    return torch.full((6, 3, 4, 4), 0.5), torch.arange(6)

def unlabelled():
    return torch.rand(2, 1, 4, 4), None

def whole():
    return from_tensors(torch.zeros(2, 3, 4, 4), name="mine", classes=("a", "b"))

def wrong():
    return 7

def fails():
    return 1 / 0
"""


@pytest.fixture
def plugin(tmp_path) -> Path:
    path = tmp_path / "mydata.py"
    path.write_text(FACTORY)
    return path


def refused(code: str, *args, **settings) -> str:
    with pytest.raises(UsageError) as caught:
        load_data(*args, **settings)
    assert caught.value.code == code
    assert "\n" not in caught.value.line
    return caught.value.line


def test_unknown_names_get_the_nearest():
    assert "did you mean 'mnist5k'?" in refused("HP601", "mnist5")
    assert "did you mean 'fashion-mnist'?" in refused("HP601", "fashionmnist")
    assert "did you mean 'photos'?" in refused("HP601", "photo")
    assert "mnist5k, photos, planted" in refused("HP601", "zebra")
    refused("HP601", "two\nlines")
    for nothing in (None, 3, ""):
        refused("HP601", nothing)
    assert "'https://a.b/c' does not exist" in refused("HP602", "https://a.b/c")


@pytest.mark.parametrize("images", [0, -3, 2.5, True, "ten"])
def test_the_number_of_images(images):
    refused("HP609", "planted", images)


def test_numpy_counts_too():
    assert len(load_data("planted", np.int64(2))) == 2


def test_made_images_are_not_resized():
    line = refused("HP607", "planted", 4, input=InputSpec(3, 224, 224))
    assert "(3, 32, 32)" in line
    assert "(3, 224, 224)" in line
    assert len(load_data("planted", 4, input=InputSpec(3, 32, 32))) == 4


def test_splits_and_labels():
    assert "did you mean 'test'?" in refused("HP608", "planted", split="tests")
    refused("HP610", "planted", labels="labels.csv")


def test_a_plugin_is_run_only_where_allowed(plugin):
    line = refused("HP903", f"{plugin}:some")
    assert f"import {plugin} and call some()" in line
    data = load_data(f"{plugin}:some", 4, allow_plugins=True)
    assert (data.name, data.labels.tolist()) == ("some", [0, 1, 2, 3])
    assert load_data(f"{plugin}:unlabelled", allow_plugins=True).labels is None
    assert load_data(f"{plugin}:whole", allow_plugins=True).name == "mine"


def test_a_plugin_leaves_the_random_numbers_alone(plugin):
    before = torch.random.get_rng_state()
    load_data(f"{plugin}:unlabelled", allow_plugins=True)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_plugins_that_do_not_work(plugin, tmp_path):
    refused("HP904", f"{tmp_path}/none.py:some", allow_plugins=True)
    assert "did you mean 'whole'?" in refused("HP905", f"{plugin}:whol", allow_plugins=True)
    refused("HP905", str(plugin), allow_plugins=True)
    assert "ZeroDivisionError: division by zero" in refused("HP906", f"{plugin}:fails", allow_plugins=True)
    assert "int" in refused("HP611", f"{plugin}:wrong", allow_plugins=True)
    (tmp_path / "script.py").write_text("import sys\nsys.exit(7)\n")
    assert "SystemExit: 7" in refused("HP906", f"{tmp_path}/script.py:some", allow_plugins=True)
    (tmp_path / "torn.py").write_text("def some(:\n")
    assert "SyntaxError" in refused("HP906", f"{tmp_path}/torn.py:some", allow_plugins=True)


class TestTensors:
    """Images that a person hands over."""

    def refused(self, code: str, *args) -> str:
        with pytest.raises(UsageError) as caught:
            from_tensors(*args)
        assert caught.value.code == code
        return caught.value.line

    def test_bytes_become_floats(self):
        data = from_tensors(torch.full((2, 3, 4, 4), 51, dtype=torch.uint8), [1, 0])
        assert data.images.unique().item() == pytest.approx(0.2)
        assert data.labels.tolist() == [1, 0]

    def test_shapes_and_values(self):
        self.refused("HP612", torch.zeros(3, 4, 4))
        self.refused("HP612", torch.zeros(0, 3, 4, 4))
        self.refused("HP612", torch.zeros(2, 4, 4, 3))
        self.refused("HP612", "images")
        self.refused("HP612", torch.zeros(2, 3, 4, 4, dtype=torch.complex64))
        assert "divide by 255" in self.refused("HP613", torch.linspace(0, 255, 48).view(1, 3, 4, 4))
        assert "normalisation" in self.refused("HP613", torch.linspace(-2, 2, 48).view(1, 3, 4, 4))

    def test_labels(self):
        images = torch.zeros(2, 3, 4, 4)
        self.refused("HP614", images, [1])
        self.refused("HP617", images, [0.5, 1])
        self.refused("HP617", images, [-1, 1])
        self.refused("HP617", images, [[1], [1]])
        self.refused("HP617", images, ["cat", "dog"])

    def test_bad_pixels_cost_one_image(self):
        images = torch.zeros(3, 3, 4, 4)
        images[1, 0, 0, 0] = float("nan")
        data = from_tensors(images, [4, 5, 6])
        assert data.labels.tolist() == [4, 6]
        assert data.ids == ("tensors-0000", "tensors-0002")
        assert data.skipped == (("tensors-0001", "holds NaN or infinite pixels"),)
        assert images.isnan().sum() == 1
        self.refused("HP616", torch.full((2, 3, 4, 4), float("inf")))

    def test_ids_are_unique_and_counts_agree(self):
        with pytest.raises(UsageError, match="HP615"):
            ImageSet("x", torch.zeros(2, 3, 4, 4), ("a", "a"))
        with pytest.raises(UsageError, match="HP614"):
            ImageSet("x", torch.zeros(2, 3, 4, 4), ("a", "b"), masks=torch.zeros(1, 1, 4, 4, dtype=torch.bool))
