"""`hp.explain` and `hp.score` with whatever a person hands them."""

import numpy as np
import pytest
import torch
from study_kit import SmallNet, images
from torch import nn

import heatproof as hp


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": 3}, "HP914"),
        ({"model": SmallNet}, "HP914"),
        ({"model": "digits-cn"}, "HP910"),
        ({"method": None}, "HP101"),
        ({"method": 3}, "HP101"),
        ({"target": "cat"}, "HP203"),
        ({"device": "gpu"}, "HP230"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_in_one_line(change, code):
    asked = {"model": SmallNet(), "images": images(2), "method": "gradient"} | change
    with pytest.raises(hp.HeatproofError, match=f"^{code} "):
        hp.explain(**asked)


def test_names_devices_and_arrays_of_targets_are_taken():
    digit = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert hp.explain("digits-mlp", digit, "gradient").shape == digit.shape
    x, net = images(2), SmallNet()
    want = hp.explain(net, x, "gradient", target=[1, 2])
    got = hp.explain(net, x, "gradient", target=np.array([1, 2]), device=torch.device("cpu"))
    assert torch.equal(got, want)


def test_no_memory_for_one_image_is_said_as_such():
    class Hungry(SmallNet):
        def forward(self, x):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(hp.HeatproofError, match="HP220") as refused:
        hp.explain(Hungry(), images(1), "gradient")
    assert refused.value.exit_code == 5


def test_a_model_that_draws_random_numbers_leaves_the_callers_alone():
    class Noisy(SmallNet):
        def forward(self, x):
            return nn.functional.dropout(super().forward(x), 0.5, training=True)

    net = Noisy()
    before = torch.get_rng_state()
    hp.explain(net, images(2), "gradient")
    assert torch.equal(torch.get_rng_state(), before)
