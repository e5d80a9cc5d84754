"""A picture of any size -> the model's input."""

import numpy as np
import pytest
import torch
from PIL import Image

from heatproof.data.fit import fit
from heatproof.models.input import InputSpec


def test_the_centre_is_kept_in_proportion():
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = 255
    assert fit(Image.fromarray(picture), InputSpec(3, 50, 50))[:, :, 1:-1].eq(1).all()
    wide = fit(Image.fromarray(picture), InputSpec(3, 20, 60))
    assert wide[:, :, 21:39].eq(1).all()
    assert wide[:, :, :19].eq(0).all()


def test_crop_keeps_its_share_of_the_shorter_side():
    picture = np.zeros((80, 160, 3), np.uint8)
    picture[20:60, 60:100] = 255
    assert fit(Image.fromarray(picture), InputSpec(3, 10, 10, crop=0.5))[:, 1:-1, 1:-1].eq(1).all()
    assert fit(Image.fromarray(picture), InputSpec(3, 10, 10)).mean() == pytest.approx(0.25, abs=0.02)


def test_one_step_equals_resize_then_crop():
    random = np.random.default_rng(0)
    smooth = Image.fromarray(random.integers(0, 256, (12, 12, 3), dtype=np.uint8)).resize((300, 300), 3)
    ours = fit(smooth, InputSpec(3, 224, 224, crop=0.875, interpolation="bicubic"))
    theirs = np.asarray(smooth.resize((256, 256), 3).crop((16, 16, 240, 240)), np.float32) / 255
    assert (ours - torch.from_numpy(theirs).permute(2, 0, 1)).abs().max() < 0.02


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (3, 5000), (5000, 3)])
def test_thin_and_tiny_pictures_fit(size):
    pixels = fit(Image.new("RGB", size, (255, 0, 51)), InputSpec(3, 32, 32, crop=0.875, interpolation="bicubic"))
    assert pixels.shape == (3, 32, 32)
    assert torch.allclose(pixels[:, 5, 5], torch.tensor([1.0, 0.0, 0.2]))


def test_deep_grey_keeps_its_depth():
    ramp = Image.fromarray(np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64))
    assert fit(ramp, InputSpec(3, 64, 64))[0].unique().numel() > 4000


def test_one_channel_is_luma():
    grey = fit(Image.new("RGB", (9, 9), (255, 0, 0)), InputSpec(1, 4, 4))
    assert grey.shape == (1, 4, 4)
    assert grey.mean() == pytest.approx(0.299)
    assert fit(Image.new("RGB", (9, 9), "white"), InputSpec(1, 4, 4)).max() <= 1
