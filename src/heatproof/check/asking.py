"""A formula asked below hp.explain and hp.score, where costs and reasons can be seen."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from heatproof.check.supplies import cheap, extras, maps_of, twin_of
from heatproof.check.trial import BATCH, Trial
from heatproof.study.session import Session, session
from heatproof.study.units import explain_with, read_with
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.registry import formula as named


@contextmanager
def asking(trial: Trial) -> Iterator[Session]:
    """The network of the trial, ready to be asked about its images."""
    net = trial.net()
    needs = trial.formula.claims.needs
    twins = {"random labels": twin_of(net)} if "random labels" in needs else {}
    with session(net, trial.images, batch=BATCH, twins=twins) as ready:
        yield ready


def job(trial: Trial, ready: Session, x: Tensor, target: int, **settings: Any) -> Coroutine[Any, Any, Any]:
    """The work on one image (C, H, W): a map, or the reading of a made-up map."""
    formula = trial.formula
    given = {name: value[0] if name == "boxes" else value for name, value in extras(formula, x[None]).items()}
    f = ready.score(x, target, given)
    settings = {**cheap(formula), **trial.settings, **settings}
    if formula.kind == "method":
        return explain_with(formula, settings)(f)
    again = None
    if "explain" in formula.ingredients:
        method, words = trial.explainer
        again = explain_with(named("method", method), words)
    return read_with(formula, settings)(f, maps_of(x), again)


def reasons(trial: Trial) -> list[str]:
    """Why images of the trial have no answer: what `Undefined` says, which hp.explain and hp.score leave out."""
    x = trial.images
    with asking(trial) as ready:
        targets = ready.predict(x).argmax(1).tolist()
        executor = ready.executor(ready.evaluator(), tuple(x.shape[1:]))
        outcomes = executor.run(job(trial, ready, row, t) for row, t in zip(x, targets, strict=True))
    return [o.error.reason if isinstance(o.error, Undefined) else "NaN" for o in outcomes if o.error]
