"""--set: the same rules as in the file, with the option as the place."""

import pytest

from heatproof.spec.study import read_study
from heatproof.vocabulary.errors import HeatproofError, Problems

STUDY = """\
heatproof: 1
models: [digits-cnn, {name: small, from: digits-mlp}]
data: mnist5k
methods: [gradient, smoothgrad: {n: 4}, smoothgrad: {sigma: 0.5}]
metrics: gini
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY)
    return path


def test_plain_values(study):
    spec = read_study(
        study, overrides=["seed=7", "data.images=8", "compute.batch=16", "data.keep=correct", "out=a=b", "target=label"]
    )
    assert (spec.seed, spec.data.images, spec.data.name, spec.compute.batch) == (7, 8, "mnist5k", 16)
    assert (spec.data.keep, spec.out, spec.target) == ("correct", "a=b", "label")


def test_settings_of_every_entry_of_that_name(study):
    spec = read_study(study, overrides=["methods.smoothgrad.scale=absolute", "methods.gradient.absolute=true"])
    assert [e.settings["scale"] for e in spec.methods[1:]] == ["absolute", "absolute"]
    assert spec.methods[0].settings["absolute"] is True
    assert [e.settings["n"] for e in spec.methods[1:]] == [4, 50]


def test_sweeps_whole_lists_and_models(study):
    spec = read_study(
        study,
        overrides=[
            "methods=[occlusion]",
            "metrics=[gini, entropy]",
            "controls=[]",
            "models.small.weights=w.safetensors",
            "methods.occlusion.baseline={sweep: [0, blur]}",
        ],
    )
    assert [e.label for e in spec.methods] == ["occlusion(baseline=0)", "occlusion(baseline=blur)"]
    assert [e.label for e in spec.metrics] == ["gini", "entropy"]
    assert spec.controls == ()
    assert [m.weights for m in spec.models] == [None, "w.safetensors"]


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("seed", "HP116", "--set takes key=value"),
        ("=3", "HP116", "key=value"),
        ("a..b=3", "HP116", "key=value"),
        ("sede=3", "HP104", "did you mean 'seed'"),
        ("data.imges=3", "HP104", "did you mean 'images'"),
        ("data.images=no", "HP106", "a whole number, at least 1, not 'no'"),
        ("methods.smoothgrd.n=3", "HP117", "did you mean 'smoothgrad'"),
        ("methods.smoothgrad.nn=3", "HP102", "unknown setting 'nn' of smoothgrad"),
        ("methods.smoothgrad.sigma=-1", "HP103", "sigma of smoothgrad must lie between"),
        ("methods.0.n=3", "HP117", "methods has no entry '0'"),
        ("seed=[1", "HP120", "not YAML"),
        ("seed=!!int 3", "HP124", "tag"),
        ("seed=\t3", "HP123", "not allowed"),
        ("seed.x=3", "HP106", "seed must be a whole number"),
        ("models=[]", "HP106", "models must be"),
    ],
)
def test_mistakes_name_the_option(study, text, code, part):
    with pytest.raises(HeatproofError) as caught:
        read_study(study, overrides=[text])
    error = caught.value.problems[0] if isinstance(caught.value, Problems) else caught.value
    assert error.code == code
    assert error.place == f"--set {text}"
    assert part in error.line


def test_mistakes_of_file_and_options_come_together(study):
    study.write_text(STUDY.replace("gini", "ginni"))
    with pytest.raises(Problems) as caught:
        read_study(study, overrides=["seed=no", "data.images=0"])
    assert [p.place.partition(":5")[0] for p in caught.value.problems] == [
        str(study),
        "--set seed=no",
        "--set data.images=0",
    ]
