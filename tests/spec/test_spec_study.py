"""Studies: defaults, entries, sweeps and labels, and all problems of a file at once."""

import pytest

from heatproof.spec.study import StudySpec, read_study
from heatproof.vocabulary.errors import HeatproofError, Problems

GOOD = """\
heatproof: 1
models: [digits-cnn]
data: mnist5k
methods: [gradient]
metrics: [gini]
"""


def write(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text, "utf-8")
    return path


def problems_of(path, *overrides, **options):
    with pytest.raises(HeatproofError) as caught:
        read_study(path, overrides=overrides, **options)
    error = caught.value
    return error.problems if isinstance(error, Problems) else [error]


def labels(entries):
    return [entry.label for entry in entries]


def test_defaults_are_written_out(tmp_path):
    spec = read_study(write(tmp_path, GOOD))
    assert spec.name == "study"
    assert spec.out == "runs/study"
    assert spec.seed == 0
    assert spec.target == "predicted"
    assert labels(spec.controls) == ["random", "edges"]
    assert spec.models[0].source == "digits-cnn"
    assert (spec.data.name, spec.data.images, spec.data.keep) == ("mnist5k", 64, "all")
    assert (spec.compute.device, spec.compute.batch, spec.compute.maps) == ("auto", "auto", "float32")
    assert spec.methods[0].settings == {"absolute": False, "unit": "pixel"}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("mnist5k", ("mnist5k", None)),
        ("./photos", ("photos", "./photos")),
        ("a/b", ("b", "a/b")),
        ("{folder: my photos}", ("my photos", "my photos")),
        ("{folder: x/y, name: mine}", ("mine", "x/y")),
    ],
)
def test_data_is_a_known_set_or_a_folder(tmp_path, written, found):
    data = read_study(write(tmp_path, GOOD.replace("mnist5k", written))).data
    assert (data.name, data.folder) == found


def test_a_sweep_makes_an_entry_for_each_value(tmp_path):
    text = GOOD.replace("[gradient]", "[smoothgrad: {sigma: {sweep: [0.1, 0.3]}, n: 4}, gradient]")
    spec = read_study(write(tmp_path, text))
    assert labels(spec.methods) == ["smoothgrad(sigma=0.1)", "smoothgrad(sigma=0.3)", "gradient"]
    assert [e.settings["sigma"] for e in spec.methods[:2]] == [0.1, 0.3]
    assert {e.settings["n"] for e in spec.methods[:2]} == {4}


def test_two_sweeps_make_every_combination(tmp_path):
    text = GOOD.replace("[gradient]", "[smoothgrad: {sigma: {sweep: [0.1, 0.3]}, n: {sweep: [2, 4, 8]}}]")
    spec = read_study(write(tmp_path, text))
    assert len(spec.methods) == 6
    assert "smoothgrad(sigma=0.1, n=8)" in labels(spec.methods)


def test_entries_of_one_name_are_told_apart_by_what_differs(tmp_path):
    text = GOOD.replace(
        "[gradient]", "\n  - smoothgrad\n  - smoothgrad: {sigma: 1}\n    label: wide\n  - smoothgrad: {n: 5}"
    )
    assert labels(read_study(write(tmp_path, text)).methods) == ["smoothgrad(n=50)", "wide", "smoothgrad(n=5)"]


def test_a_whole_number_for_a_real_one_is_the_same_value():
    one, other = (
        StudySpec.from_python(models=["m"], data="d", methods=[("smoothgrad", {"sigma": s})], metrics=["gini"])
        for s in (1, 1.0)
    )
    assert repr(one.methods[0].settings) == repr(other.methods[0].settings)


BAD = """\
heatproof: 1
models: [digit-cnn]
data: {name: mnist5k, imges: 8}
methods:
  - integrated_gradients: {stps: 50}
  - smooth_gradd
  - smoothgrad: {sigma: -1}
  - smoothgrad: {n: {sweep: [1, 0, no]}}
  - gini
  - [gradient]
metrics:
  - total_variation: {percentile: 150}
  - gradient
compute: {batch: big, device: 3}
seeed: 1
"""


def test_all_problems_are_reported_together_sorted_by_place(tmp_path):
    found = problems_of(write(tmp_path, BAD))
    places = [(p.place.removeprefix(str(tmp_path / "study.yaml")), p.code) for p in found]
    assert places == [
        (":2:10", "HP910"),
        (":3:23", "HP104"),
        (":5:28", "HP102"),
        (":6:5", "HP101"),
        (":7:25", "HP103"),
        (":8:33", "HP103"),
        (":8:36", "HP103"),
        (":9:5", "HP101"),
        (":10:5", "HP108"),
        (":12:35", "HP103"),
        (":13:5", "HP101"),
        (":14:18", "HP106"),
        (":14:31", "HP106"),
        (":15:1", "HP104"),
    ]
    said = "\n".join(p.line for p in found)
    for nearest in ("digits-cnn", "images", "steps", "smoothgrad", "seed"):
        assert f"did you mean '{nearest}'?" in said
    assert "it is a metric: list it under metrics" in said
    assert all("^" in p.excerpt for p in found)
    assert all(p.exit_code == 2 for p in found)


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "part"),
    [
        ("heatproof: 1\n", "", ":1:1", "HP107", "heatproof is missing"),
        ("heatproof: 1", "heatproof: 2", ":1:12", "HP106", "must be 1, the version of the format, not 2"),
        ("models: [digits-cnn]\n", "", ":1:1", "HP107", "models is missing"),
        ("[digits-cnn]", "[]", ":2:9", "HP106", "models must be a list of models"),
        ("[digits-cnn]", "[5]", ":2:10", "HP106", "a name, or a mapping with the keys name, from, weights, sha256"),
        ("[digits-cnn]", "[{name: digits-cnn, weigths: x}]", ":2:29", "HP104", "did you mean 'weights'"),
        ("[digits-cnn]", "[{name: digits-cnn, sha256: 12}]", ":2:37", "HP106", "64 hexadecimal digits"),
        ("[digits-cnn]", "[digits-cnn, digits-cnn]", ":2:22", "HP109", "models lists 'digits-cnn' twice"),
        ("[gradient]", "[integrated_gradients: {baseline: blurr}]", ":4:44", "HP103", "did you mean 'blur'"),
        ("[digits-cnn]", "[{from: digits-cnn}]", ":2:10", "HP107", "models.name is missing"),
        ("data: mnist5k", "data: mnist6k", ":3:7", "HP601", "did you mean 'mnist5k'"),
        ("data: mnist5k", "data: {images: 5}", ":3:7", "HP132", "data needs one of"),
        ("data: mnist5k", "data: {name: mnist5k, images: 0}", ":3:31", "HP106", "images must be a whole number"),
        ("data: mnist5k", "data: {name: mnist5k, images: '8'}", ":3:31", "HP106", "not '8'"),
        ("data: mnist5k", "data: {name: mnist5k, keep: right}", ":3:29", "HP106", "all or correct"),
        ("data: mnist5k", "data: 7", ":3:7", "HP106", "data must be"),
        ("methods: [gradient]\n", "", ":1:1", "HP107", "methods is missing"),
        ("methods: [gradient]", "methods: []", ":4:10", "HP106", "not []"),
        ("methods: [gradient]", "methods:", ":4:9", "HP106", "not nothing"),
        ("[gradient]", "[gradient, gradient]", ":4:21", "HP109", "methods lists 'gradient' twice"),
        ("[gradient]", "[gradient, random]", ":4:10", "HP109", "as method and control"),
        ("[gradient]", "[{gradient: , occlusion: }]", ":4:11", "HP108", "an entry of methods is a name"),
        ("[gradient]", "[gradient: 5]", ":4:11", "HP108", "a name with its settings"),
        ("[gradient]", '[{gradient: , label: "a\\nb"}]', ":4:31", "HP106", "label must be printable"),
        ("[gradient]", "[smoothgrad: {n: {sweep: []}}]", ":4:35", "HP118", "at least one value"),
        ("[gradient]", "[smoothgrad: {n: {sweep: 3}}]", ":4:35", "HP118", "not 3"),
        (
            "[gradient]",
            f"[smoothgrad: {{n: {{sweep: [{', '.join(map(str, range(1, 1100)))}]}}}}]",
            ":4:23",
            "HP115",
            "1,099",
        ),
        ("[gini]", "[gini, total_variation: {norm: 1e0}]", ":5:41", "HP103", "a whole number"),
        ("[gini]", "[total_variation: {percentile: .inf}]", ":5:41", "HP103", "finite"),
        ("[gini]", "[gini]\ntarget: -1", ":6:9", "HP106", "predicted, label, a class number"),
        ("[gini]", "[gini]\ntarget: [1, -2]", ":6:9", "HP106", "predicted, label, a class number"),
        ("[gini]", "[gini]\nseed: true", ":6:7", "HP106", "not true"),
        ("[gini]", "[gini]\ncompute: {maps: float16}", ":6:17", "HP106", "float32, bfloat16 or float64"),
        ("[gini]", "[gini]\ninclude: study.yaml", ":6:1", "HP104", "unknown key 'include' of the study"),
        ("[gini]", "[gini]\n<<: {seed: 1}", ":6:1", "HP104", "unknown key '<<'"),
        ("[gini]", "[gini]\ncompute: fast", ":6:10", "HP106", "compute must be a mapping"),
    ],
)
def test_each_mistake_has_its_code_place_and_remedy(tmp_path, old, new, place, code, part):
    (found,) = problems_of(write(tmp_path, GOOD.replace(old, new)))
    assert found.place.removeprefix(str(tmp_path / "study.yaml")) == place
    assert found.code == code
    assert part in found.line


def test_everything_that_is_missing_is_named(tmp_path):
    found = problems_of(write(tmp_path, "sede: 1\n"))
    assert [p.code for p in found] == ["HP107"] * 5 + ["HP104"]
    assert {p.text.split(" is ")[0] for p in found[:5]} == {"heatproof", "models", "data", "methods", "metrics"}


def test_files_that_are_not_there(tmp_path):
    write(tmp_path, GOOD)
    (found,) = problems_of(tmp_path / "study.yml")
    assert found.code == "HP129"
    assert "did you mean" in found.line
    assert "study.yaml" in found.line
    (found,) = problems_of("quikc")
    assert "did you mean 'quick'" in found.line
    (found,) = problems_of(tmp_path)
    assert found.code == "HP130"


def test_environment_variables_and_templates_stay_text(tmp_path):
    spec = read_study(write(tmp_path, GOOD + "out: ${HOME}/{{7*7}}\n"))
    assert spec.out == "${HOME}/{{7*7}}"


def test_models_with_weights_and_loaders(tmp_path):
    text = GOOD.replace(
        "[digits-cnn]", "\n  - timm:resnet18\n  - {name: mine, from: digits-cnn, weights: w.safetensors}"
    )
    first, second = read_study(write(tmp_path, text)).models
    assert (first.name, first.source) == ("timm:resnet18", "timm:resnet18")
    assert (second.name, second.source, second.weights) == ("mine", "digits-cnn", "w.safetensors")


def test_an_entry_is_called_after_what_it_does_not_have_at_its_default(tmp_path):
    sweeps = "\n  - smoothgrad: {sigma: 1, n: 5, scale: absolute}\n  - smoothgrad: {sigma: 2}\n  - gradient"
    text = GOOD.replace("[gradient]", sweeps)
    assert labels(read_study(write(tmp_path, text)).methods) == [
        "smoothgrad(sigma=1, n=5, scale=absolute)",
        "smoothgrad(sigma=2)",
        "gradient",
    ]
    sweep = text.replace("smoothgrad: {sigma: 2}", "smoothgrad").replace(", n: 5, scale: absolute", "")
    assert labels(read_study(write(tmp_path, sweep)).methods) == [
        "smoothgrad(sigma=1)",
        "smoothgrad(sigma=0.15)",  # the default is told, too, where it is what tells the entry apart
        "gradient",
    ]
