"""suite.yaml and methods.yaml of 2022 as a study with the same settings."""

from pathlib import Path

import pytest

from heatproof.interchange.suite import import_suite, write_study
from heatproof.spec.study import read_study
from heatproof.vocabulary.errors import HeatproofError, Problems
from heatproof.vocabulary.registry import formula

FILES = Path(__file__).parent / "files"
SUITE, METHODS = FILES / "suite.yaml", FILES / "methods.yaml"


@pytest.fixture(scope="module")
def found():
    return import_suite(SUITE, METHODS)


@pytest.fixture(scope="module")
def study(found, tmp_path_factory):
    return read_study(write_study(found, tmp_path_factory.mktemp("s") / "study.yaml"))


def entries(study, base: str):
    return [e for e in study.metrics if e.label.split("(")[0].strip() == base]


def test_fourteen_methods_and_fourteen_metrics(found, study):
    names = [e.name for e in study.methods]
    assert names == [
        "gradient",
        "input_x_gradient",
        "smoothgrad",
        "vargrad",
        "integrated_gradients",
        "guided_backprop",
        "deconvnet",
        "grad_cam",
        "guided_grad_cam",
        "deeplift",
        "deepshap",
        "expected_gradients",
        "kernel_shap",
        "lime",
    ]
    assert found.methods == 14
    assert [e.label for e in study.methods][-4:] == ["DeepShap", "ExpectedGradients", "KernelShap", "LIME"]
    bases = list(dict.fromkeys(e.label.partition("(")[0] for e in study.metrics))
    suite = [b for b in bases if not b.startswith("infidelity")]
    assert suite == [
        "impact_coverage",
        "deletion_morf",
        "deletion_lerf",
        "insertion_morf",
        "insertion_lerf",
        "irof_morf",
        "irof_lerf",
        "ms_deletion",
        "ms_insertion",
        "sensitivity_n",
        "seg_sensitivity_n",
        "max_sensitivity",
    ]
    assert [b for b in bases if b.startswith("infidelity")] == [
        "infidelity noisy_bl",
        "infidelity gaussian",
        "infidelity square",
        "infidelity_seg segments",
    ]
    assert found.left_out == ()


def test_methods_have_the_settings_of_the_preset(study):
    for entry in study.methods:
        assert entry.settings == formula("method", entry.name).bind({"preset": "attribench2022"}), entry.name


def test_curves_have_every_masker_and_activation(study):
    six = {(f, a) for f in ("zero", "noise", "box_blur") for a in ("logit", "probability")}
    for name, order, kind, stop in [
        ("deletion_morf", "morf", "deletion", 0.15),
        ("deletion_lerf", "lerf", "deletion", 0.15),
        ("insertion_morf", "morf", "insertion", 0.15),
        ("insertion_lerf", "lerf", "insertion", 0.15),
        ("irof_morf", "morf", "irof", 1.0),
        ("irof_lerf", "lerf", "irof", 1.0),
    ]:
        own = entries(study, name)
        assert {(e.settings["fill"], e.settings["link"]) for e in own} == six
        for e in own:
            assert e.name == kind
            s = e.settings
            assert (s["order"], s["steps"], s["start"], s["stop"]) == (order, 99, 0.0, stop)
            assert (s["rule"], s["normalise"], s["area"]) == ("mean", "none", "under")


def test_the_others_have_the_numbers_of_the_file(study):
    sens, seg = entries(study, "sensitivity_n"), entries(study, "seg_sensitivity_n")
    assert len(sens) == len(seg) == 6
    assert {(e.settings["low"], e.settings["high"], e.settings["sizes"], e.settings["subsets"]) for e in sens} == {
        (0.1, 0.5, 10, 100)
    }
    assert {(e.settings["subsets"], e.settings["relevance"], e.settings["of"]) for e in seg} == {(10, "mean", "asked")}
    assert {e.settings["mode"] for e in entries(study, "ms_insertion")} == {"insertion"}
    (largest,) = entries(study, "max_sensitivity")
    assert {n: largest.settings[n] for n in ("n", "radius", "scale", "normalise")} == {
        "n": 50,
        "radius": 0.1,
        "scale": "normalised",
        "normalise": "largest",
    }
    (square, _) = entries(study, "infidelity square")
    assert (square.settings["perturbation"], square.settings["square"], square.settings["n"]) == ("square", 5, 1000)
    (noisy, _) = entries(study, "infidelity noisy_bl")
    assert (noisy.settings["sigma"], noisy.settings["noise_scale"]) == (0.2, "normalised")
    (segments, _) = entries(study, "infidelity_seg segments")
    assert (segments.settings["perturbation"], segments.settings["removed"]) == ("segment", 10)


def test_what_differs_is_noted_above_the_entry(found):
    lines = found.text.splitlines()
    at = lines.index("    label: seg_sensitivity_n")
    above = "\n".join(lines[at - 16 : at])
    assert "# the suite of 2022 drew num_steps (10) subsets of each size" in above
    assert any(note.startswith("insertion_morf: from 1 down to 0.85") for note in found.notes)
    assert any(
        note.startswith("impact_coverage: needs adversarial patches (those of patches/ImageNet)")
        for note in found.notes
    )


def test_numbers_that_are_not_the_preset_ones_are_kept(tmp_path):
    suite = tmp_path / "s.yaml"
    suite.write_text("""
low:
  default:
    maskers: {a: {type: SampleAverageMasker, args: {feature_level: channel}}, b: {type: Constant, mask_value: 2.5}}
    activation_fns: softmax
  metrics:
    one: {type: Deletion, mode: lerf, start: 0.25, stop: 0.5, num_steps: 6}
    two: {type: MinimalSubset, args: {mode: insertion, num_steps: 7}}
high:
  metrics:
    three: {type: Deletion, args: {maskers: {a: {type: Random}}, activation_fns: [linear, sigmoid]}}
    clock: {type: Runtime, args: {single_image: true}}
""")
    methods = tmp_path / "m.yaml"
    methods.write_text(
        "methods: [LIME: {type: Lime, num_samples: 40}, ig5: {type: IntegratedGradients, num_steps: 5}, XRAI, "
        "GradCAM++]"
    )
    found = import_suite(suite, methods, model="planted-cnn", data="planted", images=3)
    study = read_study(write_study(found, tmp_path / "study.yaml"))
    one, two, three = study.metrics
    assert {n: one.settings[n] for n in ("order", "start", "stop", "steps", "fill", "unit", "link")} == {
        "order": "lerf",
        "start": 0.25,
        "stop": 0.5,
        "steps": 5,
        "fill": "mean",
        "unit": "value",
        "link": "probability",
    }
    assert (two.settings["mode"], two.settings["steps"], two.settings["fill"]) == ("insertion", 7, "mean")
    # Without arguments attribench's own defaults hold: the whole curve.
    assert {n: three.settings[n] for n in ("start", "stop", "steps", "fill", "link")} == {
        "start": 0.0,
        "stop": 1.0,
        "steps": 99,
        "fill": "noise",
        "link": "logit",
    }
    assert [(m.label, m.settings.get("n", m.settings.get("steps"))) for m in study.methods] == [
        ("LIME", 40),
        ("ig5", 5),
        ("XRAI", 25),
        ("GradCAM++", None),
    ]
    notes = "\n".join(found.notes)
    assert "masker b is left out: mask_value 2.5" in notes
    assert "three: activation sigmoid is left out" in notes
    assert found.left_out == ("clock (Runtime) is left out: the report of a run shows what each method costs",)
    assert (study.models[0].name, study.data.name, study.data.images) == ("planted-cnn", "planted", 3)


def test_without_a_methods_file_the_published_fourteen(tmp_path):
    study = read_study(write_study(import_suite(SUITE), tmp_path / "s.yaml"))
    other = read_study(write_study(import_suite(SUITE, METHODS), tmp_path / "t.yaml"))
    settings = [{e.name: e.settings for e in each.methods} for each in (study, other)]
    assert settings[0] == settings[1]
    assert len(settings[0]) == 14


def test_such_a_study_runs(tmp_path):
    suite = tmp_path / "s.yaml"
    suite.write_text("metrics: {d: {type: Deletion, args: {num_steps: 3}}, i: {type: Irof, args: {num_steps: 3}}}")
    methods = tmp_path / "m.yaml"
    methods.write_text("{wrappers: {PixelAggregation: {aggregation_fn: avg}}, methods: [Gradient, Random]}")
    import heatproof as hp

    found = import_suite(suite, methods, model="planted-cnn", data="planted", images=2)
    text = found.text.replace("controls: [random]", "controls: []")
    (tmp_path / "study.yaml").write_text(text)
    result = hp.Study.from_spec(read_study(tmp_path / "study.yaml")).run(tmp_path / "run")
    assert result.complete
    assert result.frame().value.notna().all()


def refused(tmp_path, suite: str, methods: str = "methods: [Gradient]") -> list[HeatproofError]:
    (tmp_path / "suite.yaml").write_text(suite)
    (tmp_path / "methods.yaml").write_text(methods)
    with pytest.raises(HeatproofError) as caught:
        import_suite(tmp_path / "suite.yaml", tmp_path / "methods.yaml")
    error = caught.value
    return error.problems if isinstance(error, Problems) else [error]


@pytest.mark.parametrize(
    ("suite", "code", "part"),
    [
        ("metrics: {d: {type: Deletoin}}", "HP692", "unknown metric 'Deletoin' in d; did you mean 'Deletion'?"),
        ("metrics: {d: {type: Deletion, args: {mdoe: morf}}}", "HP691", "'mdoe' in d (Deletion); did you mean 'mode'?"),
        ("metrics: {d: {type: Deletion, args: {mode: most}}}", "HP693", "mode of d is 'most'; wanted morf or lerf"),
        ("metrics: {d: {type: Deletion, args: {num_steps: 0.5}}}", "HP693", "num_steps of d is 0.5; wanted a whole"),
        ("metrics: {d: {type: Deletion, args: {num_steps: 1}}}", "HP693", "at least 2"),
        ("metrics: {d: {type: Deletion, arg: {}, args: {}}}", "HP691", "'arg' in d; did you mean 'args'?"),
        ("{default: {masker: {}}, metrics: {d: Deletion}}", "HP691", "'masker' in default"),
        ("{low: {defaults: {}, metrics: {d: Deletion}}}", "HP691", "'defaults' in section low; did you mean 'default'"),
        ("{default: {maskers: {a: {type: Blurr}}}, metrics: {d: Deletion}}", "HP692", "did you mean 'Blurring'"),
        ("{default: {maskers: {a: {type: Blurring, size: 1}}}, metrics: {d: Deletion}}", "HP691", "'size' in a"),
        (
            "metrics: {i: {type: Infidelity, args: {perturbation_generators: {g: {type: Squares}}}}}",
            "HP692",
            "'Square'",
        ),
        (
            "metrics: {i: {type: Infidelity, args: {perturbation_generators: {g: {type: Square, sd: 1}}}}}",
            "HP691",
            "'sd'",
        ),
        ("metrics: [Deletion]", "HP693", "metrics of"),
    ],
)
def test_what_is_wrong_in_a_suite_is_named_with_its_place(tmp_path, suite, code, part):
    (error,) = refused(tmp_path, suite)
    assert error.code == code
    assert part in error.line
    assert f"{tmp_path / 'suite.yaml'}:1:" in error.line


@pytest.mark.parametrize(
    ("methods", "code", "part"),
    [
        ("methods: [Gradeint]", "HP692", "did you mean 'Gradient'?"),
        ("methods: [SmoothGrad: {type: SmoothGrad, sigma: 1}]", "HP691", "'sigma' in SmoothGrad (SmoothGrad)"),
        ("methods: [a: {}, b: {}, {c: , d: }]", "HP692", "unknown method 'a'"),
        ("methods: {a: Gradient}", "HP693", "wanted a list of names"),
        ("{methods: [Gradient], wrapper: {}}", "HP691", "did you mean 'wrappers'?"),
        ("{methods: [Gradient], wrappers: {Pixel: }}", "HP691", "PixelAggregation"),
        ("{methods: [Gradient], wrappers: {PixelAggregation: {aggregation_fn: max_abs}}}", "HP693", "wanted avg"),
        ("wrappers: {}", "HP693", "methods is"),
    ],
)
def test_what_is_wrong_in_the_methods_is_named_with_its_place(tmp_path, methods, code, part):
    errors = refused(tmp_path, "metrics: {d: Deletion}", methods)
    assert errors[0].code == code
    assert part in errors[0].line
    assert str(tmp_path / "methods.yaml") in errors[0].line


def test_all_problems_of_both_files_come_together(tmp_path):
    errors = refused(tmp_path, "metrics: {a: {type: Deletoin}, b: {type: Irof, args: {nope: 1}}}", "methods: [X, Y]")
    assert [e.code for e in errors] == ["HP692", "HP691", "HP692", "HP692"]


def test_a_model_that_is_not_known_is_refused_before_anything_is_written():
    with pytest.raises(HeatproofError) as caught:
        import_suite(SUITE, METHODS, model="digit-cnn")
    assert caught.value.code == "HP910"
