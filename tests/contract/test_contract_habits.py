"""Habits of models that the pre-flight must see through, and sums that must not cancel."""

import pytest
import torch
from torch import Tensor, nn

import heatproof as hp
from heatproof.check.broken import same
from heatproof.check.contracts.strange import Speechless
from heatproof.check.families import network
from heatproof.check.families.seeded import seeded
from heatproof.check.probes import Steep
from heatproof.check.supplies import pictures
from heatproof.check.trial import Trial
from heatproof.models.preflight import preflight
from heatproof.models.prepare import prepared
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.registry import formulas

METRICS = formulas("metric")


def test_a_variance_survives_a_large_mean() -> None:
    x = pictures(1) + 1
    found = hp.explain(seeded(Steep), x, "vargrad", sigma=0.1, scale="absolute", n=400, target=0, batch=8)
    want = Cloud(Image.of(x[0]), 0.1, 400).all().double().var(0, correction=0)
    assert float((found[0] / want - 1).abs().max()) < 0.02


class Squashed(nn.Module):
    """Probabilities instead of logits."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x).softmax(1)


@pytest.mark.parametrize("metric", ["deletion", "srg"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_probabilities_are_recognised_in_the_company_of_an_image_without_an_answer(metric: str, place: int) -> None:
    trial, net, x = Trial(METRICS[metric]), Speechless(Squashed(network("residual")), float("nan")), pictures(3)
    bad = x.clone()
    bad[place, 0, 0, 0] = 3
    kept = [i for i in range(3) if i != place]
    assert same(trial.run(net, bad)[kept], trial.run(net, x)[kept])


def test_an_image_without_an_answer_is_no_random_or_batch_dependent_model() -> None:
    bad = pictures(3)
    bad[0, 0, 0, 0] = 3
    with prepared(Speechless(network("residual"), float("nan")), torch.device("cpu")) as room:
        assert preflight(room, bad).warnings == ()
