"""What the engine and each formula cost beside the model: one formula at a time, on one thread.

    python bench/formulas.py --sizes 28

A method explains all images, a metric scores one map of each. "Bare" are the same numbers of forwards and gradients in
full batches with nothing around them, timed right before; "in the model" is the part of the time that was spent there,
with padding and with the rules of edited models (guided backpropagation is dearer than a gradient).
"""

import time
from collections.abc import Coroutine
from contextlib import closing
from functools import partial
from typing import Any

import torch
from overhead import EFFORTS, pace
from pairs import attempt
from record import arguments, set_threads, write

import heatproof as hp
from heatproof.spec.study import read_study
from heatproof.study.subject import Column, Row, Subject
from heatproof.vocabulary.registry import formulas

CASES = {28: ("digits-cnn", "mnist5k", 64), 32: ("cifar-resnet20", None, 32), 224: ("efficientnet-lite0", "photos", 4)}
LONG = {"meaningful_perturbation", "xrai", "hyperparameter_sensitivity", "iiof"}
"""Minutes for one photograph at their defaults: left out at 224 pixels."""


def study_of(side: int, count: int) -> hp.Study:
    """Every formula at its default settings; at 224 pixels those of the packaged study where it has them."""
    name, data, _ = CASES[side]
    model = hp.load_model(name)
    images = hp.load_data(data, images=count, input=model.input).images if data else torch.rand(count, 3, 32, 32)
    entries: dict[str, list[Any]] = {
        kind: [n for n in formulas(kind) if _alone(kind, n)] for kind in ("method", "metric")
    }
    if side == 224:
        packaged = read_study("photos_everything")
        short = {e.name: e for e in (*packaged.methods, *packaged.metrics)}
        entries = {k: [short.get(n, n) for n in names if n not in LONG] for k, names in entries.items()}
    return hp.Study(model, images, methods=entries["method"], metrics=entries["metric"], controls=[])


def _alone(kind: str, name: str) -> bool:
    """Formulas that need nothing beside images and a model."""
    return not formulas(kind)[name].extras and "random labels" not in formulas(kind)[name].claims.needs  # type: ignore[index]


def measure(each: Subject, job: Any, bare: dict[str, float]) -> dict[str, Any]:
    """One coroutine per image."""
    evaluator = each.session.evaluator()
    executor = each.session.executor(evaluator, each.shape, images=len(each.cases))
    began = time.perf_counter()
    outcomes = executor.run(job(case) for case in each.cases)
    taken = time.perf_counter() - began
    for outcome in outcomes:
        if outcome.error:
            raise outcome.error
    counts = {effort: executor.account.total(effort) for effort in EFFORTS}
    inside = sum(spent.seconds for spent in evaluator.spent.values())
    least = sum(counts[effort] * bare[effort] for effort in EFFORTS)
    over = {"over": taken / least - 1, "over_model": taken / inside - 1} if least else {}
    return {**counts, "seconds": taken, "in_model": inside, "bare": least, **over}


def rows_of(each: Subject, seconds: float) -> list[dict[str, Any]]:
    """All methods, then all metrics on maps of the gradient."""
    found = []
    (gradient,) = [row for row in each.rows if row.entry.name == "gradient"]
    maps = each.session.executor(each.session.evaluator(), each.shape).run(
        _explain(each, gradient, c) for c in each.cases
    )
    phi = {case.key: outcome.value for case, outcome in zip(each.cases, maps, strict=True)}
    for kind, items in (("method", each.rows), ("metric", each.columns)):
        for item in items:

            def job(case: Any, item: Any = item) -> Coroutine[Any, Any, Any]:
                return _explain(each, item, case) if isinstance(item, Row) else _score(each, item, gradient, case, phi)

            bare = {effort: pace(each, effort, seconds) for effort in EFFORTS}
            found.append({"kind": kind} | attempt(item.entry.label, partial(measure, each, job, bare)))
    return found


def _explain(each: Subject, row: Row, case: Any) -> Coroutine[Any, Any, Any]:
    return row.explain(each.session.score(case.x, case.target, each.extras.for_image(None)))


def _score(
    each: Subject, column: Column, row: Row, case: Any, phi: dict[str, torch.Tensor]
) -> Coroutine[Any, Any, Any]:
    f = each.session.score(case.x, case.target, each.extras.for_image(None))
    return column.read(f, phi[case.key], row.again)


if __name__ == "__main__":
    args = arguments(__doc__, images=0)
    set_threads(args.threads)
    sizes = {}
    for side in args.sizes if args.sizes != [28, 224] else CASES:
        count = args.images or (2 if args.quick else CASES[side][2])
        print(f"{side} px, {CASES[side][0]}, {count} images")
        with closing(study_of(side, count)._subjects()) as subjects:
            _, each = next(subjects)
            sizes[side] = {"images": count, "rows": rows_of(each, 0.1 if args.quick else 0.5)}
    write("formulas", {"sizes": sizes, "threads": torch.get_num_threads()}, args)
