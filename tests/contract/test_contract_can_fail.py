"""Every check can fail: for each of them a formula, or an engine, that breaks exactly what it looks at."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated, Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from heatproof.check.matrix import Cell, quiet, tried
from heatproof.check.table import checks
from heatproof.check.trial import Trial
from heatproof.methods.gradient import gradient
from heatproof.models.edits import exchange
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.formula import Claims, Formula
from heatproof.vocabulary.points import Cloud, Line, Masked
from heatproof.vocabulary.quadrature import quadrature
from heatproof.vocabulary.registry import formula
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Removal, Rule, Samples, Share, Steps

CLAIMS = {"method": {"family": "gradient"}, "metric": {"family": "complexity", "better": "higher"}}
BREAKERS: dict[str, list[Any]] = {}
"""Check -> (contract, formula, family of networks)."""


def breaks(contract: str, check: str, *, kind: str = "method", on: str = "", **claims: Any) -> Callable[..., Any]:
    """A formula that this check finds."""

    def keep(call: Callable[..., Any]) -> Callable[..., Any]:
        broken = Formula(kind, call.__name__, call, Claims(**{**CLAIMS[kind], **claims}))
        BREAKERS.setdefault(check, []).append((contract, broken, on))
        return call

    return keep


seen: list[Any] = []


@breaks("C1", "any company and order", on="plain cnn")
@breaks("C2", "the first images", on="plain cnn")
async def counts_the_images(f: Score) -> Tensor:
    """The map grows with every image that was explained."""
    seen.append(0)
    return await gradient(f) * (1 + 1e-3 * len(seen))


@breaks("C1", "another batch size", on="plain cnn")
async def weighs_by_the_part(f: Score) -> Tensor:
    """The map depends on how many points a streamed answer brings at a time."""
    return await gradient(f) * f.part


@breaks("C3", "the global generators", on="plain cnn")
async def draws_globally(f: Score) -> Tensor:
    """Noise from torch's global generator."""
    return await gradient(f) + 0.01 * torch.rand_like(f.image.x)


@breaks("C3", "the seed")
async def ignores_the_seed(f: Score, *, n: Samples = 5) -> Tensor:
    """Noise that is the same under every seed."""
    noise = torch.randn(n, *f.image.x.shape, generator=torch.Generator().manual_seed(0))
    return await gradient(f) + 0.01 * noise.mean(0).to(f.image.x)


@breaks("C3", "the seed")
async def hides_its_draws(f: Score) -> Tensor:
    """Draws samples, and no setting says so."""
    return await f.grad(Cloud(f.image, 0.2, 4)).mean()


@breaks("C3", "few samples are the first of many")
async def draws_anew_for_every_size(f: Score, *, n: Samples = 5) -> Tensor:
    """Other noise for every number of samples."""
    return await f.grad(Cloud(f.image, 0.2, n, f"noise of {n}")).mean()


@breaks("C4", "everything is as before", on="plain cnn")
async def draws_from_numpy(f: Score) -> Tensor:
    """Uses, and so moves, numpy's global generator."""
    return await gradient(f) * (1 + 0 * np.random.rand())


@breaks("C4", "everything is as before", kind="metric", on="plain cnn")
def writes_into_the_map(phi: Tensor) -> float:
    """The map is changed in place."""
    return float(phi.abs_().sum())


@breaks("C4", "after a failure at every forward in turn")
@breaks("C4", "after a failure in every layer in turn")
async def forgets_to_clean_up(f: Score) -> Tensor:
    """A global flag stays changed when the model raises."""
    torch.set_default_dtype(torch.float64)
    g = await f.grad(f.x).one()
    torch.set_default_dtype(torch.float32)
    return g


@breaks("C4", "the mode of the caller")
async def works_in_place(f: Score) -> Tensor:
    """Writes into the image, if only what is there: images made in inference mode forbid it."""
    f.image.x.mul_(1)
    return await gradient(f)


@breaks("C4", "the default type of the caller")
async def uses_the_default_type(f: Score) -> Tensor:
    """Other random numbers when the default type is float64."""
    noise = torch.rand(f.image.x.shape, generator=torch.Generator().manual_seed(0))
    return await gradient(f) + 0.01 * noise.to(f.image.x.dtype)


@breaks("C5", "every way to write a network")
async def looks_at_a_module(f: Score) -> Tensor:
    """Reads an activation where a module may not be called."""
    a = (await f.layer(f.x, "second")).a[0]
    return a.sum(0, keepdim=True).expand_as(f.image.x)


@breaks("C7", "completeness", on="plain cnn", complete=True)
async def incomplete(f: Score) -> Tensor:
    """The gradient, and claims to be complete."""
    return await gradient(f)


@breaks("C7", "linearity", axioms=("linearity",))
async def not_linear(f: Score) -> Tensor:
    """The squared gradient."""
    return (await gradient(f)).square()


@breaks("C7", "dummy", axioms=("dummy",))
async def smeared(f: Score) -> Tensor:
    """The gradient, shared among neighbours."""
    g = await gradient(f)
    return nn.functional.avg_pool2d(g[None], 3, 1, 1)[0]


@breaks("C7", "symmetry", axioms=("symmetry",))
async def one_sided(f: Score) -> Tensor:
    """The gradient, weaker to the right."""
    g = await gradient(f)
    return g * torch.linspace(1, 0.5, g.shape[2], dtype=g.dtype)


@breaks("C7", "implementation invariance", axioms=("implementation invariance",))
async def by_the_names_of_layers(f: Score) -> Tensor:
    """The gradient, times the number of kinds of activations."""
    return await gradient(f) * (1 + len(f.model.activations))


@breaks("C8", "float64 and float32", on="plain cnn")
async def in_half_precision(f: Score) -> Tensor:
    """Rounded to three digits on the way."""
    return (await gradient(f)).half().to(f.image.x.dtype)


@breaks("C8", "float64 and float32", on="plain cnn")
async def silently_single(f: Score) -> Tensor:
    """Rounded to float32 on the way."""
    return (await gradient(f)).float().to(f.image.x.dtype)


@breaks("C8", "asked for float64")
async def trusts_the_images(f: Score) -> Tensor:
    """Another map in the second of three runs."""
    seen.append(0)
    return await gradient(f) * len(seen)


async def _difference(f: Score, width: float) -> Tensor:
    z = Line(f.image, fill_for(f.image, 0.0), (1 - width, 1.0))
    before, after = await f(z)
    return after - before


@breaks("C8", "bfloat16")
async def divides_by_a_small_difference(f: Score) -> Tensor:
    """Infinite where bfloat16 has no digits for the difference."""
    return torch.ones_like(f.image.x) / await _difference(f, 1e-4)


@breaks("C8", "bfloat16 ranks the pixels alike")
async def small_differences(f: Score) -> Tensor:
    """The gradient as a difference of scores, which bfloat16 cannot see."""
    steps = []
    for i in range(8):
        mask = torch.zeros_like(f.image.x)
        mask[:, i] = 1e-3
        moved = f.at(Line(f.image, fill_for(f.image, f.image.x + mask), (0.0,)), 0)
        steps.append((await moved(moved.x).one()) - (await f(f.x).one()))
    return torch.stack(steps)[None, :, None].expand_as(f.image.x) * 1000


@breaks("C9", "the layout in memory", on="plain cnn")
async def relies_on_strides(f: Score) -> Tensor:
    """view() on the image."""
    return await gradient(f) * f.image.x.view(-1)[0]


@breaks("C10", "strange maps", kind="metric")
def overflows(phi: Tensor) -> float:
    """Squares in float32."""
    return float(phi.float().square().sum())


@breaks("C10", "strange maps", kind="metric")
def warns(phi: Tensor) -> float:
    """numpy warns where the map is zero."""
    return float(np.divide(1.0, phi.abs().sum().numpy(), dtype=np.float32))


@breaks("C10", "strange maps", kind="metric", invariant_to=("scale",))
def loses_large_numbers(phi: Tensor) -> float:
    """A share whose sum is infinite for the largest numbers."""
    a = phi.float().abs().flatten()
    return float(a[0] / a.sum())


@breaks("C10", "maps of any type", kind="metric")
def counts_the_maps(phi: Tensor) -> float:
    """Another value at every call."""
    seen.append(0)
    return float(len(seen))


@breaks("C10", "strange images")
async def divides_by_the_range(f: Score) -> Tensor:
    """Divides by max - min of the image."""
    return await gradient(f) / (f.image.x.max() - f.image.x.min())


@breaks("C10", "finite or none", on="plain cnn")
async def one_pixel_is_nan(f: Score) -> Tensor:
    """A map with a hole."""
    g = await gradient(f)
    g[0, 0, 0] = torch.nan
    return g


@breaks("C10", "an image without an answer")
async def makes_something_up(f: Score) -> Tensor:
    """Zeros where the model answers NaN."""
    try:
        return await gradient(f)
    except Undefined:
        return torch.zeros_like(f.image.x)


@breaks("C11", "the scale of the map", kind="metric", invariant_to=("scale",))
def total(phi: Tensor) -> float:
    """The sum of the map, and claims that its scale does not matter."""
    return float(phi.double().sum())


@breaks("C11", "the order of the pixels", kind="metric", invariant_to=("order",))
def mean_over_largest(phi: Tensor) -> float:
    """A ratio of sizes, and claims that only the order matters."""
    return float(phi.double().mean() / phi.double().abs().max())


@breaks("C11", "bounds", kind="metric", bounds=(0.0, 1.0))
def net_relevance(phi: Tensor) -> float:
    """From -1 to 1, and claims to start at 0."""
    return float(phi.double().sum() / phi.double().abs().sum())


@breaks("C12", "a large mean")
async def variance_by_two_sums(f: Score, *, n: Samples = 9) -> Tensor:
    """E[g^2] - E[g]^2 in float32."""
    g = await f.grad(Cloud(f.image, 0.1, n))
    return g.square().mean(0) - g.mean(0).square()


@breaks("C13", "a linear model at any number of points", complete=True)
async def one_weight_too_few(f: Score, *, steps: Steps = 300, rule: Rule = "left") -> Tensor:
    """Integrated gradients whose weights sum to (n - 1) / n."""
    shares, weights = quadrature(rule, steps)
    b = fill_for(f.image, 0.0)
    g = await f.grad(Line(f.image, b, shares)).weighted_sum(torch.tensor(weights))
    return f.image.x * g * (steps - 1) / steps


@breaks("C14", "calls in a loop")
async def keeps_its_maps(f: Score) -> Tensor:
    """Every map stays in memory."""
    seen.append(await gradient(f))
    return seen[-1]


@breaks("C14", "calls that fail")
async def keeps_what_it_had(f: Score) -> Tensor:
    """Keeps the image of every call that failed."""
    try:
        return await gradient(f)
    except Exception:
        seen.append(f.image.x.clone())
        raise


@breaks("C15", "every size")
async def needs_three_rows(f: Score) -> Tensor:
    """Looks at the third row."""
    return await gradient(f) * f.image.x[0, 2, 0]


@breaks("C15", "every named and extreme setting")
async def divides_by_n_less_one(f: Score, *, n: Annotated[int, About("points", 1, 100)] = 3) -> Tensor:
    """Fails at n = 1."""
    return await gradient(f) * (1 / (n - 1))


@breaks("C15", "every named and extreme setting")
async def forgets_a_choice(f: Score, *, what: Literal["size", "sign"] = "size") -> Tensor:
    """Has no way to do one of its choices."""
    return {"size": torch.abs}[what](await gradient(f))


@breaks("C15", "every named and extreme setting")
async def divides_by_a_share(f: Score, *, share: Share = 0.5) -> Tensor:
    """Infinite at a share of 0."""
    return await gradient(f) / torch.tensor(share)


@breaks("C15", "every preset", presets={"elsewhere": {"sigmas": 0.1}})
async def misspells_a_preset(f: Score, *, sigma: float = 0.2) -> Tensor:
    """A preset of a setting that it does not have."""
    return await gradient(f)


@breaks("C16", "every number of channels")
async def needs_three_channels(f: Score) -> Tensor:
    """Looks at the third channel."""
    return await gradient(f) * f.image.x[2].mean()


class _FirstChannel:
    key = "first channel"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def __len__(self) -> int:
        return 1

    def rows(self, start: int, stop: int) -> Tensor:
        mask = torch.zeros(1, *self.shape, dtype=torch.bool)
        mask[:, 0, 2] = True
        return mask


@breaks("C16", "a pixel is taken away in all channels", kind="metric")
async def takes_one_channel(f: Score, phi: Tensor, *, fill: Removal = "black") -> float:
    """Removes the first channel of some pixels."""
    masked = await f(Masked(f.image, _FirstChannel(tuple(phi.shape)), fill))
    return float(masked.sum() + phi.sum())


@breaks("C18", "another model has another map")
@breaks("C18", "another class has another map")
async def sees_no_model(f: Score) -> Tensor:
    """The image, and is no control."""
    return f.image.x.clone()


@breaks("C18", "other maps have other values", kind="metric")
def always_true(phi: Tensor) -> float:
    """1, whatever the map."""
    return 1.0


@breaks("C18", "the truth beats noise on a linear model", kind="metric", family="faithfulness")
async def upside_down(f: Score, phi: Tensor) -> float:
    """How far the map is from summing to the score, and claims that more is better."""
    return float((await f(f.x).one() - phi.sum()).abs())


@breaks("C19", "planned is run")
async def asks_as_it_goes(f: Score) -> Tensor:
    """How often the model is asked depends on what it answers."""
    g = await gradient(f)
    for i in range(1 if g.abs().mean() > 0.5 else 4):
        g = g + await f.grad(Cloud(f.image, 0.1 + 0.01 * i, 3)).mean()
    return g


CHECKS = {c.name: c for c in checks()}


def came(check: str, formula: Formula, family: str = "", **more: Any) -> Cell:
    seen.clear()
    trial = Trial(formula, **more)
    try:
        with quiet():
            return tried(trial.on(family) if family else trial, CHECKS[check], family)
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    ("check", "contract", "formula", "family"),
    [pytest.param(check, *one, id=f"{check}-{one[1].name}") for check, ones in BREAKERS.items() for one in ones],
)
def test_what_is_broken_is_found(check: str, contract: str, formula: Formula, family: str) -> None:
    assert CHECKS[check].contract == contract
    assert CHECKS[check].everywhere == bool(family)
    assert CHECKS[check].fits(formula)
    found = came(check, formula, family)
    assert found.state == "BROKEN", found
    assert "expected" in found.reason


GRADIENT = formula("method", "gradient")


def test_a_model_left_in_training_mode_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert came("training mode", GRADIENT, "residual").state == "pass"
    monkeypatch.setattr(nn.Module, "eval", lambda self: self)
    assert came("training mode", GRADIENT, "residual").state == "BROKEN"


def test_generators_that_a_model_moves_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    check = "a model that draws random numbers"
    assert came(check, GRADIENT).state == "pass"
    monkeypatch.setattr("heatproof.study.session.torch.random.fork_rng", lambda devices: nullcontext())
    assert came(check, GRADIENT).state == "BROKEN"


def test_edits_that_stay_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    check, metric = "edits are taken back", formula("metric", "parameter_randomization")
    assert came(check, metric).state == "pass"
    put = exchange._put
    monkeypatch.setattr(exchange, "_put", lambda slot: (put(slot), lambda: None)[1])
    assert came(check, metric).state == "BROKEN"


def test_a_map_that_is_not_spread_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = formula("metric", "completeness")
    assert came("a map with one channel", metric).state == "pass"
    monkeypatch.setattr("heatproof.study.direct.given_maps", lambda maps, x: maps.expand_as(x))
    assert came("a map with one channel", metric).state == "BROKEN"


def test_deepshap_has_two_maps_for_one_function_and_integrated_gradients_one() -> None:
    for name, state in (("deepshap", "BROKEN"), ("integrated_gradients", "pass")):
        assert came("implementation invariance", formula("method", name)).state == state


def test_a_second_implementation_that_differs_is_found() -> None:
    async def slow(f: Score) -> Tensor:
        """The gradient, a little too large."""
        return await gradient(f) * (1 + 1e-7)

    check = "a second implementation"
    assert came(check, GRADIENT).state == "not applicable"
    assert came(check, GRADIENT, twin=gradient).state == "pass"
    assert came(check, GRADIENT, twin=slow).state == "BROKEN"


def test_every_check_has_something_that_it_finds() -> None:
    elsewhere = {
        "a map with one channel",
        "a model that draws random numbers",
        "a second implementation",
        "edits are taken back",
        "training mode",
    }
    assert {*BREAKERS, *elsewhere} == set(CHECKS)


def test_a_crash_is_a_broken_contract_and_a_refusal_is_not() -> None:
    async def crashes(f: Score) -> Tensor:
        """Divides by zero."""
        return await gradient(f) / (1 // 0)

    method = Formula("method", "crashes", crashes, Claims(family="yours"))
    assert came("any company and order", method, "plain cnn").reason == (
        "expected an answer; came ZeroDivisionError: integer division or modulo by zero"
    )
    refused = came("any company and order", formula("method", "grad_cam"), "mlp")
    assert refused.state == "not supported"
    assert refused.reason.startswith("HP214 grad_cam does not work with this model")

    async def never(f: Score) -> Tensor:
        """No value for any image."""
        raise Undefined("there is no such thing")

    method = Formula("method", "never", never, Claims(family="yours"))
    assert came("any company and order", method, "mlp").reason == "there is no such thing"
