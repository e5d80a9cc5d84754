"""Boxes around objects: written in a CSV, cut like their pictures, known where images were made."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from heatproof.data.boxes import Box
from heatproof.data.fit import fit, fit_boxes
from heatproof.data.load import load_data
from heatproof.models.input import InputSpec
from heatproof.spec.study import read_study
from heatproof.vocabulary.errors import UsageError
from heatproof.vocabulary.evidence import inside

SPEC = InputSpec(3, 20, 20)
NOWHERE = Box(0, 0, 0, 0)
HEADER = "file,top,left,bottom,right\n"


def picture(path: Path, box: Box = NOWHERE, size: tuple[int, int] = (60, 40), seed: int = 0) -> None:
    """A dark picture of (width, height) with a white box."""
    pixels = np.random.default_rng(seed).integers(0, 9, (size[1], size[0], 3), dtype=np.uint8)
    top, left, bottom, right = map(int, box)
    pixels[top:bottom, left:right] = 255
    Image.fromarray(pixels).save(path)


def refused(code: str, folder: Path, text: str | None = None, **settings) -> str:
    if text is not None:
        (folder / "boxes.csv").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_data(folder, input=SPEC, **settings)
    assert caught.value.code == code
    assert "\n" not in caught.value.line
    return caught.value.line


@pytest.fixture
def folder(tmp_path) -> Path:
    picture(tmp_path / "a.png", Box(8, 20, 20, 32), seed=1)
    picture(tmp_path / "b.png", Box(2, 10, 38, 14), seed=2)
    picture(tmp_path / "c.png", seed=3)
    return tmp_path


def test_boxes_follow_the_cut_of_their_pictures(folder):
    (folder / "boxes.csv").write_text(
        HEADER + "a.png,8,20,20,32\nb.png,2,10,38,14\na.png,0,0,4,60\na.png,0,0,40,10\nelse.png,0,0,1,1\n"
    )
    data = load_data(folder, input=SPEC)
    assert data.ids == ("a.png", "b.png", "c.png")
    # The middle 40 x 40 of 60 x 40 becomes 20 x 20: columns from 10, two pixels to one; (0, 0, 40, 10) is cut off.
    assert [b.tolist() for b in data.boxes] == [[[4, 5, 10, 11], [0, 0, 2, 20]], [[1, 0, 19, 2]], []]
    assert all(b.dtype == torch.int64 and b.shape[1:] == (4,) for b in data.boxes)
    assert [b.tolist() for b in data.take(torch.tensor([1])).boxes] == [[[1, 0, 19, 2]]]


@pytest.mark.parametrize("size", [(60, 40), (33, 71), (20, 20), (199, 120)])
@pytest.mark.parametrize("crop", [1.0, 0.875])
def test_the_box_lies_where_the_object_is_seen(tmp_path, size, crop):
    spec = InputSpec(3, 24, 30, crop=crop)
    width, height = size
    box = Box(height // 3, width // 4, height // 3 + height // 2, width // 4 + width // 2)
    picture(tmp_path / "a.png", box, size)
    image = Image.open(tmp_path / "a.png")
    white = fit(image, spec)[0] > 0.5
    expected = inside(fit_boxes([box], image.size, spec), (24, 30))
    differing = white != expected
    border = expected & ~inside(fit_boxes([box], image.size, spec) + torch.tensor([1, 1, -1, -1]), (24, 30))
    outer = inside(fit_boxes([box], image.size, spec) + torch.tensor([-1, -1, 1, 1]), (24, 30)) & ~expected
    assert not (differing & ~(border | outer)).any()
    assert differing.sum() < border.sum()


def test_a_turned_picture_has_its_boxes_as_it_is_seen(tmp_path):
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[0:10, 50:60] = 255  # stored at the upper right; a quarter turn clockwise brings it to the lower right
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.png", exif=exif)
    (tmp_path / "boxes.csv").write_text(HEADER + "a.png,50,30,60,40\n")
    data = load_data(tmp_path, input=InputSpec(3, 60, 40))
    assert data.boxes[0].tolist() == [[50, 30, 60, 40]]
    assert torch.equal(data.images[0, 0] > 0.5, inside(data.boxes[0], (60, 40)))


def test_without_a_csv_nothing_is_known(folder):
    assert load_data(folder, input=SPEC).boxes is None


def test_a_csv_elsewhere_with_classes_and_a_byte_order_mark(tmp_path):
    for name, seed in (("cat", 1), ("dog", 2)):
        (tmp_path / "data" / name).mkdir(parents=True)
        picture(tmp_path / "data" / name / "1.png", seed=seed)
    (tmp_path / "b.csv").write_text("\ufeffright,bottom,left,top,file,note\n40.0,20,10.5,0,dog/1.png,x\n", "utf-8")
    data = load_data(tmp_path / "data", input=SPEC, boxes=tmp_path / "b.csv")
    assert [b.tolist() for b in data.boxes] == [[], [[0, 0, 10, 15]]]
    assert data.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "code", "line", "part"),
    [
        ("file,top,left,bottom\na.png,1,1,2\n", "HP630", 1, "'right' is missing; the first line has file, top, left"),
        ("", "HP630", 1, "no columns"),
        (HEADER + "a.png,1,1,2,2\na.png,5,1,5,3\n", "HP631", 3, "the box is 5, 1, 5, 3"),
        (HEADER + "a.png,1,3,2,2\n", "HP631", 2, "1, 3, 2, 2"),
        (HEADER + "a.png,1,x,2,2\n", "HP631", 2, "1, x, 2, 2"),
        (HEADER + "a.png,nan,0,inf,2\n", "HP631", 2, "nan"),
        (HEADER + "a.png,1\n", "HP631", 2, "the box is 1, , , ;"),
        (HEADER + "z.png,0,0,1,1\n", "HP626", None, "'a.png'"),
        ('file,top,left,bottom,right\n"a.png,1\n', "HP632", None, "cannot be read"),
    ],
)
def test_what_is_wrong_in_the_csv_is_said_with_its_line(folder, text, code, line, part):
    found = refused(code, folder, text)
    assert part in found
    assert line is None or f"boxes.csv:{line} " in found


def test_a_csv_that_is_not_there_or_not_for_this_data(folder):
    assert "o such file" in refused("HP632", folder, boxes=folder / "none.csv")
    with pytest.raises(UsageError, match="HP633"):
        load_data("planted", 4, boxes=folder / "boxes.csv")


def test_planted_images_know_their_boxes():
    data = load_data("planted", 12)
    for boxes, mask in zip(data.boxes, data.masks, strict=True):
        assert boxes.shape == (1, 4)
        top, left, bottom, right = boxes[0].tolist()
        assert mask[0, top:bottom, left:right].sum() == mask.sum()
        assert mask[0, top, left:right].any()
        assert mask[0, bottom - 1, left:right].any()
        assert mask[0, top:bottom, left].any()
        assert mask[0, top:bottom, right - 1].any()
        assert 10 <= bottom - top <= 11


def test_a_study_names_its_boxes_and_patches(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(
        "heatproof: 1\nmodels: digits-cnn\ndata: {folder: ./x, boxes: b.csv, patches: p.safetensors}\n"
        "methods: [gradient]\nmetrics: [localization_error]\n"
    )
    spec = read_study(file)
    assert (spec.data.boxes, spec.data.patches) == ("b.csv", "p.safetensors")
