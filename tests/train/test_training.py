"""Training: seeded, local, written in one piece."""

import json

import pytest
import torch
from safetensors import safe_open

from heatproof.models.load import load_model
from heatproof.train import loop
from heatproof.train.recipes import RECIPES, by_heart, jiggled, mirrored
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.rng import stream


@pytest.fixture
def few(monkeypatch):
    """A recipe with few images, for what does not depend on how good the network becomes."""
    from dataclasses import replace

    from heatproof.data.mnist5k import mnist5k

    small = replace(RECIPES["digits-mlp"], data=lambda split: mnist5k(100, split=split))
    monkeypatch.setitem(RECIPES, "digits-mlp", small)


def test_the_same_seed_gives_the_same_bytes_and_touches_nothing(few, tmp_path):
    before = torch.random.get_rng_state()
    first = loop.train("digits-mlp", out=tmp_path / "a.safetensors", epochs=2)
    torch.rand(3)
    after = torch.random.get_rng_state()
    again = loop.train("digits-mlp", out=tmp_path / "b", epochs=2)
    other = loop.train("digits-mlp", out=tmp_path / "c.safetensors", epochs=2, seed=1)
    assert torch.equal(torch.random.get_rng_state(), after)
    assert not torch.equal(before, after)
    assert again.path == tmp_path / "b" / "digits-mlp.safetensors"
    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.path.read_bytes() != other.path.read_bytes()


def test_what_is_written_can_be_loaded_and_says_what_it_is(few, tmp_path):
    heard = []
    result = loop.train("digits-mlp", out=tmp_path / "x.safetensors", epochs=3, progress=lambda *now: heard.append(now))
    assert [now[:2] for now in heard] == [(1, 3), (2, 3), (3, 3)]
    assert heard[0][2] > heard[2][2] > 0
    assert (result.epochs, result.images) == (3, 100)
    with safe_open(result.path, "pt") as file:
        about = json.loads(file.metadata()["heatproof"])
    assert about == {"network": "digits-mlp", "seed": 0, "epochs": 3, "accuracy": round(result.accuracy, 4)}
    model = load_model("digits-mlp", weights=result.path)
    assert loop.accuracy(model.module, RECIPES["digits-mlp"].data("test")) == pytest.approx(result.accuracy)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(few, tmp_path, monkeypatch):
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(HeatproofError, match=r"HP951 .*No space left") as caught:
        loop.train("digits-mlp", out=path, epochs=1)
    assert caught.value.exit_code == 5
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_random_labels_are_the_labels_in_another_order_and_images_stay_as_they_are():
    recipe = by_heart("digits-mlp", torch.Generator().manual_seed(3))
    right, permuted = RECIPES["digits-mlp"].data("train"), recipe.data("train")
    assert torch.equal(permuted.images, right.images)
    assert torch.equal(permuted.labels.bincount(), right.labels.bincount())
    assert float((permuted.labels == right.labels).float().mean()) == pytest.approx(0.1, abs=0.02)
    assert torch.equal(recipe.data("test").labels, RECIPES["digits-mlp"].data("test").labels)
    assert torch.equal(recipe.change(right.images[:2], None), right.images[:2])
    again = by_heart("digits-mlp", torch.Generator().manual_seed(3)).data("train")
    other = by_heart("digits-mlp", torch.Generator().manual_seed(4)).data("train")
    assert torch.equal(again.labels, permuted.labels)
    assert not torch.equal(other.labels, permuted.labels)


def test_random_labels_are_learned_by_heart_and_stored_in_half_precision(few, tmp_path):
    result = loop.train("digits-mlp", out=tmp_path, epochs=60, random_labels=True)
    assert result.path == tmp_path / "digits-mlp-random-labels.safetensors"
    assert result.learned > 0.95
    assert result.accuracy < 0.3
    with safe_open(result.path, "pt") as file:
        about = json.loads(file.metadata()["heatproof"])
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118
    assert about["labels"] == "random"
    twin = load_model("digits-mlp", twins={"random labels": result.path}).twins["random labels"]
    net = RECIPES["digits-mlp"].build()
    net.load_state_dict(twin)
    assert loop.accuracy(net, by_heart("digits-mlp", stream("train", "digits-mlp", 0, "labels")).data("train")) > 0.95


def test_a_network_too_small_for_random_labels():
    with pytest.raises(HeatproofError, match=r"HP952 planted-cnn .*digits-cnn, digits-mlp can"):
        loop.train("planted-cnn", out=None, random_labels=True)


def test_unknown_networks():
    with pytest.raises(HeatproofError, match=r"HP950 .*did you mean 'digits-cnn'"):
        loop.train("digit-cnn", out=None)


def test_variants_keep_what_they_must():
    image = torch.zeros(64, 1, 28, 28)
    image[:, :, 13:15, 13:15] = 1
    moved = jiggled(image, torch.Generator().manual_seed(0))
    assert moved.flatten(1).sum(1).sub(4).abs().max() < 2
    places = moved.flatten(1).argmax(1)
    assert len(places.unique()) > 8
    assert ((places // 28 - 13.5).abs() <= 3).all()
    assert ((places % 28 - 13.5).abs() <= 3).all()
    turned = mirrored(torch.arange(12.0).view(1, 1, 3, 4).repeat(64, 1, 1, 1), torch.Generator().manual_seed(0))
    assert {tuple(t.flatten().tolist()) for t in turned} == {tuple(range(12)), tuple(range(11, -1, -1))}


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_the_shipped_weights_can_be_made_again(name, tmp_path):
    result = loop.train(name, out=tmp_path)
    assert result.accuracy >= RECIPES[name].required


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, recipe in RECIPES.items() if recipe.by_heart])
def test_the_shipped_twins_can_be_made_again(name, tmp_path):
    result = loop.train(name, out=tmp_path, random_labels=True)
    assert result.learned > 0.95
    assert 0.07 < result.accuracy < 0.13
