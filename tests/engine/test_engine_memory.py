"""Out of memory halves the batch; long answers stream."""

import subprocess
import sys
import textwrap

import pytest
import torch
from engine_lab import Seen, cnn, explaining, lab, pictures, reading
from torch import Tensor

import heatproof as hp
from heatproof.engine.evaluate import ModelEvaluator
from heatproof.engine.share import Shares
from heatproof.models.memory import is_out_of_memory
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.query import LOGITS

FORMS = [
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried to ..."),
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("CUDA error: out of memory"),
]


@pytest.mark.parametrize("error", FORMS, ids=["cpu", "python", "cuda", "cuda error"])
def test_a_model_that_fits_four_points_runs_from_a_batch_of_64(error: Exception) -> None:
    small_enough = [True]

    def fits(z: Tensor) -> None:
        if len(z) > 4 and not small_enough[0]:
            raise error

    x = pictures(3)
    jobs = ("smoothgrad", "grad_cam", "occlusion")
    with lab() as here:
        want = here.values(*[explaining(here.f(row), m) for row in x for m in jobs])
    shrunk: list[tuple[int, int]] = []
    with lab(Seen(cnn(), fits), batch=64) as here:
        small_enough[0] = False
        evaluator = ModelEvaluator(here.room, 64, lambda old, new: shrunk.append((old, new)))
        outcomes = here.executor(evaluator).run([explaining(here.f(row), m) for row in x for m in jobs])
    assert shrunk == [(64, 32), (32, 16), (16, 8), (8, 4)]
    for outcome, map_ in zip(outcomes, want, strict=True):
        assert outcome.error is None
        torch.testing.assert_close(outcome.value, map_, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("error", FORMS, ids=["cpu", "python", "cuda", "cuda error"])
def test_explain_and_score_of_such_a_model(error: Exception) -> None:
    def fits(z: Tensor) -> None:
        if len(z) > 4:
            raise error

    x = pictures(3)
    found = hp.explain(Seen(cnn(), fits), x, "smoothgrad", n=9, batch=64)
    torch.testing.assert_close(found, hp.explain(cnn(), x, "smoothgrad", n=9), rtol=1e-4, atol=1e-7)
    scores = hp.score(Seen(cnn(), fits), x, found, "deletion", steps=5, batch=64)
    torch.testing.assert_close(scores, hp.score(cnn(), x, found, "deletion", steps=5), rtol=1e-4, atol=1e-6)


def test_not_even_one_point_is_said_in_one_line() -> None:
    failing = [False]

    def never(z: Tensor) -> None:
        if failing[0]:
            raise MemoryError

    with lab(Seen(cnn(), never)) as here:
        failing[0] = True
        with pytest.raises(HeatproofError, match=r"HP220 .*1 image of shape \(3, 8, 8\)"):
            here.executor().run([explaining(here.f(pictures(1)[0]), "gradient")])


@pytest.mark.parametrize("error", [ValueError("no"), RuntimeError("shapes cannot be multiplied"), KeyError("memory")])
def test_other_errors_are_not_taken_for_it(error: Exception) -> None:
    assert not is_out_of_memory(error)


PEAK = """
    import resource, sys
    import torch
    from torch import nn
    torch.set_num_threads(1)
    import heatproof as hp
    net = nn.Sequential(nn.Conv2d(3, 4, 7, 8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 4))
    x = torch.rand(1, 3, {side}, {side}, generator=torch.Generator().manual_seed(0))
    hp.explain(net, x, "smoothgrad", n=8, batch=16)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hp.explain(net, x, "{method}", n={n}, batch=16)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def _extra_peak(method: str, n: int, side: int) -> float:
    """Megabytes that a call adds to the peak of a fresh process."""
    code = textwrap.dedent(PEAK.format(method=method, n=n, side=side))
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024) / 2**20


@pytest.mark.slow
def test_five_hundred_samples_of_a_photograph_stay_below_600_megabytes() -> None:
    assert _extra_peak("smoothgrad", 500, 224) < 600


@pytest.mark.slow
@pytest.mark.parametrize("method", ["smoothgrad", "smooth_taylor", "vargrad"])
def test_ten_times_the_samples_need_no_more_memory(method: str) -> None:
    few, many = _extra_peak(method, 300, 96), _extra_peak(method, 3000, 96)
    assert many < few + 150, f"{few:.0f} MB for 300 samples, {many:.0f} MB for 3,000, whose points take 332 MB"


def test_what_is_held_for_an_image_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 40 * 3 * 8 * 8 * 4
    most = []
    with lab() as here:
        weigh = Shares._weigh

        def watched(self: Shares, owner: int, more: int) -> None:
            weigh(self, owner, more)
            most.append(sum(h.nbytes for f, h in self._held[owner].items() if f[2] is not LOGITS))

        monkeypatch.setattr(Shares, "_weigh", watched)
        executor = here.executor(bytes_per_image=limit, window=1)
        (outcome,) = executor.run([explaining(here.f(pictures(1)[0]), "smoothgrad", n=500)])
    assert outcome.error is None
    assert max(most) <= limit


def test_gradients_let_go_are_asked_again_and_give_the_same() -> None:
    x = pictures(1)[0]
    with lab() as here:
        want = here.values(explaining(here.f(x), "vargrad", n=100))[0]

        async def twice() -> list[Tensor]:
            f = here.f(x)
            return [await explaining(f, "vargrad", n=100) for _ in range(2)]

        executor = here.executor(bytes_per_image=10 * 3 * 8 * 8 * 4)
        (outcome,) = executor.run([twice()])
    assert executor.account.total("gradients") > 100
    assert all(torch.equal(v, want) for v in outcome.value)


def test_reading_after_a_shrink_is_the_same_within_a_tolerance() -> None:
    x = pictures(1)[0]
    with lab(batch=64) as a, lab(batch=4) as b:
        (first,), (second,) = (h.values(reading(h.f(x), x - 0.4, "sensitivity_n")) for h in (a, b))
    assert abs(float(first.value) - float(second.value)) < 1e-4


def test_nothing_of_a_finished_image_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    drop, dropped = Shares.drop, []

    def watched(self: Shares, owner: int) -> None:
        drop(self, owner)
        dropped.append(owner)
        assert owner not in self._held
        assert owner not in self._bulk
        assert owner not in {key[0] for key in (*self._bringing, *self.memo._built)}

    monkeypatch.setattr(Shares, "drop", watched)
    with lab() as here:
        here.values(*[explaining(here.f(x), "smooth_taylor", n=10) for x in pictures(3)], window=2)
    assert sorted(dropped) == [0, 1, 2]


def test_a_model_that_fits_one_point_only_runs_all_the_same() -> None:
    rows: list[int] = []

    def fits(z: Tensor) -> None:
        if len(z) > 1 and rows:
            raise MemoryError

    shrunk: list[tuple[int, int]] = []
    with lab(Seen(cnn(), fits), batch=4) as here:
        rows.append(1)
        evaluator = ModelEvaluator(here.room, 4, lambda old, new: shrunk.append((old, new)))
        (outcome,) = here.executor(evaluator).run([explaining(here.f(pictures(1)[0]), "smoothgrad", n=5)])
    assert outcome.error is None
    assert shrunk == [(4, 2), (2, 1)]
