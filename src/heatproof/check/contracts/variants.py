"""C5: how an activation is called does not matter."""

from heatproof.check.broken import expect, expect_close
from heatproof.check.families.seeded import seeded
from heatproof.check.families.variants import VARIANTS, Variant
from heatproof.check.supplies import pictures
from heatproof.check.table import check
from heatproof.check.trial import Refusal, Trial
from heatproof.vocabulary.errors import problem


@check("C5")
def every_way_to_write_a_network(trial: Trial) -> None:
    refused = []
    for plain, others in VARIANTS.items():
        want = _answer(trial, plain)
        refused += [want] if isinstance(want, Refusal) else []
        for other in others:
            _alike(want, _answer(trial, other), plain.__name__, other.__name__)
    if len(refused) == len(VARIANTS):
        raise problem("HP214", method=trial.formula.name, reason=refused[0], hint="")


def _answer(trial: Trial, variant: type[Variant]) -> object:
    options = {"layer": "conv2"} if "layer" in trial.formula.settings else {}
    return trial.attempt(seeded(variant), pictures(2), **options)


def _alike(want: object, found: object, plain: str, other: str) -> None:
    if isinstance(found, Refusal):
        return
    expect(not isinstance(want, Refusal), f"{other} to be refused like {plain}", "an answer")
    expect_close(found, want, 1e-6, f"{other} to give the same as {plain}")  # type: ignore[arg-type]
