"""Caltech-256, Places365, ImageNette and ImageNet in the folders that their archives make."""

import shutil
from pathlib import Path

import pytest
import torch
from data_files import picture

from heatproof.data.load import load_data
from heatproof.data.readers.synsets import class_number, synsets
from heatproof.models.imagenet import imagenet_classes
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import StorageError, UsageError

SMALL = InputSpec(3, 8, 8)


def load(name: str, root: Path, images: int | None = None, **options):
    return load_data(name, images, root=root, input=SMALL, **options)


def refused(code: str, name: str, root: Path, **options) -> str:
    with pytest.raises(UsageError) as caught:
        load(name, root, **options)
    assert caught.value.code == code
    assert "\n" not in caught.value.line
    return caught.value.line


@pytest.fixture(scope="module")
def caltech(tmp_path_factory) -> Path:
    """257 folders; only the first three classes have images that can be read."""
    root = tmp_path_factory.mktemp("caltech")
    for number in range(1, 258):
        for i in range(1, 6 if number < 4 else 2):
            path = root / f"256_ObjectCategories/{number:03d}.thing-{number}/{number:03d}_{i:04d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            if number < 4:
                picture(path, number * 10 + i)
            else:
                path.write_bytes(b"")
    (root / "256_ObjectCategories/198.thing-198/RENAME2").write_text("left behind by its authors")
    (root / "256_ObjectCategories/056.thing-56/greg").mkdir()
    return root


class TestCaltech:
    """257 numbered folders."""

    def test_the_number_is_the_class(self, caltech):
        data = load("caltech256", caltech, split="test")
        assert sorted(data.ids) == [f"{n:03d}.thing-{n}/{n:03d}_0005.jpg" for n in (1, 2, 3)]
        assert data.labels.tolist() == [0, 1, 2]
        assert (len(data.classes), data.classes[0], data.classes[256]) == (257, "thing-1", "thing-257")
        assert data.images.shape == (3, 3, 8, 8)
        # Of every class the first four of five are for training.
        train = load("caltech256", caltech, 6, split="train")
        assert train.labels.tolist() == [0, 1, 2, 0, 1, 2]
        assert not set(train.ids) & set(data.ids)

    def test_divided_folders(self, caltech, tmp_path):
        shutil.copytree(caltech / "256_ObjectCategories", tmp_path / "caltech256/Test")
        shutil.copytree(caltech / "256_ObjectCategories", tmp_path / "caltech256/Train")
        shutil.rmtree(tmp_path / "caltech256/Train/257.thing-257")
        data = load("caltech256", tmp_path, 9)
        assert data.labels.tolist() == [0, 1, 2] * 3
        assert "has no class folder 257.NAME; 1 of the 257 are missing" in refused(
            "HP646", "caltech256", tmp_path, split="train"
        )

    def test_an_empty_class_folder(self, caltech, tmp_path):
        shutil.copytree(caltech / "256_ObjectCategories", tmp_path / "x")
        (tmp_path / "x/009.thing-9/009_0001.jpg").unlink()
        assert "009.thing-9 holds no images" in refused("HP647", "caltech256", tmp_path / "x")


class TestPlaces:
    """A folder and two lists."""

    @pytest.fixture
    def tree(self, tmp_path) -> Path:
        for i in range(1, 7):
            picture(tmp_path / f"places365/val_256/Places365_val_{i:08d}.jpg", i)
        lists = tmp_path / "places365"
        names = ["/a/airfield", "/a/apartment_building/outdoor"] + [f"/x/place{i}" for i in range(2, 365)]
        (lists / "categories_places365.txt").write_text("".join(f"{n} {i}\n" for i, n in enumerate(names)))
        rows = [f"Places365_val_{i:08d}.jpg {(0, 1, 364)[i % 3]}" for i in range(1, 36_501)]
        (lists / "places365_val.txt").write_text("\n".join(rows) + "\n")
        return tmp_path

    def test_classes_and_labels(self, tree):
        data = load("places365", tree)
        assert data.labels.tolist() == [0, 1, 364, 0, 1, 364]
        for id, label in zip(data.ids, data.labels.tolist(), strict=True):
            assert (0, 1, 364)[int(id[14:22]) % 3] == label
        assert data.classes[:2] == ("airfield", "apartment_building/outdoor")
        assert len(data.classes) == 365
        assert load("places365", tree, 4).ids == data.ids[:4]
        assert load("places365", tree, split="val").ids == data.ids

    def test_lists_in_a_folder_of_their_own(self, tree):
        (tree / "places365/filelist_places365-standard").mkdir()
        for name in ("categories_places365.txt", "places365_val.txt"):
            (tree / "places365" / name).rename(tree / "places365/filelist_places365-standard" / name)
        assert len(load("places365", tree)) == 6

    def test_damage(self, tree):
        listing = tree / "places365/places365_val.txt"
        rows = listing.read_text().splitlines()
        listing.write_text("\n".join([rows[0], "Places365_val_00000002.jpg 365"]))
        assert "places365_val.txt:2  HP645 label 365 " in refused("HP645", "places365", tree)
        listing.write_text("Places365_val_00000002.jpg\n")
        assert "line 1" in refused("HP643", "places365", tree)
        listing.write_text("other.jpg 3\n")
        assert "'Places365_val_00000001.jpg'" in refused("HP626", "places365", tree)
        listing.write_bytes(b"\xff\xfe 3\n")
        assert "UTF-8" in refused("HP648", "places365", tree)
        listing.write_text(f"{rows[0]}\n")
        data = load("places365", tree)
        assert len(data) == 1
        assert len(data.skipped) == 5
        assert data.skipped[0] == ("Places365_val_00000002.jpg", "has no row in places365_val.txt")
        listing.unlink()
        assert "places365_val.txt cannot be read" in refused("HP648", "places365", tree)
        listing.write_text("\n".join(rows))
        (tree / "places365/categories_places365.txt").write_text("/a/airfield 0\n/a/other 0\n")
        assert "each of the classes 0 to 364 once" in refused("HP643", "places365", tree)

    def test_there_is_no_training_split(self, tree):
        assert "there is val" in refused("HP642", "places365", tree, split="train")


class TestSynsets:
    """ImageNette and ImageNet."""

    def test_the_list(self):
        assert len(synsets()) == 1000
        assert list(synsets()) == sorted(set(synsets()))
        names = imagenet_classes()
        # ImageNette's ten, as its authors name them.
        ten = {
            "n01440764": "tench",
            "n02102040": "English springer",
            "n02979186": "cassette player",
            "n03000684": "chain saw",
            "n03028079": "church",
            "n03394916": "French horn",
            "n03417042": "garbage truck",
            "n03425413": "gas pump",
            "n03445777": "golf ball",
            "n03888257": "parachute",
        }
        assert {synset: names[class_number(synset, "")] for synset in ten} == ten
        assert class_number("n15075141", "") == 999

    @pytest.mark.parametrize("inner", ["imagenette/imagenette2", "imagenette2-320", "imagenette2-160", "imagenette"])
    def test_imagenette(self, tmp_path, inner):
        for split, count in (("val", 2), ("train", 3)):
            for synset in ("n03888257", "n01440764"):
                for i in range(count):
                    path = tmp_path / inner / split / synset / f"ILSVRC2012_{split}_{i:08d}.JPEG"
                    picture(path.with_suffix(".jpg"), hash((split, synset, i)) % 2**31).rename(path)
        data = load("imagenette", tmp_path)
        assert data.labels.tolist() == [0, 701, 0, 701]
        assert data.ids[0].startswith("n01440764/ILSVRC2012_val_")
        assert len(data.classes) == 1000
        assert len(load("imagenette", tmp_path, split="train")) == 6

    def test_imagenet_takes_any_subset(self, tmp_path):
        picture(tmp_path / "imagenet/val/n03445777/a.png", 1)
        data = load("imagenet", tmp_path)
        assert data.labels.tolist() == [574]
        assert torch.equal(data.images, load("imagenet", tmp_path / "imagenet").images)

    def test_folders_without_a_split_are_for_evaluation(self, tmp_path):
        for i, synset in enumerate(("n03445777", "n01440764")):
            picture(tmp_path / synset / "a.png", i)
        for known in ("imagenet", "imagenette"):
            assert load(known, tmp_path).labels.tolist() == [0, 574]
            with pytest.raises(StorageError, match=r"HP641 .*no train split"):
                load(known, tmp_path, split="train")
        picture(tmp_path / "val/n02102040/a.png", 3)
        assert load("imagenet", tmp_path).labels.tolist() == [217], "a folder val is the better one"

    def test_folders_that_are_no_synsets(self, tmp_path):
        picture(tmp_path / "val/n03445777/a.png", 1)
        picture(tmp_path / "val/n03445778/a.png", 2)
        assert "did you mean 'n03445777'?" in refused("HP649", "imagenet", tmp_path)
        shutil.rmtree(tmp_path / "val/n03445778")
        (tmp_path / "val/n01440764").mkdir()
        assert "n01440764 holds no images" in refused("HP647", "imagenet", tmp_path)

    def test_nothing_there(self, tmp_path):
        picture(tmp_path / "val/cat/a.png", 1)
        with pytest.raises(StorageError, match=r"HP641 imagenet .*no val split.*there is no download") as caught:
            load("imagenet", tmp_path)
        assert caught.value.exit_code == 5
