"""What samples over segments is asked once for every map, method and setting: pinned numbers of evaluations."""

import pytest
import skimage.segmentation
import torch
from engine_lab import Lab, explaining, lab, pictures, reading

from heatproof.engine.executor import Executor
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.rehearsal import rehearsing

FIVE = [[0, 0, 0, 1, 1, 2, 2, 2]] * 4 + [[3, 3, 3, 3, 4, 4, 4, 4]] * 4


def _run(*jobs: object, executor: Executor) -> Executor:
    async def all_of_them() -> None:
        await together(jobs)  # type: ignore[arg-type]

    (outcome,) = executor.run([all_of_them()])
    assert outcome.error is None, outcome.error
    return executor


def _total(here: Lab, *jobs: object) -> int:
    return _run(*jobs, executor=here.executor()).account.total()


def _maps(n: int) -> list[torch.Tensor]:
    return [torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(i)) - 0.5 for i in range(n)]


def test_surrogates_of_the_same_samples_are_fitted_to_the_same_answers() -> None:
    with lab() as here:
        f = here.f(pictures(1)[0])
        settings = [
            {},
            {"surrogate": "lasso", "alpha": 0.01},
            {"surrogate": "least_squares", "distance": "none"},
            {"width": 2.0, "space": "pixels", "distance": "euclidean"},
            {"spread": "even", "link": "probability"},
        ]
        assert _total(here, *[explaining(f, "lime", n=40, segments=20, **s) for s in settings]) == 40


def test_few_samples_are_the_first_of_many() -> None:
    with lab() as here:
        f = here.f(pictures(1)[0])
        assert _total(here, *[explaining(f, "lime", n=n, segments=20) for n in (10, 25, 40)]) == 40
        assert _total(here, *[explaining(f, "kernel_shap", n=n, segments=20) for n in (10, 25, 40)]) == 40
        both = [explaining(f, "kernel_shap", n=40, segments=20, ends=e) for e in ("exact", "weighted")]
        assert _total(here, *both) == 40
        unpaired = [explaining(f, "kernel_shap", n=40, segments=20, paired=p) for p in (True, False)]
        assert _total(here, *unpaired) == 2 * 38 + 2  # the ends are shared


def test_lime_and_kernel_shap_share_the_image_when_they_sample_and_everything_when_they_do_not() -> None:
    with lab() as here:
        f = here.f(pictures(1)[0])
        sampled = [explaining(f, method, n=40, segments=20) for method in ("lime", "kernel_shap")]
        assert _total(here, *sampled) == 40 + 39
        methods = ("lime", "kernel_shap")
        assert _total(here, *[explaining(f, m, n=n, segments=FIVE) for m in methods for n in (32, 300)]) == 32
        phi = _maps(1)[0]
        ends = [reading(f, phi, "completeness", baseline="black"), explaining(f, "kernel_shap", segments=FIVE)]
        assert _total(here, *ends) == 32


@pytest.mark.parametrize(
    ("metric", "settings", "forwards"),
    [
        ("segment_sensitivity_n", {"segments": 30, "subsets": 20, "sizes": 3}, 61),
        ("segment_sensitivity_n", {"segments": 30, "subsets": 20, "sizes": 3, "fill": "blur"}, 61),
        ("sensitivity_n", {"subsets": 20, "sizes": 3, "unit": "value"}, 61),
        ("infidelity", {"n": 40, "perturbation": "segment", "segments": 30}, 41),
        ("infidelity", {"n": 40, "clamp": True}, 41),
    ],
)
def test_metrics_ask_the_same_for_one_map_as_for_ten(metric: str, settings: dict[str, object], forwards: int) -> None:
    with lab() as here:
        f = here.f(pictures(1)[0])
        one = _total(here, reading(f, _maps(1)[0], metric, **settings))
        ten = _total(here, *[reading(f, phi, metric, **settings) for phi in _maps(10)])
    assert one == ten == forwards


def test_both_relevances_of_segments_and_infidelity_of_as_many_segments_share_their_sets() -> None:
    with lab() as here:
        f, phi = here.f(pictures(1)[0]), _maps(1)[0]
        sets = {"segments": FIVE, "low": 0.4, "high": 0.4, "sizes": 1, "subsets": 30}
        jobs = [reading(f, phi, "segment_sensitivity_n", relevance=r, **sets) for r in ("sum", "mean")]
        perturbed = {"perturbation": "segment", "segments": FIVE, "removed": 2, "n": 20}
        assert _total(here, *jobs, reading(f, phi, "infidelity", **perturbed)) == 31


def test_an_image_is_cut_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    made, slic = [], skimage.segmentation.slic
    monkeypatch.setattr(skimage.segmentation, "slic", lambda x, *a, **k: (made.append(a), slic(x, *a, **k))[1])
    with lab() as here:
        f = here.f(pictures(1)[0])
        jobs = [explaining(f, m, n=20, segments=30) for m in ("lime", "kernel_shap")]
        jobs += [reading(f, phi, "segment_sensitivity_n", segments=30, subsets=4) for phi in _maps(3)]
        jobs += [reading(f, phi, "infidelity", perturbation="segment", segments=30, n=5) for phi in _maps(3)]
        _run(*jobs, executor=here.executor())
    assert len(made) == 1


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("lime", {"n": 20, "segments": 30}),
        ("lime", {"n": 40, "segments": FIVE, "baseline": "segment_mean"}),
        ("lime", {"n": 20, "segments": 30, "space": "pixels", "original": False, "surrogate": "lasso"}),
        ("kernel_shap", {"n": 21, "segments": 30}),
        ("kernel_shap", {"n": 40, "segments": FIVE}),
    ],
)
def test_planned_numbers_are_run_numbers(method: str, settings: dict[str, object]) -> None:
    with lab() as here:
        x = pictures(1)[0]
        with rehearsing():
            planned = _run(explaining(here.f(x), method, **settings), executor=here.rehearsal())
        run = _run(explaining(here.f(x), method, **settings), executor=here.executor())
    assert planned.account == run.account
    assert run.account.total() in (20, 21, 32)
