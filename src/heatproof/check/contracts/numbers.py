"""C8, C9, C12: types, memory layouts, and sums in which everything could cancel."""

import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from heatproof.check.broken import close, expect, expect_close
from heatproof.check.families.seeded import seeded
from heatproof.check.probes import Steep
from heatproof.check.supplies import maps_of, pictures
from heatproof.check.table import check, is_method
from heatproof.check.trial import Trial
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.rng import stream

EPSILON = 2.0**-24
AMPLIFIED = 100.0
"""Rounding happens in every layer, not in the weights alone: so many times over."""
ALIKE = 0.97
"""Rank correlation of a map in bfloat16, whose numbers have 8 bits, with the map in float32."""


@check("C8", everywhere=True)
def float64_and_float32(trial: Trial) -> None:
    x = trial.images[:2]
    double = trial.run(trial.net().double(), x.double(), maps=maps_of(x).double())
    wanted = torch.float32 if trial.formula.kind == "method" else torch.float64
    expect(double.dtype == torch.float64, "an answer in float64 for a model in float64", f"{double.dtype}")
    expect(trial.found.dtype == wanted, f"an answer in {wanted} for a model in float32", f"{trial.found.dtype}")
    if _sums(trial.formula) and double.any():
        downcast = torch.equal(double, double.float().double())
        expect(not downcast, "sums in float64 for a model in float64", "a map of float32 numbers")
    if not close(trial.found[:2], double, trial.limit):
        limit = max(trial.limit, AMPLIFIED * _rounding(trial, x, double))
        expect_close(trial.found[:2], double, limit, "float32 to be close to float64")


def _rounding(trial: Trial, x: Tensor, double: Tensor) -> float:
    """By how much the answer in float64 moves when the weights are rounded to float32 a little differently."""
    net, generator = trial.net().double(), stream("rounding")
    for p in net.parameters():
        p.data *= 1 + EPSILON * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    moved = trial.run(net, x.double(), maps=maps_of(x).double())
    if not torch.equal(moved.isnan(), double.isnan()):
        return 1.0
    size = double.nan_to_num().abs().max().clamp_min(0.1)
    return float((moved - double).nan_to_num().abs().max() / size)


def _sums(formula: Formula) -> bool:
    return is_method(formula) and formula.asks_model and not formula.claims.control


@check("C8")
def asked_for_float64(trial: Trial) -> None:
    x = pictures(2)
    double = trial.run(trial.net().double(), x.double(), maps=maps_of(x).double())
    asked = trial.run(trial.net(), x.double(), precision="float64", maps=maps_of(x).double())
    expect_close(asked, double, 1e-9, "precision='float64' to compute in float64")


@check("C8")
def bfloat16(trial: Trial) -> None:
    found = trial.run(trial.net(), pictures(2), precision="bfloat16")
    wanted = torch.float32 if trial.formula.kind == "method" else torch.float64
    expect(found.dtype == wanted, f"an answer in {wanted}", f"{found.dtype}")
    expect(trial.finite(found).all(), "finite answers under bfloat16", "NaN or infinity")


def _ranked(formula: Formula) -> bool:
    # A map of differences of scores cannot be finer than the scores, which have 8 bits: no rank to be expected.
    return is_method(formula) and not formula.claims.control and formula.claims.family != "perturbation"


@check("C8", fits=_ranked)
def bfloat16_ranks_the_pixels_alike(trial: Trial) -> None:
    x = pictures(3)
    coarse, fine = (trial.run(trial.net(), x, precision=p, target=1) for p in ("bfloat16", None))
    for a, b in zip(coarse, fine, strict=True):
        if b.std() > 0:
            found = float(spearmanr(a.flatten(), b.flatten()).statistic)
            expect(found >= ALIKE, f"bfloat16 to rank the pixels like float32 (Spearman {ALIKE})", f"{found:.3f}")


@check("C9", everywhere=True)
def the_layout_in_memory(trial: Trial) -> None:
    x = trial.images[:2]
    phi, last = maps_of(x), torch.channels_last
    turned = x.transpose(2, 3).contiguous().transpose(2, 3)
    strided = trial.run(trial.net(), turned, maps=phi.contiguous(memory_format=last))
    expect_close(strided, trial.found[:2], trial.limit, "transposed images to be images")
    net = trial.net()
    if _runs(trial.net(), x, last):  # a model that calls view() may not
        net = net.to(memory_format=last)  # type: ignore[call-overload]
    found = trial.run(net, x.contiguous(memory_format=last), maps=phi)
    expect_close(found, trial.found[:2], trial.limit, "images and weights stored channels-last to give the same")
    expect(found.is_contiguous(), "a map of ordinary layout", f"strides {found.stride()}")


def _runs(net: nn.Module, x: Tensor, layout: torch.memory_format) -> bool:
    try:
        with torch.no_grad():
            net.eval().to(memory_format=layout)(x.clone())  # type: ignore[call-overload]
    except RuntimeError:
        return False
    return True


@check("C12")
def a_large_mean(trial: Trial) -> None:
    x = pictures(2) + 1
    single = trial.run(seeded(Steep), x, target=0)
    double = trial.run(seeded(Steep).double(), x.double(), target=0)
    expect_close(single, double, 0.01, "float32 to be within 1 % of float64 where the gradient is 10,000 + x", 1e-6)
