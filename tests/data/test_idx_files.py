"""MNIST and Fashion-MNIST in the idx format."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import digits, idx

from heatproof.data.load import load_data
from heatproof.data.real import boxes_on_black
from heatproof.vocabulary.errors import UsageError
from heatproof.vocabulary.evidence import box_around

FORMS = [("-", ".gz"), ("-", ""), (".", ""), (".", ".gz")]


@pytest.mark.parametrize(("dot", "gz"), FORMS)
def test_both_splits_in_every_form(tmp_path, dot, gz):
    for prefix, split, seed in (("t10k", "test", 1), ("train", "train", 2)):
        pixels, labels = digits(tmp_path / "mnist", 40, prefix=prefix, dot=dot, gz=gz, seed=seed)
        data = load_data("mnist", root=tmp_path, split=split)
        places = [int(id.removeprefix(f"mnist-{split}-")) for id in data.ids]
        assert sorted(places) == list(range(40))
        assert torch.equal(data.images[:, 0], torch.from_numpy(pixels[places]).float() / 255)
        assert data.labels.tolist() == labels[places].tolist()
        assert data.source == str(tmp_path / "mnist")


def test_the_beginning_is_balanced_and_does_not_depend_on_the_rest(tmp_path):
    digits(tmp_path, 60)
    whole, few = load_data("mnist", root=tmp_path), load_data("mnist", 23, root=tmp_path)
    assert few.labels[:20].bincount().tolist() == [2] * 10
    assert few.ids == whole.ids[:23]
    assert torch.equal(few.images, whole.images[:23])
    assert load_data("mnist", 23, root=tmp_path, seed=1).ids != few.ids
    before = torch.random.get_rng_state()
    load_data("mnist", 23, root=tmp_path)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_names_and_boxes(tmp_path):
    pixels = np.zeros((10, 28, 28))
    pixels[:, 4:9, 6:20] = 200
    idx(tmp_path / "t10k-images-idx3-ubyte", pixels)
    idx(tmp_path / "t10k-labels-idx1-ubyte", np.arange(10))
    clothes, numbers = (load_data(name, 1, root=tmp_path) for name in ("fashion-mnist", "mnist"))
    assert clothes.classes[9] == "ankle boot"
    assert clothes.classes[0] == "T-shirt/top"
    assert numbers.classes[9] == "9"
    assert [b.tolist() for b in clothes.boxes] == [[[4, 6, 9, 20]]]
    assert clothes.ids[0].startswith("fashion-mnist-test-")


def test_boxes_of_many_images_are_those_of_each():
    sparse = torch.rand(200, 9, 7, generator=torch.Generator().manual_seed(3)) < torch.linspace(0, 0.2, 200).view(
        -1, 1, 1
    )
    for box, pixels in zip(boxes_on_black(sparse), sparse, strict=True):
        assert torch.equal(box, box_around(pixels))
    assert len(boxes_on_black(sparse)[0]) == 0


def test_layouts_of_other_programs(tmp_path):
    first, _ = digits(tmp_path / "MNIST/raw", 10, gz="", seed=1)
    second, _ = digits(tmp_path / "FashionMNIST/raw", 10, gz="", seed=2)
    for name, pixels in (("mnist", first), ("fashion-mnist", second)):
        data = load_data(name, 10, root=tmp_path)
        place = int(data.ids[0][-5:])
        assert torch.equal(data.images[0, 0], torch.from_numpy(pixels[place]).float() / 255)


def test_only_what_is_asked_for_is_read(tmp_path, monkeypatch):
    """Of 20,000 plain images, three are touched: the file is mapped."""
    count = 20_000
    idx(tmp_path / "train-images-idx3-ubyte", np.zeros((count, 28, 28), np.uint8))
    idx(tmp_path / "train-labels-idx1-ubyte", np.arange(count) % 10)
    read = []
    monkeypatch.setattr(
        "heatproof.data.table.np.empty", lambda shape, kind: read.append(shape) or np.zeros(shape, kind)
    )
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("the whole file is read"))
    assert len(load_data("mnist", 3, split="train", root=tmp_path)) == 3
    assert read == [(3, 1, 28, 28)]


class TestDamage:
    """Every file that is not what it should be."""

    def refused(self, root: Path, code: str = "HP643") -> str:
        with pytest.raises(UsageError) as caught:
            load_data("mnist", 5, root=root)
        assert caught.value.code == code
        assert "\n" not in caught.value.line
        return caught.value.line

    @pytest.mark.parametrize("gz", ["", ".gz"])
    @pytest.mark.parametrize("part", ["images-idx3", "labels-idx1"])
    def test_a_file_that_was_cut(self, tmp_path, gz, part):
        digits(tmp_path, gz=gz)
        path = tmp_path / f"t10k-{part}-ubyte{gz}"
        path.write_bytes(path.read_bytes()[:-9])
        assert path.name in self.refused(tmp_path)

    @pytest.mark.parametrize("gz", ["", ".gz"])
    def test_a_file_with_more_than_its_header_says(self, tmp_path, gz):
        digits(tmp_path, gz=gz)
        path = tmp_path / f"t10k-images-idx3-ubyte{gz}"
        content = gzip.decompress(path.read_bytes()) if gz else path.read_bytes()
        path.write_bytes(gzip.compress(content + b"x") if gz else content + b"x")
        assert "after the header" in self.refused(tmp_path)

    def test_another_magic_number(self, tmp_path):
        digits(tmp_path, gz="")
        labels = tmp_path / "t10k-labels-idx1-ubyte"
        (tmp_path / "t10k-images-idx3-ubyte").write_bytes(labels.read_bytes())
        assert "begins with 00 00 08 01, wanted 00 00 08 03" in self.refused(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"\0\0\x08\x03\0\0", b"\0\0\x08\x03" + b"\xff" * 12, b"no idx at all"])
    def test_headers(self, tmp_path, content):
        digits(tmp_path, gz="")
        (tmp_path / "t10k-images-idx3-ubyte").write_bytes(content)
        self.refused(tmp_path)

    def test_what_is_no_gzip(self, tmp_path):
        digits(tmp_path)
        (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(b"<html>not found</html>")
        assert "t10k-labels-idx1-ubyte.gz" in self.refused(tmp_path)

    def test_images_of_another_size(self, tmp_path):
        digits(tmp_path)
        idx(tmp_path / "t10k-images-idx3-ubyte.gz", np.zeros((30, 20, 28)))
        assert "its images are 20 x 28" in self.refused(tmp_path)

    def test_labels_that_do_not_fit(self, tmp_path):
        digits(tmp_path)
        idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.arange(29) % 10)
        assert "29 labels for 30 images" in self.refused(tmp_path, "HP644")
        idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.where(np.arange(30) == 7, 10, 0))
        assert "label 10 of image 7; wanted 0 to 9" in self.refused(tmp_path, "HP645")
