"""One image that the model cannot answer fails alone; edits are taken back; randomized weights are always the same."""

import gc
import warnings

import pytest
import torch
from engine_lab import Lab, Seen, cnn, explaining, lab, pictures, reading
from torch import Tensor, nn

from heatproof.models.fresh import fresh_weights
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.edits import Edit, GuidedReLU, Randomized
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.score import Score

NAMES = ("gradient", "smoothgrad", "occlusion", "grad_cam", "guided_backprop")


class Poisoned(nn.Module):
    """Raises when any of its points has a first value above 2."""

    def __init__(self) -> None:
        super().__init__()
        self.net = cnn()

    def forward(self, x: Tensor) -> Tensor:
        if (x[:, 0, 0, 0] > 2).any():
            raise ValueError("poison")
        return self.net(x)


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("window", [2, 16])
def test_a_poisoned_image_fails_alone(place: int, window: int) -> None:
    x = pictures(4)
    with lab(Poisoned()) as here:
        want = here.values(*[explaining(here.f(row), m) for row in x for m in NAMES])
        x[place, 0, 0, 0] = 5
        outcomes = here.executor(window=window).run([explaining(here.f(row), m) for row in x for m in NAMES])
    for i, (outcome, map_) in enumerate(zip(outcomes, want, strict=True)):
        if i // len(NAMES) == place:
            assert isinstance(outcome.error, ValueError)
        else:
            assert outcome.error is None
            assert torch.equal(outcome.value, map_)


def test_only_those_who_wait_for_the_poisoned_point_hear_of_it() -> None:
    x = pictures(1)[0]
    with lab(Poisoned(), batch=4) as here:
        f = here.f(x)
        cloud = Cloud(f.image, 0.7, 200)
        bad = [i for i, z in enumerate(cloud.all()) if z[0, 0, 0] > 2]
        assert bad[0] > 8, "the test needs a harmless beginning"
        short, long = bad[0] // 4 * 4, bad[0] + 1

        async def mean(n: int) -> Tensor | str:
            try:
                return await f.grad(Cloud(f.image, 0.7, n)).mean()
            except ValueError as error:
                return str(error)

        async def job() -> list[Tensor | str]:
            return await together([mean(long), mean(short)])

        failed, fine = here.values(job())[0]
        assert failed == "poison"
        assert isinstance(fine, Tensor)
        assert torch.equal(fine, here.values(mean(short))[0])


class Stop(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: object, *grads: Tensor) -> Tensor:  # type: ignore[override]
        raise NotImplementedError("no derivative")


def test_a_gradient_that_fails_does_not_take_the_outputs_with_it() -> None:
    armed = [False]

    class NoDerivative(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = cnn()

        def forward(self, x: Tensor) -> Tensor:
            return self.net(Stop.apply(x) if armed[0] else x)

    x = pictures(1)[0]
    with lab(NoDerivative()) as here:
        want = here.values(reading(here.f(x), x - 0.4, "deletion"))[0]
        armed[0] = True

        async def attempt(f: Score) -> str:
            try:
                await explaining(f, "gradient")
            except NotImplementedError as error:
                return str(error)
            return "no error"

        async def job() -> list[object]:
            f = here.f(x)
            return await together([attempt(f), reading(f, x - 0.4, "deletion")])

        said, found = here.values(job())[0]
    assert said == "no derivative"
    assert found.value == want.value


class Holes(nn.Module):
    """Has no answer for points whose first value is above 2."""

    def __init__(self, what: float = float("nan")) -> None:
        super().__init__()
        self.net, self.what = cnn(), what

    def forward(self, x: Tensor) -> Tensor:
        return torch.where((x[:, 0, 0, :1] > 2), self.what, self.net(x))


def test_a_point_without_an_answer_does_not_spoil_those_before_it() -> None:
    with lab(Holes(), batch=4) as here:
        f = here.f(pictures(1)[0])
        bad = next(i for i, z in enumerate(Cloud(f.image, 0.7, 200).all()) if z[0, 0, 0] > 2)

        async def mean(n: int) -> Tensor | None:
            try:
                return await f.grad(Cloud(f.image, 0.7, n)).mean()
            except Undefined:
                return None

        async def job() -> list[Tensor | None]:
            return [await mean(n) for n in (bad + 1, bad, bad + 1)]

        none, fine, again = here.values(job())[0]
        assert none is again is None
        assert torch.equal(fine, here.values(mean(bad))[0])


@pytest.mark.parametrize("what", [float("nan"), float("inf")])
def test_points_without_an_answer_are_undefined_for_those_who_ask_for_them(what: float) -> None:
    x = pictures(2)
    with lab(Holes(what)) as here:
        want = here.values(explaining(here.f(x[1]), "smoothgrad"))[0]
        x[0, 0, 0, 0] = 4
        bad, good = here.executor().run([explaining(here.f(row), "smoothgrad") for row in x])
    assert isinstance(bad.error, Undefined)
    assert torch.equal(good.value, want)


EDITS: list[tuple[Edit, ...]] = [
    (Randomized(("0.0",)),),
    (Randomized(("0.0", "0.2", "4")), GuidedReLU()),
    (GuidedReLU(),),
    (Randomized(("4",)), Randomized(("4", "0.0"), 3)),
]


@pytest.mark.parametrize("edits", EDITS)
@pytest.mark.parametrize("fail", [False, True])
def test_edits_are_taken_back(edits: tuple[Edit, ...], fail: bool) -> None:
    z, targets = pictures(8), torch.arange(8) % 5
    with lab() as here:
        before = [p.data_ptr() for p in here.room.module.parameters()]
        outputs, g = here.room.logits(z), here.room.gradient(z, targets, "logit")[0]
        try:
            with here.room.edited(edits):
                inside = here.room.gradient(z, targets, "logit")[0]
                assert not torch.equal(inside, g)
                if fail:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        assert [p.data_ptr() for p in here.room.module.parameters()] == before
        assert torch.equal(here.room.logits(z), outputs)
        assert torch.equal(here.room.gradient(z, targets, "logit")[0], g)


def test_edits_are_taken_back_when_the_model_fails_inside_them() -> None:
    armed = [False]

    def look(z: Tensor) -> None:
        if armed[0]:
            raise ValueError("inside an edit")

    net = Seen(cnn(), look)
    with lab(net) as here:
        f = here.f(pictures(1)[0])
        want = here.values(explaining(f, "gradient"))[0]
        armed[0] = True
        edited = f.edited(Randomized(("net.4",)), GuidedReLU())
        (outcome,) = here.executor().run([explaining(edited, "gradient")])
        assert isinstance(outcome.error, ValueError)
        armed[0] = False
        assert torch.equal(here.values(explaining(f, "gradient"))[0], want)
        assert torch._C._len_torch_function_stack() == 0


def _weights(here: Lab, *edits: Edit) -> list[Tensor]:
    with here.room.edited(edits):
        return [p.detach().clone() for p in here.room.module.parameters()]


def test_randomized_weights_depend_on_seed_and_layer_alone() -> None:
    with lab() as a, lab() as b:
        first = _weights(a, Randomized(("0.0", "4"), 1))
        _weights(b, Randomized(("0.2",), 1))
        _weights(b, Randomized(("4",), 2))
        second = _weights(b, Randomized(("4", "0.0"), 1))
        assert all(torch.equal(p, q) for p, q in zip(first, second, strict=True))
        other = _weights(a, Randomized(("0.0", "4"), 2))
        assert not any(torch.equal(first[i], other[i]) for i in (0, 1, 4, 5))
        plain = _weights(a)
        assert all(torch.equal(first[i], plain[i]) for i in (2, 3)), "a layer that was not named has changed"


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_randomized_weights_are_the_same_numbers_in_every_precision(precision: str) -> None:
    with lab(precision="float32") as a, lab(precision=precision) as b:  # type: ignore[arg-type]
        pairs = zip(_weights(a, Randomized(("0.0",))), _weights(b, Randomized(("0.0",))), strict=True)
        assert all(torch.equal(p.double(), q.double()) for p, q in pairs)


def test_a_layer_initialises_itself_as_it_does_at_birth() -> None:
    layer = nn.Conv2d(64, 64, 3)
    with torch.no_grad():
        layer.weight.fill_(7)
    weight, bias = fresh_weights(layer, "conv", 0)
    bound = (64 * 9) ** -0.5
    assert float(weight.abs().max()) <= bound
    assert float(weight.std()) == pytest.approx(bound / 3**0.5, rel=0.05)
    assert float(bias.abs().max()) <= bound
    assert bool((layer.weight == 7).all())


def test_twins_are_not_born_alike() -> None:
    layer = nn.Linear(6, 6)
    assert not torch.equal(fresh_weights(layer, "first", 0)[0], fresh_weights(layer, "second", 0)[0])


def test_a_norm_is_born_as_the_identity() -> None:
    norm = nn.BatchNorm2d(5)
    with torch.no_grad():
        norm.weight.fill_(3)
        norm.bias.fill_(2)
    weight, bias = fresh_weights(norm, "norm", 0)
    assert bool((weight == 1).all())
    assert bool((bias == 0).all())


def test_a_parameter_without_an_initialiser_keeps_its_spread() -> None:
    class Token(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token = nn.Parameter(torch.randn(50, 50) * 0.3)

    token = Token()
    (fresh,) = fresh_weights(token, "token", 0)
    assert float(fresh.std()) == pytest.approx(float(token.token.detach().std()), rel=0.1)
    assert not torch.equal(fresh, token.token)


def test_a_run_that_fails_leaves_no_coroutine_unawaited() -> None:
    with warnings.catch_warnings(record=True) as caught, lab(Poisoned()) as here:
        warnings.simplefilter("always")
        x = pictures(3)
        x[1, 0, 0, 0] = 9

        async def job(f: Score) -> list[Tensor]:
            return await together([explaining(f, m) for m in NAMES])

        outcomes = here.executor(window=2).run(job(here.f(row)) for row in x)
        del outcomes
        gc.collect()
    assert not [w for w in caught if "never awaited" in str(w.message)]


def test_a_neighbour_without_an_answer_does_not_spoil_what_is_asked_later() -> None:
    good, bad = pictures(2)
    bad[0, 0, 0] = 9

    async def growing(f: Score) -> list[Tensor]:
        return [await f.grad(Cloud(f.image, 0.1, n)) for n in (4, 12)]

    with lab(Holes()) as here:
        first, second = here.executor().run([growing(here.f(x)) for x in (good, bad)])
    assert first.error is None
    assert [len(g) for g in first.value] == [4, 12]
    assert isinstance(second.error, Undefined)


def test_outputs_that_came_along_with_a_gradient_are_undefined_where_there_is_no_answer() -> None:
    x = pictures(1)[0]
    x[0, 0, 0] = 9

    async def job(f: Score) -> list[str]:
        said = []
        for ask in (f.grad, f):
            try:
                await ask(Cloud(f.image, 0.1, 4))
            except Undefined as error:
                said.append(error.reason)
        return said

    with lab(Holes()) as here:
        (said,) = here.values(job(here.f(x)))
    assert said == ["the model answers with NaN or infinity here"] * 2
