"""SVHN in MATLAB's format."""

import numpy as np
import pytest
import torch
from scipy.io import savemat

from heatproof.data.load import load_data
from heatproof.vocabulary.errors import StorageError, UsageError


def write(root, split="test", count=30, **changes):
    """(pixels (n, 32, 32, 3), y from 1 to 10)."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    y = (np.arange(count) % 10 + 1).astype(np.uint8)
    content = {"X": pixels.transpose(1, 2, 3, 0), "y": y[:, None]} | changes
    savemat(root / f"{split}_32x32.mat", {k: v for k, v in content.items() if v is not None}, do_compression=True)
    return pixels, y


def refused(root, code="HP643") -> str:
    with pytest.raises(UsageError) as caught:
        load_data("svhn", 5, root=root)
    assert caught.value.code == code
    assert "\n" not in caught.value.line
    return caught.value.line


@pytest.mark.parametrize("split", ["test", "train"])
def test_ten_is_the_digit_zero(tmp_path, split):
    pixels, y = write(tmp_path, split)
    data = load_data("svhn", root=tmp_path, split=split)
    places = [int(id.rsplit("-", 1)[1]) for id in data.ids]
    assert data.labels.tolist() == [int(y[i]) % 10 for i in places]
    assert data.labels.bincount().tolist() == [3] * 10
    assert torch.equal(data.images, torch.from_numpy(pixels[places].transpose(0, 3, 1, 2)).float() / 255)


def test_the_other_split_is_not_there(tmp_path):
    write(tmp_path)
    with pytest.raises(StorageError, match=r"HP641 svhn is not here: no train split.*no package carries it"):
        load_data("svhn", root=tmp_path, split="train")


def test_damage(tmp_path):
    path = tmp_path / "test_32x32.mat"
    for content in (b"", b"no MATLAB file", b"MATLAB 5.0 MAT-file" + b" " * 200):
        path.write_bytes(content)
        refused(tmp_path)
    write(tmp_path)
    path.write_bytes(path.read_bytes()[:-2000])
    refused(tmp_path)
    write(tmp_path, X=None)
    assert "X () missing" in refused(tmp_path)
    write(tmp_path, y=None)
    assert "found ['X']" in refused(tmp_path)
    write(tmp_path, X=np.zeros((32, 32, 3, 4)))
    assert "(32, 32, 3, 4) double" in refused(tmp_path)
    write(tmp_path, X=np.zeros((28, 28, 3, 4), np.uint8))
    refused(tmp_path)
    write(tmp_path, y=np.arange(29)[:, None] % 10 + 1)
    refused(tmp_path, "HP644")
    write(tmp_path, y=np.full((30, 1), 11))
    assert "label 11 of image 0" in refused(tmp_path, "HP645")
    write(tmp_path, y=np.zeros((30, 1)))
    refused(tmp_path, "HP645")


def test_more_images_than_there_can_be(tmp_path, monkeypatch):
    write(tmp_path)
    monkeypatch.setattr("heatproof.data.readers.svhn.LIMIT", 29)
    refused(tmp_path)
