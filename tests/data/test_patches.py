"""Adversarial patches in a file of their own."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from heatproof.data.load import load_data
from heatproof.data.patches import read_patches, write_patches
from heatproof.vocabulary.errors import UsageError
from heatproof.vocabulary.patch import Patch


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "p.safetensors"


def patches() -> list[Patch]:
    generator = torch.Generator().manual_seed(1)
    return [Patch(torch.rand(3, 4, 5 + k, generator=generator), 7 * k) for k in range(12)]


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        read_patches(path)
    assert caught.value.code == "HP634"
    assert "\n" not in caught.value.line
    return caught.value.line


def test_there_and_back(path):
    write_patches(path, patches())
    found = read_patches(path)
    assert [p.target for p in found] == [7 * k for k in range(12)]
    assert all(torch.equal(a.pixels, b.pixels) for a, b in zip(found, patches(), strict=True))
    assert [p.key for p in found] == [p.key for p in patches()]


def test_float64_and_strides_are_written_as_plain_float32(path):
    write_patches(path, [Patch(torch.rand(5, 4, 3).double().permute(2, 0, 1), 1)])
    assert read_patches(path)[0].pixels.shape == (3, 5, 4)
    assert read_patches(path)[0].pixels.dtype == torch.float32


def test_they_come_with_any_data_set(path):
    write_patches(path, patches()[:2])
    data = load_data("planted", 3, patches=path)
    assert [p.target for p in data.patches] == [0, 7]
    assert data.take(slice(1)).patches == data.patches
    assert load_data("planted", 3).patches == ()


def test_what_is_no_file_of_patches(path):
    assert "o such file" in refused(path)
    path.write_bytes(b"nothing of the kind")
    assert "cannot be read" in refused(path)
    path.unlink()
    path.mkdir()
    refused(path)


PIXELS = torch.zeros(3, 2, 2)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"weight": PIXELS}, "has no `targets`"),
        ({"targets": torch.tensor([1.0]), "patch-0000": PIXELS}, "has no `targets`"),
        ({"targets": torch.tensor([-1]), "patch-0000": PIXELS}, "has no `targets`"),
        ({"targets": torch.zeros(0, dtype=torch.long)}, "has no `targets`"),
        ({"targets": torch.tensor([1, 2]), "patch-0000": PIXELS}, "has no patch-0001"),
        ({"targets": torch.tensor([1]), "patch-0000": PIXELS[None]}, "float32 of shape (1, 3, 2, 2)"),
        ({"targets": torch.tensor([1]), "patch-0000": PIXELS.byte()}, "as uint8; wanted finite numbers (C, p, q)"),
        ({"targets": torch.tensor([1]), "patch-0000": PIXELS + torch.nan}, "wanted finite numbers"),
        ({"targets": torch.tensor([1]), "patch-0000": PIXELS[:, :0]}, "of shape (3, 0, 2)"),
    ],
)
def test_what_is_missing_or_of_another_kind_is_said(path, content, part):
    save_file(content, path)
    assert part in refused(path)
