"""A study runs, continues, extends, and never mixes meanings."""

import numpy as np
import pytest
import torch
from study_kit import METHODS, METRICS, SmallNet, images, study
from torch import Tensor, nn

import heatproof as hp


def test_a_run_gives_every_score_and_the_same_numbers_as_the_direct_functions(tmp_path):
    result = study().run(tmp_path / "run")
    assert result.complete
    frame = result.frame()
    assert len(frame) == 4 * len(METHODS) * len(METRICS)
    assert frame.value.notna().all()
    net, x = SmallNet(), images(4)
    phi = hp.explain(net, x, "smoothgrad", n=6, batch=8)
    direct = hp.score(net, x, phi, "deletion", steps=5, batch=8)
    stored = frame.query("method == 'smoothgrad' and metric == 'deletion'").value.to_numpy()
    assert np.array_equal(stored, direct.numpy())
    model = result.view.models[0]
    key = next(m.key for m in model.methods if m.label == "smoothgrad")
    assert np.array_equal(model.load_map(key, model.images[2].id), phi[2].numpy())


def test_the_same_run_again_evaluates_nothing(tmp_path, monkeypatch):
    first = study().run(tmp_path / "run")
    calls = []
    monkeypatch.setattr("heatproof.engine.evaluate.ModelEvaluator.evaluate", lambda *a: calls.append(a))
    again = study().run(tmp_path / "run")
    assert not calls
    assert again.view.digest == first.view.digest


def test_a_new_method_metric_or_image_extends_the_run(tmp_path):
    study(3, methods=METHODS[:2], metrics=METRICS[:1]).run(tmp_path / "grown")
    wider = study(3, methods=METHODS, metrics=METRICS)
    assert wider.plan(tmp_path / "grown").units_done == 3 * 2 * 2
    wider.run(tmp_path / "grown")
    grown = study(4).run(tmp_path / "grown")
    assert grown.view.digest == study(4).run(tmp_path / "at once").view.digest


def test_a_changed_setting_or_model_makes_new_units_and_keeps_the_old(tmp_path):
    study().run(tmp_path / "run")
    changed = study(methods=["gradient", ("smoothgrad", {"n": 7})])
    assert changed.plan(tmp_path / "run").units_done == 4 * (1 + len(METRICS))
    changed.run(tmp_path / "run")
    net = SmallNet()
    with torch.no_grad():
        net.fc.bias += 1
    assert study(net=net).plan(tmp_path / "run").units_done == 0
    assert study().plan(tmp_path / "run").units_done == study().plan().units_total


def test_results_do_not_depend_on_order_company_or_the_number_of_images(tmp_path):
    whole = study(4).run(tmp_path / "a").frame().set_index(["image", "method", "metric"]).value
    part = study(2).run(tmp_path / "b").frame().set_index(["image", "method", "metric"]).value
    turned = hp.Study(SmallNet(), images(4).flip(0), methods=METHODS[::-1], metrics=METRICS, controls=[], batch=8)
    frame = turned.run(tmp_path / "c").frame()
    names = [i.id for i in hp.read_result(tmp_path / "a").view.models[0].images]
    frame["image"] = frame.image.map(dict(zip(names, names[::-1], strict=True)))
    other = frame.set_index(["image", "method", "metric"]).value
    assert (whole.loc[part.index] == part).all()
    assert (whole.sort_index() == other.sort_index()).all()


def test_planned_counts_are_the_counts_of_the_run(tmp_path):
    metrics = [*METRICS, ("infidelity", {"n": 9}), ("max_sensitivity", {"n": 2}), "parameter_randomization", "srg"]
    wide = study(3, metrics=metrics)
    plan, cost = wide.plan(), wide.run(tmp_path / "run").view.cost
    assert (plan.forwards, plan.gradients, plan.asked) == (cost["forwards"], cost["gradients"], cost["asked"])
    assert plan.exact
    assert 0 < plan.shared < 1


class Particular(SmallNet):
    """Raises when it sees a certain image, answers NaN to another, as long as it is in the mood."""

    def __init__(self, raises: Tensor, nan: Tensor) -> None:
        super().__init__()
        self.raises, self.nan, self.moody = raises, nan, True

    def forward(self, z: Tensor) -> Tensor:
        if self.moody and (z == self.raises).flatten(1).all(1).any():
            raise ValueError("I do not like this one")
        blind = self.moody & (z == self.nan).flatten(1).all(1)
        return torch.where(blind[:, None], torch.nan, super().forward(z))


def test_a_poisoned_image_fails_alone_and_is_tried_again(tmp_path):
    x = images(4)
    net = Particular(x[1], x[2])
    options = {"methods": ["gradient", "random"], "metrics": ["gini"], "controls": [], "target": 0}
    view = hp.Study(net, x, **options).run(tmp_path / "run").view
    (model,) = view.models
    assert [(f["image"], f["method"]) for f in view.failed] == [(model.images[1].id, "gradient")]
    assert "I do not like this one" in view.failed[0]["reason"]
    gradient, gini = model.methods[0].key, model.metrics[0].key
    assert np.isnan(model.values[gradient, gini]).tolist() == [False, True, True, False]
    assert "NaN" in str(model.reasons[gradient, gini][2])
    net.moody = False
    again = hp.Study(net, x, **options).run(tmp_path / "run").view
    assert not again.failed


def test_equal_images_count_once(tmp_path):
    twins = images(3)[[0, 1, 1, 2]]
    result = hp.Study(SmallNet(), twins, methods=["gradient"], metrics=["gini"], controls=[]).run(tmp_path / "run")
    assert len(result.view.models[0].images) == 3


def test_targets_by_label_by_number_and_by_list(tmp_path):
    x, net = images(3), SmallNet()
    labels = torch.tensor([0, 1, 2])
    options = {"methods": ["gradient"], "metrics": ["gini"], "controls": []}
    by_label = hp.Study(net, (x, labels), target="label", **options).run(tmp_path / "a")
    assert [i.target for i in by_label.view.models[0].images] == [0, 1, 2]
    by_list = hp.Study(net, x, target=labels, **options).run(tmp_path / "b")
    assert by_list.view.digest == by_label.view.digest
    with pytest.raises(hp.HeatproofError, match="HP217"):
        hp.Study(net, x, target="label", **options).run(tmp_path / "c")


def test_a_setting_that_cannot_work_is_refused_before_anything_is_evaluated(tmp_path):
    late = hp.Study(SmallNet(), images(2), methods=[("occlusion", {"window": 9})], metrics=["gini"], controls=[])
    with pytest.raises(hp.HeatproofError, match="HP105 window"):
        late.plan()
    with pytest.raises(hp.HeatproofError, match="HP105 window"):
        late.run(tmp_path / "run")
    assert not (tmp_path / "run").exists()  # nothing half written


def test_a_method_that_fits_none_of_the_models_is_refused_before_one_runs(tmp_path):
    flat = [nn.Sequential(nn.Flatten(), nn.Linear(64, 3)) for _ in range(2)]
    both = hp.Study(flat, images(2), methods=["gradient", "grad_cam"], metrics=["gini"], controls=[])
    for attempt in (both.plan, lambda: both.run(tmp_path / "run")):
        with pytest.raises(hp.HeatproofError, match=r"^model Sequential  HP214 grad_cam"):
            attempt()
    assert not (tmp_path / "run").exists()


def test_two_models_of_one_class_are_told_apart(tmp_path):
    both = hp.Study([SmallNet(), SmallNet()], images(2), methods=["gradient"], metrics=["gini"], controls=[])
    assert set(both.run(tmp_path / "run").frame().model) == {"SmallNet", "SmallNet 2"}


def test_images_that_do_not_take_part_are_named(tmp_path):
    x = images(3)[[0, 0, 1]]
    twice = hp.Study(SmallNet(), x, methods=["gradient"], metrics=["gini"], controls=[])
    said = "tensors-0001: the same picture as tensors-0000"
    assert twice.plan().left_out == (said,)
    assert said in [event["text"] for event in twice.run(tmp_path / "run").view.events]


def test_arrays_are_images_too():
    study = hp.Study(SmallNet(), images(2).numpy(), methods=["gradient"], metrics=["gini"], controls=[])
    assert study.plan().units_total == 4


@pytest.mark.parametrize("data", [None, 3, [images(1)] * 2, (images(1), None, None), {"images": 1}])
def test_what_is_no_data_is_refused(data):
    with pytest.raises(hp.HeatproofError, match="HP612"):
        hp.Study(SmallNet(), data, methods=["gradient"], metrics=["gini"])


def test_everything_a_person_prints_is_short_and_says_what_it_is(tmp_path):
    study = hp.Study(SmallNet(), images(2), methods=["gradient"], metrics=["gini"], controls=[])
    assert repr(study.plan()).startswith("Plan: 2 evaluations instead of 2")
    result = study.run(tmp_path / "run")
    shown = repr(result)
    assert shown.startswith("Result(")
    assert "gini" in shown
    assert "evidence from 2 images" in shown
    assert "gini" in result._repr_html_()
    assert repr(hp.load_data("planted", 2)) == "ImageSet('planted': 2 images (3, 32, 32), labels)"
    assert repr(hp.load_model("digits-mlp")).startswith("Classifier('digits-mlp': DigitsMLP, images (1, 28, 28)")


def test_two_models_in_one_study(tmp_path):
    other = SmallNet()
    with torch.no_grad():
        other.fc.weight *= -1
    both = hp.Study([SmallNet(), other], images(2), methods=["gradient"], metrics=["gini"], controls=[])
    view = both.run(tmp_path / "run").view
    assert len(view.models) == 2
    assert view.models[0].facts["fingerprint"] != view.models[1].facts["fingerprint"]


def test_a_function_of_the_users_is_a_method(tmp_path):
    async def negated(f: hp.Score, *, times: float = 1.0) -> Tensor:
        """-times grad f(x)."""
        return -times * await f.grad(f.x).one()

    mine = hp.Study(SmallNet(), images(2), methods=[negated, "gradient"], metrics=["gini"], controls=[])
    frame = mine.run(tmp_path / "run").frame()
    values = frame.set_index(["method", "image"]).value
    assert (values["negated"] == values["gradient"]).all()
    assert torch.equal(
        hp.explain(SmallNet(), images(2), negated, times=2.0), -2 * hp.explain(SmallNet(), images(2), "gradient")
    )


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(hp.HeatproofError, match="HP3"):
        hp.read_result(tmp_path)


def test_a_run_that_is_stopped_keeps_its_costs_and_its_curves(tmp_path, monkeypatch):
    monkeypatch.setattr("heatproof.study.crew.PAUSE", 0.0)
    whole = study().run(tmp_path / "whole").view
    seen = 0

    def stop(progress: object) -> None:
        nonlocal seen
        seen += 1
        if seen == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("heatproof.study.progress.Watch.look", lambda self, done, spent: stop(done))
    with pytest.raises(KeyboardInterrupt):
        study().run(tmp_path / "stopped")
    stopped = hp.read_result(tmp_path / "stopped").view
    assert stopped.missing
    assert stopped.cost["run"] > 0
    monkeypatch.undo()
    resumed = study().run(tmp_path / "stopped").view
    assert resumed.digest == whole.digest
    assert resumed.cost["run"] >= whole.cost["run"]
    (model,) = resumed.models
    assert [c.name for m in model.metrics for c in model.curves[m.key]] == ["deletion", "sensitivity_n"]


def test_a_module_of_the_users_takes_normalised_images_with_any_channels(tmp_path):
    net = torch.nn.Sequential(torch.nn.Conv2d(4, 3, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(108, 3))
    x = torch.randn(3, 4, 8, 8)
    options = {"methods": ["gradient", "grad_cam"], "metrics": ["deletion", "gini"], "controls": []}
    whole = hp.Study(net, (x, torch.tensor([0, 1, 2])), target="label", **options).run(tmp_path / "a")
    assert whole.complete
    pairs = torch.utils.data.TensorDataset(x, torch.tensor([0, 1, 2]))
    loader = torch.utils.data.DataLoader(pairs, batch_size=2)
    assert hp.Study(net, loader, target="label", **options).run(tmp_path / "b").view.digest == whole.view.digest
    assert whole.report().stat().st_size > 10_000


def test_a_damaged_map_does_not_keep_the_rest_from_being_shown(tmp_path):
    result = study().run(tmp_path / "run")
    for damaged in (tmp_path / "run" / "maps").rglob("*.safetensors"):  # pixels among them
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert result.report().exists()
    again = study().run(tmp_path / "run").view
    assert again.digest == result.view.digest


def test_pixels_of_0_to_255_are_refused_where_the_model_normalises():
    with pytest.raises(hp.HeatproofError, match="HP613"):
        hp.explain(hp.load_model("digits-cnn"), images(1).repeat(1, 1, 4, 4)[..., :28, :28] * 255, "gradient")
