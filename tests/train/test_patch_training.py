"""Adversarial patches: what they are made of, where they lie, how well they work on images they have not seen."""

import json
import math
from dataclasses import replace

import pytest
import torch
from click.testing import CliRunner
from safetensors import safe_open
from torch import nn

from heatproof.cli import main
from heatproof.data.imageset import ImageSet
from heatproof.data.mnist5k import mnist5k
from heatproof.data.patches import read_patches
from heatproof.models.classifier import Normalised
from heatproof.models.input import InputSpec
from heatproof.models.load import load_model
from heatproof.train import patch_file
from heatproof.train.patch_file import make_patches
from heatproof.train.patch_settings import patch_settings
from heatproof.train.patches import pasted, side_of, train_patches
from heatproof.vocabulary.errors import HeatproofError


class Brightest(nn.Module):
    """Class 1 where the mean of the image is above a half; easy to fool."""

    def forward(self, x):
        mean = 20 * (x.flatten(1).mean(1) - 0.5)
        return torch.stack([-mean, mean], 1)


def images(count: int, level: float, seed: int = 0) -> ImageSet:
    drawn = torch.Generator().manual_seed(seed)
    x = (level + 0.1 * torch.randn(count, 1, 8, 8, generator=drawn)).clamp(0, 0.9)
    return ImageSet("made", x, tuple(f"{seed}-{i}" for i in range(count)), torch.zeros(count, dtype=torch.int64))


def made(model=None, learned=None, **given):
    settings = patch_settings({"targets": [1], "area": 0.5, "batch": 16, **given}, 2)
    return list(train_patches(model or Brightest(), learned or images(64, 0.4), images(50, 0.4, 1), settings))


def test_the_side_is_the_root_of_the_area_in_whole_pixels():
    assert [side_of((1, n, n), 0.1) for n in (224, 32, 28)] == [70, 10, 8]
    assert side_of((1, 28, 28), 1.0) == 28
    for shape, area in (((1, 2, 2), 0.1), ((1, 40, 10), 1.0)):
        with pytest.raises(HeatproofError, match="HP961"):
            side_of(shape, area)


def test_a_patch_lies_whole_inside_at_every_place_alike():
    x, patch = torch.zeros(3000, 1, 5, 6), torch.ones(1, 3, 3)
    z = pasted(x, patch, torch.Generator().manual_seed(0))
    assert (z.flatten(1).sum(1) == 9).all()
    corners = z.flatten(1).argmax(1)
    counts = {(c // 6, c % 6): 0 for c in corners.tolist()}
    assert set(counts) == {(i, j) for i in range(3) for j in range(4)}
    assert corners.bincount(minlength=30)[corners.unique()].min() > 180
    together = pasted(x, patch, torch.Generator().manual_seed(0), together=True)
    assert len(together.flatten(1).argmax(1).unique()) == 1
    order = torch.arange(9.0).view(1, 3, 3)
    (one,) = pasted(torch.full((1, 1, 3, 3), -1.0), order, torch.Generator().manual_seed(0))
    assert torch.equal(one, order)


def test_a_patch_learns_its_class_stays_in_the_range_and_leaves_the_model_alone():
    model = load_model("digits-mlp").module.train()
    data = mnist5k(200, split="train")
    settings = patch_settings({"targets": [3], "area": 0.4, "epochs": 6, "batch": 16, "rate": 0.1}, 10)
    (patch,) = train_patches(model, data, mnist5k(100), settings)
    assert model.training
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    assert patch.patch.pixels.shape == (1, 17, 17)
    assert 0 <= float(patch.patch.pixels.min()) <= float(patch.patch.pixels.max()) <= 1
    assert patch.success > 0.5


def test_success_is_counted_on_held_out_images_of_other_classes():
    (patch,) = made(epochs=8)
    low, high = float(images(64, 0.4).images.min()), float(images(64, 0.4).images.max())
    assert low <= float(patch.patch.pixels.min()) <= float(patch.patch.pixels.max()) <= high
    assert patch.success == 1.0
    assert patch.all_images == 1.0
    (useless,) = made(targets=[1], area=0.02, epochs=1)
    assert useless.success == 0.0
    (none_left,) = list(
        train_patches(Brightest(), images(64, 0.4), images(9, 0.8), patch_settings({"targets": [1], "epochs": 1}, 2))
    )
    assert none_left.success is None
    of_the_target = replace(images(9, 0.4), labels=torch.ones(9, dtype=torch.int64))
    settings = patch_settings({"targets": [1], "area": 0.5, "epochs": 8}, 2)
    (none_left,) = train_patches(Brightest(), images(64, 0.4), of_the_target, settings)
    assert none_left.success is None
    assert none_left.all_images > 0.5


def test_a_patch_depends_on_its_seed_and_target_only():
    first, second, again = made(targets=[1]), made(targets=[0, 1]), made(targets=[1], seed=1)
    assert torch.equal(first[0].patch.pixels, second[1].patch.pixels)
    assert not torch.equal(first[0].patch.pixels, again[0].patch.pixels)
    twice = made(targets=[1, 1])
    assert not torch.equal(twice[0].patch.pixels, twice[1].patch.pixels)


def test_the_choice_by_validation_training_or_time(monkeypatch):
    """Losses are made up: the third epoch is the best."""
    losses = iter([3.0, 2.0, 1.0, 4.0] * 3)
    monkeypatch.setattr("heatproof.train.patches._Maker._validated", lambda self, pixels: next(losses))
    kept = {keep: made(keep=keep, epochs=4)[0] for keep in ("validation", "last", "training")}
    third = kept["validation"]
    assert third.loss == 1.0
    assert kept["last"].loss == 4.0
    assert not torch.equal(third.patch.pixels, kept["last"].patch.pixels)
    assert kept["training"].loss not in (1.0, 4.0)


def test_the_rate_counts_in_units_of_the_normalised_image():
    """After one step of Adam every pixel has moved by the rate times the deviation, or lies on the border."""
    learned = images(10, 0.4)
    start = made(learned=learned, epochs=1, rate=1e-9)[0].patch.pixels
    for std in (1.0, 0.25):
        model = Normalised(Brightest(), InputSpec(1, 8, 8, (0.4,), (std,)))
        (one,) = made(model=model, learned=learned, epochs=1, batch=64, rate=0.02)
        moved = (one.patch.pixels - start).abs()
        inside = (one.patch.pixels > learned.images.min()) & (one.patch.pixels < learned.images.max())
        assert torch.allclose(moved[inside], torch.tensor(0.02 * std), atol=1e-5)


def test_plateau_halves_the_rate_when_validation_stands_still(monkeypatch):
    rates = []
    step = torch.optim.Adam.step

    def spy(self, *args, **kwargs):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.Adam, "step", spy)
    monkeypatch.setattr("heatproof.train.patches._Maker._validated", lambda self, pixels: 1.0)
    made(epochs=6, plateau=True, batch=64)
    assert rates == pytest.approx([0.05] * 4 + [0.025] * 2)
    rates.clear()
    made(epochs=6, batch=64)
    assert rates == pytest.approx([0.05] * 6)


def test_interrupted_it_goes_on_with_the_next_patch_and_the_file_says_how_they_were_made(tmp_path, monkeypatch):
    settings = patch_settings({"targets": [0, 1], "area": 0.5, "epochs": 2}, 2)
    given = (Brightest(), images(64, 0.4), images(50, 0.4, 1), settings)
    whole = make_patches(tmp_path / "whole.safetensors", *given, about={"model": "x"})
    write, heard = patch_file._write, []

    def stopping(path, done, note):
        write(path, done, note)
        raise KeyboardInterrupt

    monkeypatch.setattr(patch_file, "_write", stopping)
    with pytest.raises(KeyboardInterrupt):
        make_patches(tmp_path / "p.safetensors", *given, about={"model": "x"})
    monkeypatch.setattr(patch_file, "_write", write)
    make_patches(tmp_path / "p.safetensors", *given, about={"model": "x"}, progress=lambda t, *_: heard.append(t))
    assert heard == [1, 1]
    assert (tmp_path / "p.safetensors").read_bytes() == (tmp_path / "whole.safetensors").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.safetensors", "whole.safetensors"]
    with safe_open(tmp_path / "p.safetensors", "pt") as file:
        note = json.loads(file.metadata()["heatproof"])
    assert (note["model"], note["learned"], note["held out"], note["settings"]["area"]) == ("x", "made", 50, 0.5)
    assert [p["success"] for p in note["patches"]] == [m.success for m in whole]
    assert [p.target for p in read_patches(tmp_path / "p.safetensors")] == [0, 1]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"targets": [2]}, "HP957 targets: 2 .*from 0 to 1"),
        ({"targets": []}, "HP957 targets"),
        ({"area": 1.5}, "HP957 area: 1.5 .*above 0 to 1"),
        ({"place": "corner"}, "HP957 place: 'corner' .*image, batch"),
        ({"keep": "best"}, "HP957 keep"),
        ({"target": 1}, "HP958 .*did you mean 'targets'"),
    ],
)
def test_settings_that_cannot_be_used(given, says):
    with pytest.raises(HeatproofError, match=says):
        patch_settings(given, 2)
    assert math.isclose(patch_settings({}, 20).area, 0.1)
    assert patch_settings({}, 20).targets == tuple(range(10))


def test_the_command_judges_on_other_images_than_it_learns_from(tmp_path):
    out = tmp_path / "p.safetensors"
    line = f"train-patches digits-mlp --data mnist5k --targets 3,5 --area 0.2 --epochs 1 --images 60 --out {out} --json"
    result = CliRunner().invoke(main, line.split())
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["held_out"] == 500
    assert [p["target"] for p in said["patches"]] == [3, 5]
    assert len(read_patches(out)) == 2
    wrong = CliRunner().invoke(main, ["train-patches", "digits-mlp", "--data", "mnist5k", "--targets", "3,x"])
    assert wrong.exit_code == 2
