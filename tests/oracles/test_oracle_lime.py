"""The package lime 0.2 on the same segments and the same samples: every set of five segments."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.metrics import pairwise_distances

import heatproof as hp

pytestmark = pytest.mark.filterwarnings("ignore")
WIDTH = 0.25


def segments() -> torch.Tensor:
    """Five stripes of an 8 x 8 image."""
    return (torch.arange(8) * 5 // 8)[:, None].expand(8, 8).clone()


@pytest.mark.parametrize("baseline", [0.0, 0.3])
def test_every_set_of_five_segments(lime_base, model, x, targets, baseline):
    labels = segments()
    z = np.array(list(itertools.product([1, 0], repeat=5)), dtype=float)
    present = torch.tensor(z, dtype=torch.float32)[:, labels][:, None]
    distances = pairwise_distances(z, z[:1], metric="cosine").ravel()
    base = lime_base.LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / WIDTH**2)), random_state=np.random.RandomState(0))
    found = hp.explain(
        model,
        x,
        "lime",
        target=targets,
        segments=labels,
        baseline=baseline,
        n=32,
        width=WIDTH * 2**0.5,
        original=False,
        link="probability",
    )
    for i, target in enumerate(targets.tolist()):
        with torch.no_grad():
            answers = model(torch.where(present > 0, x[i], torch.tensor(baseline))).softmax(1).double().numpy()
        _, coefficients, _, _ = base.explain_instance_with_data(z, answers, distances, target, 5, "none")
        want = torch.tensor([c for _, c in sorted(coefficients)])[labels]
        torch.testing.assert_close(found[i], want.float().expand(3, 8, 8), rtol=1e-4, atol=1e-6)
