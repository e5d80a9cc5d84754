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


@pytest.mark.parametrize("name", ["gini", "entropy", "total_variation", "localization_error"])
def test_a_metric_of_maps_alone_asks_no_model(name):
    class Counted(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.calls = nn.Linear(192, 3), 0

        def forward(self, x):
            self.calls += 1
            return self.fc(x.flatten(1))

    net, x = Counted(), torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    boxes = [torch.tensor([[0, 0, 4, 4]])] * 2 if name == "localization_error" else None
    maps = x.flip(-1).double() - 0.3
    values = hp.score(net, x, maps, name, boxes=boxes)
    assert not net.calls
    assert torch.equal(values, hp.score(net, x, maps, name, boxes=boxes, target=0))
    assert net.calls
    assert hp.score(net, x, maps * torch.nan, name, boxes=boxes).isnan().all()
    with pytest.raises(hp.HeatproofError, match="HP206"):
        hp.score(net, x, maps[:1], name, boxes=boxes)
    with pytest.raises(hp.HeatproofError, match="HP230"):
        hp.score(net, x, maps, name, boxes=boxes, device="nowhere")
    with pytest.raises(hp.HeatproofError, match="HP105"):
        hp.score(net, x, maps, name, boxes=boxes, precision="half")
    with pytest.raises(hp.HeatproofError, match="HP105"):
        hp.score(net, x, maps, name, boxes=boxes, workers=0)


def test_a_model_that_fails_on_one_image_is_looked_at_and_asked_about_the_others():
    x = images(3)

    class Fails(SmallNet):
        def forward(self, z):
            if (z == x[1]).flatten(1).all(1).any():
                raise ValueError("not this one")
            return super().forward(z)

    net = Fails()
    with pytest.raises(ValueError, match="not this one"):
        hp.explain(net, x, "gradient", target=0)
    assert hp.explain(net, x[::2], "gradient", target=0).isfinite().all()
