"""Which images a study is about: the first ones, or the first that one or all of its models get right."""

import json

import pytest
import torch
from click.testing import CliRunner
from data_files import digits

import heatproof as hp
from heatproof.cli import main
from heatproof.data.imageset import ImageSet
from heatproof.models.classifier import Classifier
from heatproof.spec.study import StudySpec, read_study
from heatproof.study.choosing import chosen
from heatproof.study.subject import subject
from heatproof.vocabulary.errors import HeatproofError, UsageError

SIZE = 200


class Knows(torch.nn.Module):
    """Reads the number of an image out of its pixels and is right for some numbers."""

    def __init__(self, right: set[int]) -> None:
        super().__init__()
        self.flatten = torch.nn.Flatten()
        self.register_buffer("right", torch.tensor([i in right for i in range(SIZE)]))
        self.asked = 0

    def forward(self, x):
        number = (self.flatten(x)[:, 0] * SIZE).round().long()
        answer = torch.where(self.right[number], number % 3, (number + 1) % 3)
        return torch.nn.functional.one_hot(answer, 3).float() + 0 * x.sum((1, 2, 3))[:, None]


def images(count: int) -> ImageSet:
    numbers = torch.arange(min(count, SIZE))
    pixels = (numbers / SIZE).view(-1, 1, 1, 1).expand(-1, 1, 4, 4).clone()
    return ImageSet("numbers", pixels, tuple(f"n{i:03d}" for i in numbers.tolist()), numbers % 3)


def choose(*right: set[int], **data):
    """(the sets for each model, how many images were loaded each time)."""
    loaded = []
    classifiers = [Classifier(Knows(r), f"model {i}") for i, r in enumerate(right)]
    spec = StudySpec.from_python(
        models=[{"name": c.name} for c in classifiers],
        data={"name": "numbers", **data},
        methods=["gradient"],
        metrics=["gini"],
        device="cpu",
    )

    def load(classifier: Classifier, count: int) -> ImageSet:
        loaded.append(count)
        return images(count)

    images_for = chosen(spec, classifiers, load)
    sets = [images_for(c) for c in classifiers]
    assert [images_for(c) for c in classifiers] == sets
    return sets, loaded


def numbers(data: ImageSet) -> list[int]:
    return [int(id[1:]) for id in data.ids]


EVEN, THIRDS = set(range(0, SIZE, 2)), set(range(0, SIZE, 3))


def test_all_and_correct_load_what_is_asked_for():
    for keep in ("all", "correct"):
        (data,), loaded = choose(EVEN, images=10, keep=keep)
        assert (len(data), loaded, data.notes) == (10, [10], ())


def test_correct_with_a_search_fills_up():
    (data,), loaded = choose(EVEN, images=10, keep="correct", search=50)
    assert numbers(data) == list(range(0, 20, 2))
    assert data.labels.tolist() == [i % 3 for i in range(0, 20, 2)]
    assert loaded[0] == 10
    assert loaded[-1] <= 30
    assert data.notes == ("9 of the first 19 images of numbers, which the model gets wrong (keep: correct)",)
    more, _ = choose(EVEN, images=13, keep="correct", search=150)
    assert numbers(more[0])[:10] == numbers(data)


def test_nothing_is_said_where_nothing_is_passed_over():
    (data,), _ = choose(set(range(SIZE)), images=10, keep="correct", search=50)
    assert data.notes == ()
    assert numbers(data) == list(range(10))


def test_a_search_that_ends():
    (data,), loaded = choose(EVEN, images=10, keep="correct", search=15)
    assert numbers(data) == list(range(0, 15, 2))
    assert loaded[-1] == 15
    assert data.notes[1] == "only 8 of the 10 wanted images of numbers were found"
    (data,), loaded = choose({1, 150}, images=10, keep="correct", search=1000)
    assert numbers(data) == [1, 150]
    assert loaded[-1] > SIZE
    assert len(loaded) < 10


def test_right_for_all_models_is_the_same_for_each():
    (first, second), _ = choose(EVEN, THIRDS, images=6, keep="correct_for_all", search=100)
    assert numbers(first) == numbers(second) == [0, 6, 12, 18, 24, 30]
    assert first.notes == (
        "25 of the first 31 images of numbers, which not every model gets right (keep: correct_for_all)",
    )
    (first, second), loaded = choose(EVEN, THIRDS, images=20, keep="correct_for_all")
    assert numbers(first) == numbers(second) == [0, 6, 12, 18]
    assert set(loaded) == {20}


def test_none_is_right():
    with pytest.raises(UsageError, match=r"HP662 of the first 20 images of numbers, model 0 and model 1 get none"):
        choose(EVEN, {1, 3}, images=5, keep="correct_for_all", search=20)


def test_images_without_labels(tmp_path):
    spec = StudySpec.from_python(
        models=["digits-cnn"],
        data={"name": "x", "keep": "correct_for_all"},
        methods=["gradient"],
        metrics=["gini"],
    )
    classifier = Classifier(Knows(EVEN), "m")
    bare = ImageSet("x", torch.zeros(1, 1, 4, 4), ("a",))
    with pytest.raises(HeatproofError, match="HP217"):
        chosen(spec, [classifier], lambda *_: bare)(classifier)


STUDY = """\
heatproof: 1
models: [digits-cnn, digits-mlp]
data: {name: mnist5k, images: 40, keep: correct_for_all, search: 90}
methods: [gradient]
controls: []
metrics: [gini]
out: run
"""


def test_a_study_on_real_digits(tmp_path, monkeypatch):
    """Two networks, the same images for both, and the report says what was passed over."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY)
    spec = read_study("study.yaml")
    source = hp.Study.from_spec(spec)._source
    first, second = (source.images_for(c) for c in source.classifiers)
    assert first.ids == second.ids
    assert len(first) == 40
    for classifier in source.classifiers:
        with subject(spec, classifier, source.images_for(classifier)) as each:
            assert all(case.predicted == case.label for case in each.cases)
            assert len(each.cases) == 40
            assert each.left_out[0].endswith("which not every model gets right (keep: correct_for_all)")
    # What was passed over is really wrong for one of them.
    looked = int(first.notes[0].split("of the first ")[1].split()[0])
    among = hp.load_data("mnist5k", looked)
    wrong = [i for i, id in enumerate(among.ids) if id not in first.ids]
    with torch.no_grad():
        right = [c.module(among.images).argmax(1) == among.labels for c in source.classifiers]
    assert wrong
    assert not (right[0] & right[1])[wrong].any()
    result = CliRunner().invoke(main, ["plan", "study.yaml", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["left_out"][0] == first.notes[0]


def test_a_study_names_the_root_of_its_data(tmp_path):
    digits(tmp_path / "here", 20)
    digits(tmp_path / "here", 20, prefix="train", seed=1)
    file = tmp_path / "study.yaml"
    file.write_text(
        f"heatproof: 1\nmodels: digits-cnn\ndata: {{name: mnist, root: {tmp_path / 'here'}, images: 5, reference: 3}}\n"
        "methods: [gradient]\nmetrics: [gini]\n"
    )
    source = hp.Study.from_spec(read_study(file))._source
    (classifier,) = source.classifiers
    data, reference = source.images_for(classifier), source.reference_for(classifier)
    assert data.source == str(tmp_path / "here")
    assert len(data) == 5
    assert torch.equal(reference, hp.load_data("mnist", 3, split="train", root=tmp_path / "here").images)
