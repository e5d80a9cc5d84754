"""A resolved study is itself a study, and means the same; YAML and Python meet in one type."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heatproof.spec.entry import Entry
from heatproof.spec.packaged import packaged_studies
from heatproof.spec.schema import schema
from heatproof.spec.study import StudySpec, read_study
from heatproof.spec.writing import yaml_text
from heatproof.vocabulary.errors import Problems
from heatproof.vocabulary.registry import formula, formulas

NUMBERS = st.floats(0, 1000) | st.integers(0, 1000)
SCALES = st.sampled_from(["absolute", "range", "normalised", "normalised_range"])
SMOOTH = st.fixed_dictionaries({}, optional={"sigma": NUMBERS, "n": st.integers(1, 500), "scale": SCALES})
LABEL = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20).filter(str.isprintable)
ENTRY = (
    st.sampled_from(["gradient", "grad_cam", "occlusion"])
    | SMOOTH.map(lambda s: {"smoothgrad": s})
    | st.tuples(SMOOTH, LABEL).map(lambda pair: {"vargrad": pair[0], "label": pair[1]})
)
STUDY = st.fixed_dictionaries(
    {
        "models": st.lists(st.sampled_from(["digits-cnn", "digits-mlp", "timm:x"]), min_size=1, max_size=2),
        "data": st.sampled_from(["mnist5k", "./a folder", {"name": "planted", "split": "train", "images": 3}]),
        "methods": st.lists(ENTRY, min_size=1, max_size=4),
        "metrics": st.lists(st.sampled_from(["gini", "entropy", "deletion"]), min_size=1, unique=True),
        "seed": st.integers(0, 2**40),
        "target": st.sampled_from(["predicted", "label"]) | st.integers(0, 9) | st.lists(st.integers(0, 9), min_size=1),
        "name": LABEL,
        "batch": st.just("auto") | st.integers(1, 64),
    }
)


def spec_of(given_study):
    """The study; those that list something twice are left out."""
    try:
        return StudySpec.from_python(**given_study)
    except Problems as found:
        assume({p.code for p in found.problems} != {"HP109"})
        raise


@settings(deadline=None)
@given(STUDY)
def test_resolved_is_a_study_that_resolves_to_itself(given_study):
    spec = spec_of(given_study)
    resolved = spec.resolved()
    assert json.loads(json.dumps(resolved)) == resolved
    compute = resolved.pop("compute")
    assert resolved.pop("heatproof") == 1
    again = StudySpec.from_python(**resolved, **compute)
    assert again == spec
    assert again.resolved() == spec.resolved()


@settings(deadline=None, max_examples=30)
@given(STUDY)
def test_a_resolved_study_survives_the_file(tmp_path_factory, given_study):
    spec = spec_of(given_study)
    path = tmp_path_factory.mktemp("study") / "resolved.yaml"
    path.write_text(yaml_text(spec.resolved()), "utf-8")
    assert read_study(path) == spec


@pytest.mark.parametrize("name", packaged_studies())
def test_packaged_studies_are_valid_and_complete(name):
    spec = read_study(name)
    assert spec.name == name
    assert packaged_studies()[name]
    again = dict(spec.resolved())
    del again["heatproof"]
    assert StudySpec.from_python(**again.pop("compute"), **again) == spec


def own(kind):
    """The package's formulas: other tests of this process may have registered some of theirs."""
    return {name for name, made in formulas(kind).items() if made.call.__module__.startswith("heatproof.")}


def test_everything_holds_everything_registered_that_its_data_can_serve():
    spec = read_study("everything")
    assert {e.name for e in spec.methods + spec.controls} == own("method")
    assert {e.name for e in spec.metrics} == own("metric") - {"impact_coverage"}


async def half_gradient(f, *, share: float = 0.5):
    """share * grad f(x)."""
    (g,) = await f.grad(f.x)
    return share * g


def test_python_takes_functions_pairs_mappings_and_entries():
    smooth = formula("method", "smoothgrad")
    spec = StudySpec.from_python(
        models=["net"],
        data="tensors",
        methods=[
            half_gradient,
            (half_gradient, {"share": 1}),
            ("vargrad", {"n": 3}),
            {"gradient": None, "label": "plain"},
            Entry(smooth, {"n": 2}, "two"),
        ],
        metrics=["gini"],
        device="cpu",
    )
    assert [e.label for e in spec.methods] == [
        "half_gradient(share=0.5)",
        "half_gradient(share=1)",
        "vargrad",
        "plain",
        "two",
    ]
    assert spec.methods[0].formula.call is half_gradient
    settings = {"sigma": 0.15, "n": 2, "scale": "range", "absolute": False, "unit": "pixel"}
    assert spec.methods[4].settings == settings
    assert spec.compute.device == "cpu"


def test_mistakes_in_python_name_their_place():
    with pytest.raises(Problems) as caught:
        StudySpec.from_python(models=["m"], data="d", methods=["gradient", ("smoothgrad", {"nn": 3})], metrics=[])
    assert [(p.place, p.code) for p in caught.value.problems] == [("methods[1].nn", "HP102"), ("metrics", "HP106")]
    with pytest.raises(Problems, match="unknown key 'sed' of the study; did you mean 'seed'"):
        StudySpec.from_python(models=["m"], data="d", methods=["gradient"], metrics=["gini"], sed=3)


def test_the_schema_knows_every_formula_and_setting():
    found = json.loads(json.dumps(schema()))
    assert set(found["properties"]) == set(StudySpec.model_fields)
    for section, kind in (("methods", "method"), ("metrics", "metric")):
        names, *entries = found["properties"][section]["items"]["anyOf"]
        assert names["enum"] == list(formulas(kind))
        described = {entry["required"][0]: entry["properties"] for entry in entries}
        for name, known in formulas(kind).items():
            assert set(described[name][name]["properties"]) == set(known.settings)
    assert "controls" not in found["required"]
