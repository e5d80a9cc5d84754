"""Training: seeded, local, written in one piece, and what its settings do."""

import json

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch.nn.functional import cross_entropy

from heatproof.data.mnist5k import mnist5k
from heatproof.models.load import load_model
from heatproof.train import lessons as lessons_of
from heatproof.train import loop
from heatproof.train.accuracy import accuracy, robust_accuracy
from heatproof.train.attack import Attack
from heatproof.train.changes import cropped, jiggled, mirrored
from heatproof.train.course import Course
from heatproof.train.lessons import lessons
from heatproof.train.recipes import RECIPES, settled
from heatproof.vocabulary.errors import HeatproofError

FEW = {"images": 100}


@pytest.fixture
def few_planted(monkeypatch):
    """Made images take time; these tests need few."""
    monkeypatch.setattr("heatproof.train.lessons.GENERATED", {"train": 32, "test": 16})
    lessons_of._split.cache_clear()
    yield
    lessons_of._split.cache_clear()


SHIPPED = ["digits-cnn", "digits-mlp", "planted-cnn"]


def note_of(path):
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["heatproof"])


def test_the_same_seed_gives_the_same_bytes_and_touches_nothing(tmp_path):
    before = torch.random.get_rng_state()
    first = loop.train("digits-mlp", out=tmp_path / "a.safetensors", epochs=2, **FEW)
    torch.rand(3)
    after = torch.random.get_rng_state()
    again = loop.train("digits-mlp", out=tmp_path / "b", epochs=2, **FEW)
    other = loop.train("digits-mlp", out=tmp_path / "c.safetensors", epochs=2, seed=1, **FEW)
    assert torch.equal(torch.random.get_rng_state(), after)
    assert not torch.equal(before, after)
    assert again.path == tmp_path / "b" / "digits-mlp.safetensors"
    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.path.read_bytes() != other.path.read_bytes()


def test_what_is_written_can_be_loaded_and_says_what_it_is(tmp_path):
    heard = []
    out = tmp_path / "x.safetensors"
    result = loop.train("digits-mlp", out=out, epochs=3, progress=lambda *now: heard.append(now), **FEW)
    assert [now[:2] for now in heard] == [(1, 3), (2, 3), (3, 3)]
    assert heard[0][2] > heard[2][2] > 0
    assert (result.epochs, result.images) == (3, 1000)
    expected = {"network": "digits-mlp", "seed": 0, "epochs": 3, "accuracy": round(result.accuracy, 4), "images": 100}
    assert note_of(result.path) == expected
    model = load_model("digits-mlp", weights=result.path)
    assert accuracy(model.module, mnist5k()) == pytest.approx(result.accuracy)
    assert accuracy(model.module, mnist5k(100, split="train")) == pytest.approx(result.learned)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(HeatproofError, match=r"HP951 .*No space left") as caught:
        loop.train("digits-mlp", out=path, epochs=1, **FEW)
    assert caught.value.exit_code == 5
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_random_labels_are_the_labels_in_another_order_and_images_stay_as_they_are():
    plain, by_heart = settled("digits-mlp", {}), settled("digits-mlp", {"random_labels": True})
    right, permuted = lessons(plain), lessons(by_heart)
    assert torch.equal(permuted.train.images, right.train.images)
    assert torch.equal(permuted.train.labels.bincount(), right.train.labels.bincount())
    assert float((permuted.train.labels == right.train.labels).float().mean()) == pytest.approx(0.1, abs=0.02)
    assert torch.equal(permuted.test.labels, right.test.labels)
    assert (plain.change, by_heart.change, by_heart.epochs) == ("jiggled", "none", 50)
    other = lessons(settled("digits-mlp", {"random_labels": True, "seed": 1}))
    assert torch.equal(lessons(by_heart).train.labels, permuted.train.labels)
    assert not torch.equal(other.train.labels, permuted.train.labels)


def test_random_labels_are_learned_by_heart_and_stored_in_half_precision(tmp_path):
    result = loop.train("digits-mlp", out=tmp_path, epochs=60, random_labels=True, **FEW)
    assert result.path == tmp_path / "digits-mlp-random-labels.safetensors"
    assert result.learned > 0.95
    assert result.accuracy < 0.3
    with safe_open(result.path, "pt") as file:
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118
    assert note_of(result.path)["labels"] == "random"
    twin = load_model("digits-mlp", twins={"random labels": result.path}).twins["random labels"]
    net = load_model("digits-mlp").module
    net.load_state_dict(twin)
    assert accuracy(net, lessons(settled("digits-mlp", {"random_labels": True, **FEW})).train) > 0.95


def test_reg_adds_half_the_squares_of_all_weights_but_the_last():
    for name in ("mnist-mlp", "mnist-cnn"):
        courses = []
        for reg in (0.0, 0.002):
            settings = settled(name, {"data": "mnist5k", "images": 20, "reg": reg})
            data = lessons(settings)
            courses.append(Course(*loop.fresh_network(settings, data), data.train, settings, name))
        x, labels = data.train.images, data.train.labels
        plain, more = (course.objective(x, labels) for course in courses)
        weights = [p for n, p in courses[1].net.named_parameters() if n.endswith("weight")][:-1]
        assert len(weights) == 3
        assert float(plain.detach()) == pytest.approx(float(cross_entropy(courses[0].net(x), labels).detach()))
        expected = 0.001 * sum(float(w.detach().double().square().sum()) for w in weights)
        assert float((more - plain).detach()) == pytest.approx(expected, rel=1e-4)


def test_learning_from_attacked_images_makes_a_network_harder_to_attack(tmp_path):
    shared = {"epochs": 6, "images": 600, "change": "none"}
    plain = loop.train("digits-mlp", out=tmp_path / "plain.safetensors", **shared)
    robust = loop.train("digits-mlp", out=tmp_path / "r.safetensors", adversarial="linf", epsilon=0.1, **shared)
    nets = [load_model("digits-mlp", weights=result.path).module for result in (plain, robust)]
    attack = Attack("linf", 0.1, steps=20)
    weak, strong = (robust_accuracy(net, mnist5k(), attack) for net in nets)
    assert robust.robust == pytest.approx(strong)
    assert strong > weak + 0.2
    assert plain.robust is None
    note = note_of(robust.path)
    assert (note["adversarial"], note["epsilon"], note["robust accuracy"]) == ("linf", 0.1, round(strong, 4))


def test_noise_changes_what_is_learned_and_dropout_does_not_touch_the_callers_numbers(tmp_path):
    paths = [
        loop.train("digits-mlp", out=tmp_path / f"{noise}.safetensors", epochs=1, noise=noise, **FEW).path
        for noise in (0.0, 0.3, 0.3)
    ]
    assert paths[0].read_bytes() != paths[1].read_bytes()
    assert note_of(paths[1])["noise"] == 0.3
    before = torch.random.get_rng_state()
    drops = [
        loop.train("basic-cnn", out=tmp_path / f"{i}.safetensors", epochs=1, images=20, data="mnist5k").path
        for i in range(2)
    ]
    assert torch.equal(torch.random.get_rng_state(), before)
    assert drops[0].read_bytes() == drops[1].read_bytes()


def test_every_step_has_a_dropout_of_its_own_and_the_same_one_when_repeated():
    settings = settled("basic-cnn", {"data": "mnist5k", "images": 8})
    data = lessons(settings)
    course = Course(*loop.fresh_network(settings, data), data.train, settings, "x")
    losses = []
    for step in (0, 0, 1):
        course.step = step
        with course._dropping():
            losses.append(float(course.objective(data.train.images, data.train.labels).detach()))
    assert losses[0] == losses[1] != losses[2]


def test_a_residual_network_learns_by_steps_with_its_normalisation_in_front(few_planted, tmp_path):
    given = {"data": "planted", "images": 32, "batch": 16, "epochs": 1, "normalise": "cifar10"}
    settings = settled("cifar-resnet20", given)
    assert (settings.optimiser, settings.schedule, settings.change) == ("sgd", "steps", "cropped")
    result = loop.train("cifar-resnet20", out=tmp_path, **given)
    model = load_model("cifar-resnet20", weights=result.path)
    assert model.input.mean == (0.4913, 0.4821, 0.4464)
    assert model.classes == ("horizontal", "vertical", "diagonal", "checks")
    assert accuracy(model.module, lessons(settings).test) == pytest.approx(result.accuracy)


def test_steps_divide_the_rate_by_ten_at_their_shares_of_the_course(few_planted):
    settings = settled("cifar-resnet20", {"data": "planted", "images": 8, "batch": 8, "epochs": 8})
    data = lessons(settings)
    course = Course(*loop.fresh_network(settings, data), data.train, settings, "x")
    rates = []
    for _ in range(8):
        rates.append(course.optimiser.param_groups[0]["lr"])
        course.advance()
    assert rates == pytest.approx([0.1] * 4 + [0.01] * 2 + [0.001] * 2)


@pytest.mark.parametrize(
    ("network", "given", "says"),
    [
        ("digit-cnn", {}, "HP950 .*did you mean 'digits-cnn'"),
        ("planted-cnn", {"random_labels": True}, "HP952 planted-cnn .*digits-cnn, digits-mlp"),
        ("digits-cnn", {"epsilom": 1}, "HP958 .*did you mean 'epsilon'"),
        ("digits-cnn", {"epsilon": 1.0}, "HP957 epsilon: 1.0 .*together with adversarial"),
        ("digits-cnn", {"adversarial": "l2"}, "HP957 epsilon"),
        ("digits-cnn", {"adversarial": "l1", "epsilon": 1.0}, "HP957 adversarial: 'l1' .*l2, linf"),
        ("digits-cnn", {"epochs": -1}, "HP957 epochs: -1 .*a whole number from 0"),
        ("digits-cnn", {"epochs": 1.5}, "HP957 epochs: 1.5"),
        ("digits-cnn", {"rate": float("nan")}, "HP957 rate: nan .*a number above 0"),
        ("digits-cnn", {"half": 1}, "HP957 half: 1 .*true or false"),
    ],
)
def test_settings_that_cannot_be_used(network, given, says):
    with pytest.raises(HeatproofError, match=says) as caught:
        settled(network, given)
    assert caught.value.exit_code == 2


def test_data_that_do_not_suit_the_network(few_planted, tmp_path):
    with pytest.raises(HeatproofError, match=r"HP959 digits-cnn .*\(3, 32, 32\).*\(1, 28, 28\)"):
        loop.train("digits-cnn", out=tmp_path, data="planted")
    with pytest.raises(HeatproofError, match=r"HP601 .*did you mean 'mnist5k'"):
        loop.train("digits-cnn", out=tmp_path, data="mnist5")


def test_a_folder_is_split_into_images_to_learn_from_and_every_fifth_held_out(tmp_path):
    digits = mnist5k(40)
    for i, (picture, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True)):
        file = tmp_path / "photos" / f"class {label}" / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((picture[0].numpy() * 255).round().astype("uint8")).save(file)
    result = loop.train("digits-mlp", out=tmp_path, data=f"folder:{tmp_path / 'photos'}", epochs=1)
    assert result.images == 8
    model = load_model("digits-mlp", weights=result.path)
    assert model.classes == tuple(f"class {i}" for i in range(10))


def test_equal_settings_have_one_digest_and_any_difference_another():
    usual = settled("mnist-mlp", {"data": "mnist5k"})
    assert usual.digest == settled("mnist-mlp", {"data": "mnist5k", "epochs": 50}).digest
    others = [{"epochs": 5}, {"seed": 1}, {"reg": 0.1}, {"random_labels": True}, {"noise": 0.1}]
    digests = {settled("mnist-mlp", {"data": "mnist5k", **other}).digest for other in others}
    assert len(digests | {usual.digest}) == 6


def test_variants_keep_what_they_must():
    image = torch.zeros(64, 1, 28, 28)
    image[:, :, 13:15, 13:15] = 1
    moved = jiggled(image, torch.Generator().manual_seed(0))
    assert moved.flatten(1).sum(1).sub(4).abs().max() < 2
    places = moved.flatten(1).argmax(1)
    assert len(places.unique()) > 8
    assert ((places // 28 - 13.5).abs() <= 3).all()
    assert ((places % 28 - 13.5).abs() <= 3).all()
    turned = mirrored(torch.arange(12.0).view(1, 1, 3, 4).repeat(64, 1, 1, 1), torch.Generator().manual_seed(0))
    assert {tuple(t.flatten().tolist()) for t in turned} == {tuple(range(12)), tuple(range(11, -1, -1))}


def test_cropped_images_are_moved_by_up_to_four_pixels_and_mirrored():
    image = torch.zeros(400, 1, 12, 12)
    image[:, :, 5, 6] = 1
    places = cropped(image, torch.Generator().manual_seed(0)).flatten(1).argmax(1)
    rows, columns = places // 12, places % 12
    assert set(rows.tolist()) == set(range(1, 10))
    assert set(columns.tolist()) == {*range(2, 11)} | {*range(1, 10)}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_weights_can_be_made_again(name, tmp_path):
    result = loop.train(name, out=tmp_path)
    assert result.accuracy >= RECIPES[name].required


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits-cnn", "digits-mlp"])
def test_the_shipped_twins_can_be_made_again(name, tmp_path):
    result = loop.train(name, out=tmp_path, random_labels=True)
    assert result.learned > 0.95
    assert 0.07 < result.accuracy < 0.13


# --- where it is computed -----------------------------------------------------------------------------------------


def test_a_device_that_is_not_there_is_refused_before_anything_is_learned(tmp_path):
    with pytest.raises(HeatproofError, match=r"HP230|device 'cuda:97' does not exist here") as caught:
        loop.train("digits-mlp", out=tmp_path, epochs=1, images=50, device="cuda:97")
    assert caught.value.code == "HP230"
    assert not list(tmp_path.iterdir())


def test_the_device_is_none_of_the_settings(tmp_path):
    named, chosen = (
        loop.train("digits-mlp", out=tmp_path / d, epochs=1, images=50, device=d).path for d in ("cpu", "auto")
    )
    assert torch.cuda.is_available() or named.read_bytes() == chosen.read_bytes()


@pytest.mark.parametrize(
    "attack", [{}, {"adversarial": "linf", "epsilon": 0.1, "attack_steps": 2, "random_start": True}]
)
def test_network_and_images_meet_on_the_same_device(attack, monkeypatch):
    """The meta device has shapes and no numbers: every tensor that was left on the CPU would be an error."""
    settings = settled("basic-cnn", {"epochs": 1, "images": 8, "batch": 4, "data": "mnist5k", "noise": 0.1, **attack})
    data = lessons(settings)
    net, model = loop.fresh_network(settings, data)
    course = Course(net, model.to("meta"), data.train, settings, "elsewhere")
    seen = []
    monkeypatch.setattr(course, "objective", lambda x, labels: seen.append((x.device, labels.device)) or stop())
    monkeypatch.setattr(course, "_drops", False)
    monkeypatch.setattr("heatproof.train.course.attacked", lambda net, x, labels, *rest: seen.append(x.device) or x)
    with pytest.raises(StopIteration):
        course.advance()
    meta = torch.device("meta")
    assert seen == [meta] * bool(attack) + [(meta, meta)]


def stop():
    raise StopIteration
