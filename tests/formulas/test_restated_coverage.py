"""Impact coverage: the attack try by try, the overlap in closed form, and what is asked."""

import pytest
import torch
from torch import nn

from heatproof.study.session import session
from heatproof.study.units import explain_with, read_with
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import HeatproofError, Undefined
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.patch import Pasted, Patch
from heatproof.vocabulary.registry import formula

SIDE = 12


class Marked(nn.Module):
    """Class 1 where the image holds values above 2 (a patch), class 2 where it holds values below -2, else class 0.

    `where`: only in these rows, so that the attack needs luck.
    """

    def __init__(self, rows=slice(None)):
        super().__init__()
        self.rows = rows

    def forward(self, x):
        seen = x[:, :, self.rows]
        high, low = ((side > 2).flatten(1).sum(1) for side in (seen, -seen))
        return torch.stack([0 * high + 0.5, high.to(x), low.to(x)], 1) + 0 * x.sum((1, 2, 3))[:, None]


def patch(value=3.0, size=(3, 4), target=1, channels=2):
    return Patch(torch.full((channels, *size), value, dtype=torch.float64), target)


@pytest.fixture
def x():
    return torch.rand(1, 2, SIDE, SIDE, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


async def onto_patch(f):
    """The best map there is."""
    return (f.image.x.abs() > 2).double()


async def off_patch(f):
    return -(await onto_patch(f))


async def noise(f):
    return torch.rand(f.image.x.shape, generator=torch.Generator().manual_seed(int(1e6 * f.image.x.sum()) % 9999))


def attempts(model, x, patches, method, **settings):
    """The outcome for each map in turn, and the forwards and gradients that were run for all together."""
    with session(model, x, batch=8) as ready:
        executor = ready.executor(ready.evaluator(), tuple(x.shape[1:]))
        reader = read_with(formula("metric", "impact_coverage"), settings)
        again = [explain_with(formula("method", m), {}) for m in (method if isinstance(method, list) else [method])]

        async def all_of_them():
            f = ready.score(x[0], 0, {"patches": tuple(patches)})
            return await together(reader(f, x[0], a) for a in again)

        (outcome,) = executor.run([all_of_them()])
        if outcome.error:
            raise outcome.error
        return outcome.value, (executor.account.total("forwards"), executor.account.total("gradients"))


def value(model, x, patches, method, **settings):
    return attempts(model, x, patches, method, **settings)[0][0].value


@pytest.mark.parametrize("unit", ["pixel", "value"])
def test_the_map_of_the_patch_covers_it_and_the_opposite_map_does_not(x, unit):
    assert value(Marked(), x, [patch()], onto_patch, unit=unit) == 1
    assert value(Marked(), x, [patch()], off_patch, unit=unit) == 0
    assert value(Marked(), x, [patch()], off_patch, unit=unit, sign="absolute") == 1


def test_a_random_map_has_the_overlap_of_two_random_sets(x):
    q = 36 / SIDE**2
    patches = [Patch(patch(size=(6, 6)).pixels + k / 100, 1) for k in range(60)]
    found = [value(Marked(), x, [p], noise) for p in patches]
    # The expectation of the ratio lies a little below the ratio of the expectations.
    assert sum(found) / len(found) == pytest.approx(q / (2 - q), abs=0.02)


def test_half_of_the_patch(x):
    async def upper_half(f):
        rows = (await onto_patch(f))[0].any(1).nonzero().flatten().tolist()
        phi = await onto_patch(f)
        phi[:, rows[len(rows) // 2] :] = 0
        phi[:, [i for i in range(SIDE) if i not in rows]] = 0.5
        return phi

    # Half of the patch comes first, then as many pixels of other rows: (n/2) / (n + n/2).
    assert value(Marked(), x, [patch(size=(4, 4))], upper_half) == pytest.approx(1 / 3)


def test_single_values_and_pixels_differ(x):
    async def first_channel(f):
        phi = await onto_patch(f)
        phi[1] = 0
        phi[1, f.image.x[1].abs() <= 2] = 0.5
        return phi

    assert value(Marked(), x, [patch()], first_channel, unit="pixel") == 1
    assert value(Marked(), x, [patch()], first_channel, unit="value") == pytest.approx(1 / 3)


def test_the_class_of_the_patch_is_explained_on_the_attacked_image(x):
    seen = []

    async def watching(f):
        seen.append((f.target, f.image))
        return await onto_patch(f)

    assert value(Marked(), x, [patch(-3.0, target=2)], watching) == 1
    ((target, image),) = seen
    assert target == 2
    assert (image.x[0] == -3).sum() == 12
    assert image.id == Image.of(x[0]).id
    outside = image.x != -3
    assert torch.equal(image.x[outside], x[0].to(image.x)[outside])


def test_the_attack_try_by_try(x):
    patches = (patch(3.0, target=1), patch(-3.0, (2, 2), target=2))
    model = Marked(slice(0, 5))
    pasted = Pasted(Image.of(x[0]), patches, 51)
    tried = [(pasted.patch(i), pasted.place(i)) for i in range(51)]
    fooled = [
        i for i, (p, (top, _)) in enumerate(tried) if top < 5 and model(pasted.rows(i, i + 1).z).argmax() == p.target
    ]
    assert fooled[0] > 0, "another seed would be a better test"
    ((reading,), _) = attempts(model, x, patches, onto_patch)
    assert reading.value == 1
    assert reading.curves["fooled"].y == [float(i >= fooled[0]) for i in range(51)]
    assert [p.target for p, _ in tried[:4]] in ([1, 2, 1, 2], [2, 1, 2, 1])


def test_what_fools_nothing_has_no_value_or_that_of_the_last_try(x):
    harmless = [patch(1.0)]
    with pytest.raises(Undefined, match="no patch fools the model in 7 tries"):
        attempts(Marked(), x, harmless, onto_patch, tries=7)
    places = []

    async def watching(f):
        places.append((f.image.x[0] == 1).nonzero()[0].tolist())
        return (f.image.x == 1).double()

    ((reading,), _) = attempts(Marked(), x, harmless, watching, tries=7, failed="keep")
    assert reading.value == 1
    assert reading.curves["fooled"].y == [0.0] * 7
    assert places == [list(Pasted(Image.of(x[0]), tuple(harmless), 7).place(6))]


def test_patches_for_the_class_that_is_seen_or_explained_are_no_attack(x):
    with pytest.raises(Undefined, match="class that this image has anyway"):
        attempts(Marked(), x, [patch(target=0)], onto_patch)
    marked = x.clone()
    marked[0, :, 0, 0] = 5
    with pytest.raises(Undefined, match="class that this image has anyway"):
        attempts(Marked(), marked, [patch(target=1)], onto_patch)
    assert value(Marked(), x, [patch(target=0), patch(target=1)], onto_patch) == 1


def test_the_attack_is_paid_for_once_and_stops_when_it_succeeds(x):
    _, (forwards, gradients) = attempts(Marked(), x, [patch()], ["gradient", "input_x_gradient", onto_patch])
    assert forwards == 1 + 4  # the image, and the first four tries in one question
    assert gradients == 1  # the attacked image, shared by two methods
    with pytest.raises(Undefined):
        attempts(Marked(), x, [patch(1.0)], onto_patch)
    _, (forwards, _) = attempts(Marked(), x, [patch(1.0)], onto_patch, failed="keep")
    assert forwards == 1 + 51


def test_places_are_all_as_likely_and_inside():
    x = torch.zeros(1, 6, 7)
    pasted = Pasted(Image.of(x), (patch(size=(4, 4), channels=1),), 3000)
    counts = torch.zeros(3, 4)
    for i in range(3000):
        counts[pasted.place(i)] += 1
    assert float((counts / 3000 - 1 / 12).abs().max()) < 0.03
    assert (pasted.rows(0, 40).z == 3).sum((1, 2, 3)).eq(16).all()
    assert all(torch.equal(pasted.covered(i), pasted.rows(i, i + 1).z[0, 0] == 3) for i in range(20))


def test_images_begin_with_different_patches():
    patches = tuple(patch(k, target=k, channels=1) for k in range(4))
    first = {Pasted(Image.of(torch.full((1, 5, 5), k / 100)), patches, 1).patch(0).target for k in range(40)}
    assert first == {0, 1, 2, 3}


@pytest.mark.parametrize("size", [(13, 3), (3, 13)])
def test_a_patch_larger_than_the_image_is_refused(x, size):
    with pytest.raises(HeatproofError, match=r"HP105 patches cannot be a patch of shape"):
        attempts(Marked(), x, [patch(size=size)], onto_patch)


def test_a_patch_with_other_channels_is_refused(x):
    with pytest.raises(HeatproofError, match=r"HP105 patches cannot be a patch of shape \(1, 3, 4\)"):
        attempts(Marked(), x, [patch(channels=1)], onto_patch)


def test_a_patch_for_a_class_that_the_model_does_not_have_is_refused(x):
    with pytest.raises(HeatproofError, match=r"HP105 patches cannot be one for class 3; it takes .* from 0 to 2"):
        attempts(Marked(), x, [patch(target=3)], onto_patch)
