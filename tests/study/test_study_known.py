"""A second call of `explain` pays for its evaluations only, and a model that was changed is looked at again."""

import gc
import weakref

import pytest
import torch
from torch import nn

import heatproof as hp
from heatproof.models.folding import Folding
from heatproof.models.prepare import prepared
from heatproof.study import known


@pytest.fixture
def net():
    layers = [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3)]
    return nn.Sequential(*layers)


@pytest.fixture
def looks(monkeypatch):
    """How often a model was looked at."""
    counted, settle = [], known.settle

    def count(*given):
        counted.append(1)
        return settle(*given)

    monkeypatch.setattr(known, "settle", count)
    return counted


IMAGES = torch.rand(3, 1, 9, 9, generator=torch.Generator().manual_seed(4))


def explain(net, images=IMAGES, **settings):
    return hp.explain(net, images, "gradient", **settings)


def test_one_look_and_the_same_bits(net, looks):
    first, second = explain(net), explain(net)
    assert len(looks) == 1
    assert torch.equal(first, second)
    known._MODELS.clear()
    assert torch.equal(explain(net), first)
    explain(net, IMAGES.flip(0))
    hp.score(net, IMAGES, first, "deletion", steps=4)
    assert len(looks) == 2


def test_evaluations_of_a_second_call_are_those_of_the_method_and_two_rows(net, looks):
    rows = []
    explain(net, target=1, batch=4)
    net.register_forward_pre_hook(lambda _, given: rows.append(len(given[0])))
    explain(net, target=1, batch=4)
    assert rows == [2, 4]  # two images that show that it is the same model; then three points in one batch


def changed_weights(net):
    net[0].weight.data += 0.1


def changed_unused(net):
    net.register_buffer("other", torch.ones(2))


def hooked(net):
    net[2].register_forward_hook(lambda *given: given[-1] * 2)


def exchanged(net):
    net[1] = nn.Tanh()


@pytest.mark.parametrize("change", [changed_weights, changed_unused, hooked, exchanged])
def test_a_changed_model_is_looked_at_again(net, looks, change):
    explain(net)
    change(net)
    found = explain(net)
    assert len(looks) == 2
    known._MODELS.clear()
    assert torch.equal(explain(net), found)


@pytest.mark.parametrize(
    "change", [{"batch": 5}, {"precision": "float64"}, {"precision": "bfloat16"}, {"images": IMAGES[:, :, :8]}]
)
def test_another_shape_batch_or_type_is_another_look(net, looks, change):
    explain(net)
    explain(net, **change)
    explain(net)
    assert len(looks) == 2


def test_an_output_that_became_probabilities_is_noticed(net):
    explain(net)
    net.append(nn.Softmax(1))
    hooked = hp.explain(net, IMAGES, "gradient")
    known._MODELS.clear()
    assert torch.equal(hooked, hp.explain(net, IMAGES, "gradient"))
    assert torch.equal(hooked, hp.explain(net, IMAGES, "gradient"))


def test_a_model_that_starts_to_fail_says_so_in_the_same_words(net):
    explain(net)

    def fails(*_):
        raise RuntimeError("no")

    net[2].register_forward_hook(fails)
    with pytest.raises(hp.HeatproofError, match="HP202"):
        explain(net)


def test_nothing_of_a_model_outlives_it():
    net = nn.Sequential(nn.Flatten(), nn.Linear(81, 3))
    explain(net)
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None


def test_only_a_few_shapes_are_remembered(net):
    for batch in range(2, 3 + known.KEPT):
        explain(net, batch=batch)
    assert len(known._MODELS[net]) == known.KEPT


def test_batch_norms_are_folded_again_and_not_where_somebody_listens_by_now(looks):
    torch.manual_seed(3)
    normed = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(196, 3)).eval()
    normed[1].running_mean += 0.3
    first = explain(normed)
    installed = []
    hook = Folding.install

    def install(self):
        installed.append(len(self.pairs))
        hook(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folding, "install", install)
        assert torch.equal(explain(normed), first)
    assert (len(looks), installed) == (1, [1])
    heard = []
    normed[0].register_forward_hook(lambda m, given, out: heard.append(out.detach().clone()))
    again = explain(normed)
    assert len(looks) == 2
    assert torch.allclose(again, first, atol=1e-5)
    with torch.no_grad():
        want = nn.functional.conv2d(IMAGES[:2], normed[0].weight, normed[0].bias)
    assert torch.allclose(heard[0][:2], want, atol=1e-6)


def views(net, at):
    """What follows cannot read channels-last activations, and changes nothing."""
    net[at].register_forward_hook(lambda m, given, out: out.view(len(out), -1).view(out.shape))


@pytest.mark.parametrize("normed", [False, True])
def test_a_model_that_cannot_bear_the_old_layout_any_more_gets_a_new_look(looks, normed):
    norm = [nn.BatchNorm2d(4)] if normed else []
    net = nn.Sequential(nn.Conv2d(1, 4, 3), *norm, nn.ReLU(), nn.Flatten(), nn.Linear(196, 3)).eval()
    first = explain(net)
    views(net, 1 + normed)
    assert torch.allclose(explain(net), first, atol=1e-6)
    assert len(looks) == 2


def test_twins_and_the_type_of_scores_are_looked_at_each(net, looks):
    maps = explain(net)
    twin = {"random labels": {name: t + 0.1 for name, t in net.state_dict().items()}}
    options = {"method": "gradient", "batch": None}
    with pytest.raises(hp.HeatproofError) as refused:
        hp.score(net, IMAGES, maps, "data_randomization", **options)
    hp.score(net, IMAGES, maps, "data_randomization", twins=twin, **options)
    with pytest.raises(hp.HeatproofError, match=refused.value.code):
        hp.score(net, IMAGES, maps, "data_randomization", **options)
    before = len(looks)
    hp.score(net, IMAGES, maps, "deletion", steps=3, scores="bfloat16")
    assert len(looks) == before + 1


def test_probabilities_are_remembered_as_such(net, looks):
    async def slope(f):
        """The gradient of the probability."""
        return await f.linked_by("probability").grad(f.x).one()

    net.append(nn.Softmax(1))
    assert torch.equal(*(hp.explain(net, IMAGES, slope) for _ in range(2)))
    assert len(looks) == 1


def test_the_batch_that_fits_is_remembered_and_what_was_halved_is_nobody_elses():
    rows = []

    class Small(nn.Linear):
        def forward(self, x):
            rows.append(len(x))
            if len(x) > 4:
                raise MemoryError
            return super().forward(x)

    net = nn.Sequential(nn.Flatten(), Small(81, 3))
    explain(net, batch=16)
    rows.clear()
    explain(net, batch=16)
    assert max(rows) <= 4
    (kept,) = known._MODELS[net].values()
    with prepared(net, torch.device("cpu")) as room:
        *_, shrunk = known.settled(room, IMAGES, 16)
    shrunk.append((4, 2))
    assert kept.shrunk == [(16, 8), (8, 4)]


def test_images_may_be_written_over(net, looks):
    x = IMAGES.clone()
    explain(net, x)
    x.zero_()
    explain(net, IMAGES)
    assert len(looks) == 1
