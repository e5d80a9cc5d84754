"""The validation images of ILSVRC2012 with labels and boxes in every form."""

from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import annotation, picture
from PIL import Image
from scipy.io import savemat

from heatproof.data.decode import Unreadable
from heatproof.data.load import load_data
from heatproof.data.readers.synsets import synsets
from heatproof.data.readers.voc import read_annotation
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import UsageError
from heatproof.vocabulary.evidence import inside

SMALL = InputSpec(3, 20, 20)
SYNSETS = ("n01440764", "n03888257", "n15075141")


def name(i: int) -> str:
    return f"ILSVRC2012_val_{i:08d}"


def write_kit(folder: Path, order: tuple[str, ...], truth: list[int]) -> None:
    """meta.mat as MATLAB has it: a column of structs, the 1,000 synsets first and groups of them after."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.empty((len(order) + 1, 1), [("ILSVRC2012_ID", object), ("WNID", object), ("words", object)])
    for i, synset in enumerate((*order, "n00001740"), 1):
        rows[i - 1, 0] = (float(i if synset != "n00001740" else 1860), synset, "some words")
    savemat(folder / "meta.mat", {"synsets": rows})
    (folder / "ILSVRC2012_validation_ground_truth.txt").write_text("".join(f"{t}\n" for t in truth))


@pytest.fixture
def tree(tmp_path) -> Path:
    """Three pictures of 60 x 40 with an XML file each."""
    for i, synset in enumerate(SYNSETS, 1):
        picture(tmp_path / "images" / f"{name(i)}.png", i, (60, 40)).rename(tmp_path / "images" / f"{name(i)}.JPEG")
        annotation(tmp_path / "annotations" / f"{name(i)}.xml", (synset, (10 + i, 4, 40, 36)))
    return tmp_path


def load(root: Path, images: int | None = None, **options):
    return load_data("ilsvrc2012-val", images, root=root, **({"input": SMALL} | options))


def refused(code: str, root: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load(root)
    assert caught.value.code == code
    return caught.value.line


def test_labels_and_boxes_from_xml_in_the_order_of_the_names(tree):
    data = load(tree)
    assert data.ids == tuple(f"{name(i)}.JPEG" for i in (1, 2, 3))
    assert data.labels.tolist() == [0, 701, 999]
    # The middle 40 x 40 of 60 x 40 becomes 20 x 20: columns from 10, two pixels to one.
    assert [b.tolist() for b in data.boxes] == [[[2, 0, 18, 15]], [[2, 1, 18, 15]], [[2, 2, 18, 15]]]
    assert load(tree, 2).ids == data.ids[:2]


@pytest.mark.parametrize("crop", [1.0, 0.875])
@pytest.mark.parametrize("size", [(60, 40), (33, 71), (500, 375)])
def test_the_box_lies_where_the_object_is_seen(tmp_path, size, crop):
    width, height = size
    left, top, right, bottom = width // 4, height // 3, width // 4 + width // 2, height // 3 + height // 2
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[top:bottom, left:right] = 255
    Image.fromarray(pixels).save(tmp_path / f"{name(1)}.png")
    annotation(tmp_path / f"{name(1)}.xml", (SYNSETS[0], (left, top, right, bottom)), size=size)
    data = load(tmp_path, input=InputSpec(3, 24, 30, crop=crop))
    white = data.images[0, 0] > 0.5
    assert (white != inside(data.boxes[0], (24, 30))).sum() <= 2 * (24 + 30)
    assert (white & inside(data.boxes[0], (24, 30))).sum() > 0.85 * white.sum()


def test_images_that_were_resized_after_the_boxes_were_drawn(tree):
    first = load(tree)
    for i in (1, 2, 3):
        box = (100 + 10 * i, 80, 400, 720)
        annotation(tree / f"annotations/{name(i)}.xml", (SYNSETS[i - 1], box), size=(600, 800))
    assert [b.tolist() for b in load(tree).boxes] == [b.tolist() for b in first.boxes]


def test_several_objects_of_one_class(tree):
    annotation(tree / f"annotations/{name(1)}.xml", (SYNSETS[0], (10, 0, 30, 20)), (SYNSETS[0], (30, 20, 50, 40)))
    data = load(tree)
    assert data.boxes[0].tolist() == [[0, 0, 10, 10], [10, 10, 20, 20]]
    assert data.labels[0] == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<annotation></annotation>", "names no object"),
        ("<annotation><object>", "is no XML"),
        ("", "is no XML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>", "declares a document type"),
        ("<annotation><object><name>n99999999</name>BOX</object></annotation>", "none of ImageNet's 1,000 synsets"),
        (
            "<annotation><object><name>n01440764</name>BOX</object><object><name>n03888257</name>BOX</object>"
            "</annotation>",
            "several classes: n01440764, n03888257",
        ),
        ("<annotation><object><name>n01440764</name></object></annotation>", "a box without an inside: , , ,"),
        (
            "<annotation><object><name>n01440764</name><bndbox><xmin>9</xmin><ymin>1</ymin><xmax>9</xmax>"
            "<ymax>5</ymax></bndbox></object></annotation>",
            "1, 9, 5, 9",
        ),
        (
            "<annotation><object><name>n01440764</name><bndbox><xmin>nan</xmin><ymin>1</ymin><xmax>9</xmax>"
            "<ymax>inf</ymax></bndbox></object></annotation>",
            "1, nan, inf, 9",
        ),
    ],
)
def test_a_bad_xml_file_costs_its_image(tree, content, reason):
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    (tree / f"annotations/{name(2)}.xml").write_text(content.replace("BOX", box))
    data = load(tree)
    assert data.labels.tolist() == [0, 999]
    ((id, said),) = data.skipped
    assert id == f"{name(2)}.JPEG"
    assert reason in said


def test_a_missing_and_an_endless_xml_file(tree):
    (tree / f"annotations/{name(1)}.xml").unlink()
    (tree / f"annotations/{name(2)}.xml").write_bytes(b"<annotation>" + b" " * 2**20)
    data = load(tree)
    assert data.labels.tolist() == [999]
    assert ["no such file" in data.skipped[0][1], "too long" in data.skipped[1][1]] == [True, True]


def test_declarations_are_refused_in_every_encoding(tmp_path):
    path = annotation(tmp_path / "a.xml", (SYNSETS[0], (1, 2, 3, 4)))
    text = path.read_text()
    path.write_text("<!-- by hand -->" + text)
    assert read_annotation(path).boxes == ((2, 1, 4, 3),)
    for encoding in ("utf-8", "utf-16"):
        path.write_bytes(("<!DOCTYPE a [<!ENTITY y 'z'>]>" + text).encode(encoding))
        with pytest.raises(Unreadable, match="declares a document type"):
            read_annotation(path)


class TestOtherLabels:
    """A list or a CSV stands before the XML files; boxes.csv too."""

    def test_a_list_from_zero(self, tree):
        (tree / "val.txt").write_text("".join(f"{name(i)}.JPEG {i * 5}\n" for i in range(1, 50_001 // 300)))
        data = load(tree)
        assert data.labels.tolist() == [5, 10, 15]
        assert data.boxes[0].tolist() == [[2, 0, 18, 15]]

    def test_a_list_from_one_is_noticed(self, tree):
        (tree / "ground_truth.txt").write_text(f"{name(1)}.JPEG 1000\n")
        assert "wanted 0 to 999" in refused("HP645", tree)

    def test_a_csv_with_synsets_numbers_and_names(self, tree):
        rows = f"{name(1)}.JPEG,{SYNSETS[1]}\n{name(2)}.JPEG,12\n{name(3)}.JPEG,goldfish\n"
        (tree / "labels.csv").write_text("file,label\n" + rows)
        (tree / "boxes.csv").write_text(f"file,top,left,bottom,right\n{name(1)}.JPEG,0,10,20,30\n")
        data = load(tree)
        assert data.labels.tolist() == [701, 12, 1]
        assert [b.tolist() for b in data.boxes] == [[[0, 0, 10, 10]], [], []]

    def test_the_development_kit(self, tree):
        """Its numbers are in an order of their own; here they run backwards."""
        write_kit(tree / "ILSVRC2012_devkit_t12/data", synsets()[::-1], [1000, 1, 299])
        assert load(tree).labels.tolist() == [0, 999, 701]
        assert load(tree).boxes[0].tolist() == [[2, 0, 18, 15]]

    def test_a_development_kit_that_is_not_as_it_should_be(self, tree):
        write_kit(tree / "data", synsets(), [1, 1001, 2])
        assert "ground_truth.txt:2  HP645 label 1001 of image 2" in refused("HP645", tree)
        write_kit(tree / "data", synsets(), [0])
        refused("HP645", tree)
        write_kit(tree / "data", synsets()[1:], [1])
        assert "999 synsets" in refused("HP643", tree)
        write_kit(tree / "data", (*synsets()[1:], "n00000001"), [1])
        refused("HP649", tree)
        (tree / "data/meta.mat").write_bytes(b"torn")
        refused("HP643", tree)

    def test_labels_without_boxes(self, tree):
        for path in (tree / "annotations").iterdir():
            path.unlink()
        assert "nothing that says their classes" in refused("HP650", tree)
        (tree / "labels.csv").write_text(f"file,label\n{name(1)}.JPEG,7\n{name(3)}.JPEG,8\n")
        data = load(tree)
        assert data.labels.tolist() == [7, 8]
        assert data.boxes is None
        assert data.skipped == ((f"{name(2)}.JPEG", "has no label in the list"),)

    @pytest.mark.parametrize("inner", ["", "val"])
    def test_folders_named_by_synset(self, tree, tmp_path, inner):
        for i, synset in ((1, "n15075141"), (2, "n01440764"), (3, "n15075141")):
            target = tmp_path / "pytorch" / inner / synset / f"{name(i)}.JPEG"
            target.parent.mkdir(parents=True, exist_ok=True)
            (tree / "images" / target.name).rename(target)
        data = load(tmp_path / "pytorch")
        assert [Path(n).stem for n in data.ids] == [name(1), name(2), name(3)]
        assert data.labels.tolist() == [999, 0, 999]
        assert data.boxes is None
        (tmp_path / "pytorch/val.txt").write_text("".join(f"{name(i)}.JPEG {i}\n" for i in (0, 1, 2, 3)))
        (tmp_path / "pytorch/boxes.csv").write_text(f"file,top,left,bottom,right\n{name(2)}.JPEG,0,10,40,30\n")
        data = load(tmp_path / "pytorch")
        assert data.labels.tolist() == [1, 2, 3], "a list says it first"
        assert [len(boxes) for boxes in data.boxes] == [0, 1, 0]

    def test_files_of_one_name_in_two_folders(self, tmp_path):
        for i, synset in enumerate(SYNSETS):
            picture(tmp_path / synset / "a.png", i)
        data = load(tmp_path)
        assert data.labels.tolist() == [0, 701, 999]
        assert data.ids == tuple(f"{synset}/a.png" for synset in SYNSETS)

    def test_a_folder_that_is_no_synset(self, tmp_path):
        picture(tmp_path / "n01440765" / "a.png", 1)
        assert "did you mean" in refused("HP649", tmp_path)

    def test_a_list_of_other_images(self, tree):
        (tree / "val.txt").write_text("other.JPEG 3\n")
        refused("HP626", tree)

    @pytest.mark.parametrize(
        ("images", "xmls"),
        [
            ("val", "val"),
            ("", ""),
            ("Data/CLS-LOC/val", "Annotations/CLS-LOC/val"),
            ("ILSVRC2012_img_val", "bbox_val/val"),
        ],
    )
    def test_usual_layouts(self, tree, tmp_path_factory, images, xmls):
        root = tmp_path_factory.mktemp("other")
        for source, inner in (("images", images), ("annotations", xmls)):
            (root / inner).mkdir(parents=True, exist_ok=True)
            for path in (tree / source).iterdir():
                path.rename(root / inner / path.name)
        data = load(root)
        assert data.labels.tolist() == [0, 701, 999]
        assert torch.equal(data.boxes[2], torch.tensor([[2, 2, 18, 15]]))
