"""Any folder of photographs, however it looks."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from heatproof.data.folder import folder
from heatproof.data.load import load_data
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import UsageError

SMALL = InputSpec(3, 8, 8)


def picture(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(path)


def pictures(folder: Path, *names: str) -> Path:
    for seed, name in enumerate(names):
        picture(folder / name, seed)
    return folder


def refused(code: str, *args, **settings) -> str:
    with pytest.raises(UsageError) as caught:
        load_data(*args, **{"input": SMALL, **settings})
    assert caught.value.code == code
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.line
    return caught.value.line


def test_a_flat_folder_in_natural_order(tmp_path):
    data = load_data(pictures(tmp_path / "trip", "img10.png", "img2.jpg", "IMG1.PNG", ".hidden.png"), input=SMALL)
    assert (data.name, data.ids) == ("trip", ("IMG1.PNG", "img2.jpg", "img10.png"))
    assert data.images.shape == (3, 3, 8, 8)
    assert data.images.dtype == torch.float32
    assert data.labels is None
    assert data.skipped == ()
    images, labels = load_data(f"folder:{tmp_path / 'trip'}", 2, input=SMALL)
    assert torch.equal(images, data.images[:2])
    assert labels is None


def test_without_a_model_photographs_are_224_pixels(tmp_path):
    assert load_data(pictures(tmp_path, "a.png")).images.shape == (1, 3, 224, 224)


def test_one_image_file(tmp_path):
    picture(tmp_path / "only.png")
    assert load_data(tmp_path / "only.png", input=SMALL).ids == ("only.png",)


def test_class_folders_take_turns(tmp_path):
    pictures(tmp_path, "dog/1.png", "dog/2.png", "dog/3.png", "cat/1.png", "cat/2.png")
    data = load_data(tmp_path, input=SMALL)
    assert data.classes == ("cat", "dog")
    assert data.ids == ("cat/1.png", "dog/1.png", "cat/2.png", "dog/2.png", "dog/3.png")
    assert data.labels.tolist() == [0, 1, 0, 1, 1]
    assert load_data(tmp_path, 3, input=SMALL).ids == data.ids[:3]
    known = load_data(tmp_path, input=SMALL, classes=("dog", "owl", "cat"))
    assert known.labels.tolist() == [0, 2, 0, 2, 0]


def test_one_class_is_enough(tmp_path):
    assert load_data(pictures(tmp_path, "cat/1.png", "cat/2.png"), input=SMALL).labels.tolist() == [0, 0]


def test_folders_named_by_number(tmp_path):
    assert load_data(pictures(tmp_path, "3/a.png", "10/a.png"), input=SMALL).labels.tolist() == [3, 10]
    assert "label 10, but there are 4 classes" in refused("HP623", tmp_path, classes=("a", "b", "c", "d"))


def test_folders_of_unknown_classes(tmp_path):
    line = refused("HP624", pictures(tmp_path, "espreso/a.png"), classes=("espresso", "tea"))
    assert "'espreso'" in line
    assert "did you mean 'espresso'?" in line


def test_images_beside_class_folders(tmp_path):
    line = refused("HP606", pictures(tmp_path, "a.png", "cat/b.png"))
    assert "a.png" in line
    assert "cat/b.png" in line


def test_folders_without_images(tmp_path):
    assert "nowhere" in refused("HP602", tmp_path / "nowhere")
    refused("HP602", f"folder:{tmp_path}/nowhere")
    refused("HP603", tmp_path)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "cat").mkdir()
    refused("HP603", tmp_path)


def test_a_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    def closed(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("heatproof.data.folder.os.listdir", closed)
    assert "Permission denied" in refused("HP605", tmp_path)


def test_links_that_lead_nowhere_are_left_alone(tmp_path):
    pictures(tmp_path, "a.png")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    assert folder(tmp_path).ids == ("a.png",)


def test_what_is_neither_a_folder_nor_a_file():
    assert "neither a folder nor a file" in refused("HP602", "/dev/null")


def test_a_folder_of_only_broken_images(tmp_path):
    (tmp_path / "a.png").write_bytes(b"broken")
    line = refused("HP604", tmp_path)
    assert "a.png: not an image" in line


def test_broken_and_repeated_images_are_skipped_with_the_reason(tmp_path):
    pictures(tmp_path, "a.png", "c.png", "e.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:200])
    (tmp_path / "d.png").write_bytes((tmp_path / "a.png").read_bytes())
    data = load_data(tmp_path, input=SMALL)
    assert data.ids == ("a.png", "c.png", "e.png")
    assert [id for id, _ in data.skipped] == ["b.png", "d.png"]
    assert data.skipped[1][1] == "the same picture as a.png"
    assert load_data(tmp_path, 2, input=SMALL).ids == ("a.png", "c.png")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("new\nline.png", "new\\nline.png"),
        ("tab\t\x1b[31m.png", "tab\\t\\x1b[31m.png"),
        ("<script>alert(1)<.png", "<script>alert(1)<.png"),
        ("\u202egpj.png", "\\u202egpj.png"),
        ("quote'\"%00$\\frac{$.png", "quote'\"%00$\\\\frac{$.png"),
        ("-rf.png", "-rf.png"),
        ("con.png", "con.png"),
        ("emoji🐈.png", "emoji🐈.png"),
        ("x" * 251 + ".png", "x" * 251 + ".png"),
        (os.fsdecode(b"latin\xe9.png"), "latin\\xe9.png"),
    ],
)
def test_hostile_file_names_work(tmp_path, name, shown):
    data = load_data(pictures(tmp_path, name), input=SMALL)
    assert data.ids == (shown,)
    shown.encode("utf-8")
    (tmp_path / "bad.png").write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    (tmp_path / name).rename(tmp_path / "sub" / name)
    refused("HP606", tmp_path).encode("utf-8")


def test_escapes_keep_two_names_apart(tmp_path):
    data = load_data(pictures(tmp_path, "a\n.png", "a\\n.png"), input=SMALL)
    assert len(set(data.ids)) == 2


class TestLabels:
    """The CSV with the columns file and label."""

    @pytest.fixture
    def folder(self, tmp_path) -> Path:
        return pictures(tmp_path, "a.png", "b.png", "c.png")

    def write(self, folder: Path, text: str, encoding: str = "utf-8") -> Path:
        path = folder / "labels.csv"
        path.write_bytes(text.encode(encoding, "surrogateescape"))
        return path

    def test_numbers(self, folder):
        path = self.write(folder, "file,label,author\nc.png,7,me\nb.png, 0 ,you\na.png,7,\n")
        data = load_data(folder, labels=path, input=SMALL)
        assert (data.ids, data.labels.tolist(), data.classes) == (("b.png", "a.png", "c.png"), [0, 7, 7], None)
        assert load_data(folder, input=SMALL).labels.tolist() == [0, 7, 7]

    def test_names(self, folder):
        self.write(folder, 'file,label\na.png,dog\nb.png,"cat, big"\nc.png,dog\n', "utf-8-sig")
        data = load_data(folder, input=SMALL)
        assert data.classes == ("cat, big", "dog")
        assert dict(zip(data.ids, data.labels.tolist(), strict=True)) == {"a.png": 1, "b.png": 0, "c.png": 1}

    def test_only_some_images_have_a_row(self, folder):
        self.write(folder, "file,label\nb.png,1\nelsewhere.png,0\n")
        data = load_data(folder, input=SMALL)
        assert data.ids == ("b.png",)
        assert data.skipped == (("a.png", "has no row in labels.csv"), ("c.png", "has no row in labels.csv"))

    def test_a_file_name_that_is_not_utf8(self, folder):
        name = os.fsdecode(b"\xe9.png")
        picture(folder / name, 9)
        self.write(folder, f"file,label\n{name},1\n")
        assert load_data(folder, input=SMALL).ids == ("\\xe9.png",)

    @pytest.mark.parametrize(
        ("text", "code", "row", "says"),
        [
            ("name,label\na.png,1\n", "HP620", 1, "'file' is missing; the first line has name, label"),
            ("file;label\na.png;1\n", "HP620", 1, "file;label"),
            ("", "HP620", 1, "no columns"),
            ("file,label\na.png,1\nb.png,\n", "HP621", 3, "empty"),
            ("file,label\na.png\n", "HP621", 2, "empty"),
            ("file,label\na.png,1\nb.png,-1\n", "HP622", 3, "'-1'"),
            ("file,label\na.png,1.0\n", "HP622", 2, "'1.0'"),
            ("file,label\na.png,0\nb.png,3\n", "HP623", 3, "0 to 2"),
            ("file,label\na.png,1\nb.png,2\nc.png,3\n", "HP623", 4, "subtract 1"),
            ("file,label\na.png,owl\nb.png,caat\n", "HP624", 3, "did you mean 'cat'?"),
            ("file,label\na.png,=1+1\n", "HP624", 2, "'=1+1'"),
            ("file,label\na.png,cat\nb.png,cat\na.png,dog\n", "HP625", 4, "labels.csv:2"),
        ],
    )
    def test_mistakes_name_the_row(self, folder, text, code, row, says):
        self.write(folder, text)
        line = refused(code, folder, classes=("dog", "cat", "owl"))
        assert line.startswith(f"{folder / 'labels.csv'}:{row}  {code} ")
        assert says in line

    def test_no_row_names_an_image(self, folder):
        self.write(folder, "file,label\nimages/a.png,1\n")
        assert "'a.png'" in refused("HP626", folder)

    def test_a_csv_that_cannot_be_read(self, folder):
        assert "o such file" in refused("HP628", folder, labels=folder / "none.csv")
        refused("HP628", folder, labels=folder)
        refused("HP628", folder, labels=self.write(folder, 'file,label\n"a.png,1\n'))

    def test_many_rows(self, folder):
        rows = "".join(f"x{i}.png,{i % 3}\n" for i in range(50_000))
        self.write(folder, f"file,label\n{rows}a.png,2\n")
        assert load_data(folder, input=SMALL).labels.tolist() == [2]
