"""Weights, twins and patches that a study has made before it runs."""

import json

import pytest
import torch
from click.testing import CliRunner

import heatproof as hp
from heatproof.cli import main
from heatproof.models.load import load_model
from heatproof.spec.study import read_study
from heatproof.study.made import Maker, _settings
from heatproof.train.lessons import lessons
from heatproof.train.recipes import settled
from heatproof.vocabulary.errors import HeatproofError

STUDY = """
heatproof: 1
models:
  - name: digits
    train: {network: digits-mlp, epochs: 12, images: 400}
    twins:
      random labels: {train: {random_labels: true, epochs: 1}}
data: {name: mnist5k, images: 3, keep: correct, patches: {train: {targets: [3], area: 0.2, epochs: 1, images: 40}}}
methods: [gradient]
controls: []
metrics: [deletion: {steps: 4}, data_randomization, impact_coverage]
compute: {batch: 8}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("HEATPROOF_CACHE", str(tmp_path / "cache"))
    (tmp_path / "study.yaml").write_text(STUDY)
    return str(tmp_path / "study.yaml")


def models(*said: str) -> str:
    text = STUDY[: STUDY.index("  - name")] + "".join(f"  - {line}\n" for line in said) + STUDY[STUDY.index("data:") :]
    return text


def read(tmp_path, text):
    (tmp_path / "other.yaml").write_text(text)
    return read_study(tmp_path / "other.yaml")


def test_a_plan_trains_nothing_and_says_what_would_be(study, tmp_path):
    result = CliRunner().invoke(main, ["plan", study])
    assert result.exit_code == 0, result.output
    lines = [line for line in result.stdout.splitlines() if line.startswith("trained first, once, when it runs: ")]
    assert "digits-mlp on mnist5k (epochs 12, seed 0), about" in lines[0]
    assert "digits-mlp on mnist5k (epochs 1, seed 0, random labels), about" in lines[1]
    assert "patches against digits (targets 3)" in lines[2]
    assert not (tmp_path / "cache").exists()
    plan = json.loads(CliRunner().invoke(main, ["plan", study, "--json"]).stdout)
    assert len(plan["to_make"]) == 3
    assert plan["units_total"] > 0


def test_a_run_makes_them_once_and_the_next_finds_them(study, tmp_path):
    command = ["run", study, "--out", str(tmp_path / "run")]
    first = CliRunner().invoke(main, command)
    assert first.exit_code == 0, first.output
    assert "training digits-mlp on mnist5k (epochs 12, seed 0), once" in first.stderr
    assert "share of the images that a patch has taken for its class: 3 " in first.stderr
    made = sorted(p.name.split("-")[0] for p in (tmp_path / "cache").iterdir())
    assert made == ["digits", "digits", "patches"]
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 0
    assert "training" not in again.stderr
    assert "trained first" not in CliRunner().invoke(main, ["plan", study]).stdout
    facts = hp.read_result(tmp_path / "run").view.models[0].facts
    assert facts["source"] == "trained here: digits-mlp on mnist5k (epochs 12, seed 0)"


def test_patches_are_made_on_images_that_are_not_shown(study, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "heatproof.study.made.make_patches",
        lambda path, model, learned, held_out, settings, **_: seen.append((learned, held_out)) or [],
    )
    text = STUDY.replace("mnist5k, images: 3, keep: correct", "photos, images: 2")
    text = text[: text.index("models:")] + "models: [efficientnet-lite0]\n" + text[text.index("data:") :]
    wanted = hp.Study.from_spec(read(tmp_path, text))
    wanted._source.images_for(wanted._source.classifiers[0])
    ((learned, held_out),) = seen
    assert len(held_out) == 2
    assert len(learned) > 2
    assert not set(learned.ids) & set(held_out.ids)


def test_a_twin_takes_over_what_is_shared_and_nothing_else(study, tmp_path):
    said = "{name: a, from: digits-mlp, train: {data: mnist5k, images: 50, epochs: 1, noise: 0.1, seed: 4}, "
    spec = read(tmp_path, models(said + "twins: {robust: {train: {adversarial: l2, epsilon: 0.5, epochs: 1}}}}"))
    maker = Maker(may=False)
    maker.model(spec.models[0])
    assert [note.split("(")[1] for note in maker.notes] == [
        "epochs 1, seed 4, noise 0.1)",
        "epochs 1, seed 4, attacked within l2 0.5)",
    ]


def test_a_twin_of_weights_from_elsewhere_sees_what_they_see(study, tmp_path):
    twins = "twins: {random labels: {train: {data: mnist5k, random_labels: true}}}}"
    for normalise, wanted in (("", "imagenet"), ("normalise: cifar10, ", "cifar10")):
        spec = read(tmp_path, models(f"{{name: a, from: cifar-resnet20, weights: w.th, {normalise}{twins}"))
        (twin,) = spec.models[0].twins.values()
        assert _settings(spec.models[0], twin.train, twin=True).normalise == wanted


def test_an_untrained_network_stands_in_with_the_input_that_it_will_have(study, tmp_path):
    spec = read(tmp_path, models("{name: basic, from: basic-cnn, train: {data: mnist5k, images: 40, epochs: 1}}"))
    found = Maker(may=False).model(spec.models[0])
    assert (found.name, found.input.mean) == ("basic", (0.1307,))
    made = Maker().model(spec.models[0])
    assert made.input == found.input
    settings = settled("basic-cnn", {"data": "mnist5k", "images": 40, "epochs": 1})
    assert made.input == lessons(settings).input
    (file,) = (tmp_path / "cache").glob("basic-cnn-*.safetensors")
    again = load_model("basic-cnn", weights=file).module.state_dict()
    assert all(torch.equal(value, again[name]) for name, value in made.module.state_dict().items())


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("{name: a, from: digits-mlp, weights: w.safetensors, train: {}}", "HP962 model a"),
        ("{name: a, from: efficientnet-lite0, train: {}}", "HP950 no recipe for 'efficientnet-lite0'"),
        ("{name: a, from: digits-mlp, train: {epsilon: 1.0}}", "HP957 epsilon"),
        ("{name: a, from: planted-cnn, twins: {b: {train: {random_labels: true}}}}", "HP952 planted-cnn"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is(said, says, study, tmp_path):
    spec = read(tmp_path, models(said))
    with pytest.raises(HeatproofError, match=says):
        hp.Study.from_spec(spec)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("{name: a, from: digits-mlp, train: {epoch: 3}}", "HP104 unknown key 'epoch'.*did you mean 'epochs'"),
        ("{name: a, train: {network: mnist-mpl}}", "HP910 .*did you mean 'mnist-mlp'"),
        ("{name: a, from: digits-mlp, twins: {b: {train: {epochs: x}}}}", "HP106 epochs must be a whole number"),
        ("{name: a, from: digits-mlp, twins: {b: {tran: {}}}}", "HP104 unknown key 'tran'.*did you mean 'train'"),
        ("{name: a, from: digits-mlp, twins: {b: 3}}", "HP106 b must be safetensors files or trainings"),
    ],
)
def test_what_is_written_wrongly_is_told_with_its_place(said, says, study, tmp_path):
    with pytest.raises(HeatproofError, match=says) as caught:
        read(tmp_path, models(said))
    assert "other.yaml:4" in str(caught.value)


def test_what_is_resolved_is_itself_a_study_with_the_same_trainings(study, tmp_path):
    spec = read_study(study)
    (tmp_path / "again.yaml").write_text(json.dumps(spec.resolved()))
    again = read_study(tmp_path / "again.yaml")
    assert again.models == spec.models
    assert again.data == spec.data
