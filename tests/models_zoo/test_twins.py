"""Twins: where they come from, that they fit, and that a study keeps apart what different twins say."""

import math

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import heatproof as hp
from heatproof.data.mnist5k import mnist5k
from heatproof.models.classifier import Classifier
from heatproof.models.input import InputSpec
from heatproof.models.load import load_model
from heatproof.spec.study import read_study
from heatproof.train.accuracy import accuracy
from heatproof.vocabulary.errors import HeatproofError

DIGITS = ["digits-cnn", "digits-mlp"]


def net(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3))


X = torch.rand(2, 3, 2, 2, generator=torch.Generator().manual_seed(0))


def value(model, **more):
    maps = hp.explain(model, X, "gradient", target=0)
    return hp.score(model, X, maps, "data_randomization", method="gradient", target=0, similarity="pearson", **more)


@pytest.mark.parametrize("name", DIGITS)
def test_the_shipped_twins_know_random_labels_by_heart_and_digits_by_chance(name):
    model = load_model(name)
    twin = load_model(name).module
    twin.load_state_dict(model.twins["random labels"])
    right = accuracy(twin, mnist5k())
    assert 0.07 < right < 0.13


def test_networks_without_a_twin_are_refused_before_anything_is_computed():
    assert not load_model("planted-cnn").twins
    with pytest.raises(HeatproofError, match=r"HP214 data_randomization .*random labels"):
        value(net())


def test_other_weights_are_other_knowledge_and_lose_the_shipped_twin(tmp_path):
    save_file(load_model("digits-mlp").module.state_dict(), tmp_path / "mine.safetensors")
    assert not load_model("digits-mlp", weights=tmp_path / "mine.safetensors").twins


def test_a_twin_is_a_file_a_network_or_a_state_dict(tmp_path):
    model, twin = net(0), net(1)
    save_file(twin.state_dict(), tmp_path / "twin.safetensors")
    expected = value(model, twins={"random labels": twin})
    for given in (tmp_path / "twin.safetensors", str(tmp_path / "twin.safetensors"), twin.state_dict()):
        assert torch.equal(value(model, twins={"random labels": given}), expected)
        assert torch.equal(value(load_model(model, twins={"random labels": given})), expected)
    assert torch.equal(value(Classifier(model, twins={"random labels": twin.state_dict()})), expected)
    assert float(value(model, twins={"random labels": model})[0]) == pytest.approx(1)
    assert (expected < 0.999).all()


def test_a_normalisation_in_front_does_not_hide_the_twin():
    spec = InputSpec(3, 2, 2, (0.5,) * 3, (0.25,) * 3)
    for model in (
        load_model(net(0), input=spec, twins={"random labels": net(1)}),
        load_model(load_model(net(0), twins={"random labels": net(1)}), input=spec),
        load_model(load_model(net(0), input=spec), twins={"random labels": net(1)}),
    ):
        assert set(model.twins["random labels"]) == set(model.module.state_dict())
        assert torch.isfinite(value(model)).all()


def test_compiled_networks_have_twins_too():
    assert math.isfinite(value(torch.compile(net(0)), twins={"random labels": net(1)})[0])


@pytest.mark.parametrize(
    ("twin", "message"),
    [
        (nn.Linear(2, 2), r"HP924 the twin 'random labels' does not fit Sequential: .*missing"),
        ({"1.weight": torch.zeros(8, 12)}, r"HP924 the twin 'random labels' .*3 missing"),
        ({**net().state_dict(), "1.bias": torch.full((8,), torch.nan)}, r"HP925 the twin 'random labels'"),
        ("nowhere.safetensors", r"HP920 .*nowhere"),
    ],
)
def test_a_twin_that_does_not_fit(twin, message):
    with pytest.raises(HeatproofError, match=message):
        load_model(net(), twins={"random labels": twin})


STUDY = """
heatproof: 1
models: [{{name: mine, from: digits-mlp{twins}}}]
data: {{name: mnist5k, images: 2}}
methods: [gradient]
metrics: [data_randomization]
controls: []
out: {folder}
"""


def run(tmp_path, twins):
    file = tmp_path / "study.yaml"
    file.write_text(STUDY.format(twins=twins, folder=tmp_path / "run"))
    spec = read_study(file)
    return hp.Study.from_spec(spec).run(tmp_path / "run")


def test_a_study_names_its_own_twin_and_another_twin_is_another_metric(tmp_path):
    model = load_model("digits-mlp")
    save_file({n: t.contiguous() for n, t in model.module.state_dict().items()}, tmp_path / "itself.safetensors")
    shipped = run(tmp_path, "").frame()
    itself = run(tmp_path, f", twins: {{random labels: {tmp_path / 'itself.safetensors'}}}").frame()
    assert itself["value"].iloc[0] == pytest.approx(1)
    assert shipped["value"].iloc[0] < 0.5


@pytest.mark.parametrize(
    ("twins", "message"),
    [
        (", twins: 3", r"HP106 .*twins.*random labels: twin.safetensors"),
        (", twin: {}", r"HP104 .*did you mean 'twins'"),
    ],
)
def test_a_study_that_says_it_wrong(tmp_path, twins, message):
    with pytest.raises(HeatproofError, match=message):
        run(tmp_path, twins)
