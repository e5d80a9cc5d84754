"""C3: random numbers belong to (seed, image, purpose, index): nothing else decides them."""

import random

import numpy as np
import torch

from heatproof.check.asking import asking, job
from heatproof.check.broken import expect, expect_same, same
from heatproof.check.supplies import about
from heatproof.check.table import check
from heatproof.check.trial import Trial
from heatproof.engine.executor import Executor
from heatproof.study.session import Session
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.settings import Samples


def draws(formula: Formula) -> bool:
    """It says so by a setting of the type `Samples`."""
    return any(setting.about is about(Samples) for setting in formula.settings.values())


def _nests(formula: Formula) -> bool:
    return draws(formula) and "n" in formula.settings


@check("C3", everywhere=True)
def the_global_generators(trial: Trial) -> None:
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        random.seed(99)
        np.random.set_state(np.random.RandomState(99).get_state())
        torch.default_generator.manual_seed(99)
        found = trial.run(trial.net(), trial.images[:1])
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
    expect_same(found, trial.found[:1], "the global random generators not to matter")


@check("C3")
def the_seed(trial: Trial) -> None:
    x = trial.images[:1]
    third, again, fourth = (trial.run(trial.net(), x, seed=seed) for seed in (3, 3, 4))
    expect_same(again, third, "the same answer under the same seed")
    if draws(trial.formula):
        expect(not same(fourth, third), "another answer under another seed, since it draws samples", "the same")
    elif not trial.formula.claims.control and trial.formula.kind == "method":
        expect_same(fourth, third, "the seed not to matter, since no setting counts samples")


@check("C3", fits=_nests)
def few_samples_are_the_first_of_many(trial: Trial) -> None:
    with asking(trial) as ready:
        alone = _asked(trial, ready, [19])
        several = _asked(trial, ready, [5, 19, 8])
    expected = f"5, 19 and 8 samples together to cost the {alone} evaluations of 19"
    expect(several == alone, expected, f"{several}")


def _asked(trial: Trial, ready: Session, sizes: list[int]) -> int:
    """Evaluations that the formula needs with each of these numbers of samples, side by side."""
    x = trial.images[0]
    executor: Executor = ready.executor(ready.evaluator(), tuple(x.shape))

    async def all_of_them() -> None:
        await together(job(trial, ready, x, 0, n=n) for n in sizes)

    (outcome,) = executor.run([all_of_them()])
    if outcome.error:
        raise outcome.error
    return executor.account.total()
