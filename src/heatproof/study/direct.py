"""`hp.explain` and `hp.score`: maps and values without a study, from tensors to tensors."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from heatproof.data.tensors import check_range
from heatproof.engine.driver import Outcome
from heatproof.models.classifier import Classifier
from heatproof.models.load import load_model
from heatproof.models.precision import Precision, Scores
from heatproof.models.prepare import device_for
from heatproof.models.twins import Twin
from heatproof.study.alongside import outcomes_of, threads_for
from heatproof.study.crew import workers_for
from heatproof.study.extras import Extras
from heatproof.study.fitness import check_fitness
from heatproof.study.given import given_boxes, given_images, given_maps, given_targets
from heatproof.study.known import settled
from heatproof.study.session import Session, session
from heatproof.study.unasked import asks, read_maps
from heatproof.study.units import explain_with, read_with
from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.patch import Patch
from heatproof.vocabulary.registry import formula

Model = str | nn.Module | Classifier
Named = str | Callable[..., Any]


def explain(
    model: Model,
    images: Tensor,
    method: Named,
    *,
    target: int | Tensor | None = None,
    reference: Tensor | None = None,
    seed: int = 0,
    device: str = "auto",
    precision: Precision | None = None,
    batch: int | str | None = None,
    workers: int | Literal["auto"] = 1,
    **settings: Any,
) -> Tensor:
    """Maps (N, C, H, W) of images (N, C, H, W) for the predicted classes, or for `target`.

    The model may be in any state: it is put in evaluation mode, and given back as it was. Settings are those of the
    method (`heatproof list methods`). An image for which the model answers NaN gets a map of NaN. `reference` (M, C,
    H, W): other images of the same kind, for methods that compare with them; left out, the images themselves.
    `workers`: processes that share the images, with one thread each; 1 is this process with all of its threads.
    """
    explainer = explain_with(formula("method", method), settings)
    options: dict[str, Any] = {"seed": seed, "device": device, "precision": precision, "batch": batch}
    with threads_for(workers) as cores, _ready(model, images, **options) as (x, ready):
        targets = given_targets(target, _outputs(target, x, ready))
        check_fitness(explainer.formula, explainer.settings, ready.preflight.facts)
        given = Extras(_reference(reference, x))
        given.check(explainer.formula, "this call")
        extras = given.on(ready.room).for_image(None)

        def job(i: int) -> Coroutine[Any, Any, Tensor]:
            return explainer(ready.score(x[i], targets[i], extras))

        outcomes = outcomes_of(ready, x, job, workers, cores)
        maps = [_or_nan(o.value, o.error, row) for o, row in zip(outcomes, x, strict=True)]
        return torch.stack([m.to(images.device) for m in maps])


def score(
    model: Model,
    images: Tensor,
    maps: Tensor,
    metric: Named,
    *,
    method: Named | None = None,
    method_settings: Mapping[str, Any] | None = None,
    target: int | Tensor | None = None,
    reference: Tensor | None = None,
    boxes: Sequence[Tensor] | None = None,
    patches: Sequence[Patch] = (),
    twins: Mapping[str, Twin] | None = None,
    seed: int = 0,
    device: str = "auto",
    precision: Precision | None = None,
    scores: Scores | None = None,
    batch: int | str | None = None,
    workers: int | Literal["auto"] = 1,
    **settings: Any,
) -> Tensor:
    """Values (N,) float64 of a metric for maps of images; NaN where the value is undefined.

    Metrics that explain again (max_sensitivity, parameter_randomization) need the `method` that made the maps; those
    that compare with known evidence need `boxes`, one tensor (k, 4) of top, left, bottom, right per image, or
    `patches`. `twins` are other weights of the model, {"random labels": a file, a network or a state dict}. `workers`
    as for `explain`.
    Plain forwards of the metric are computed in the type `scores`, all else in `precision` (left out: one type).
    """
    reader = read_with(formula("metric", metric), settings)
    again = explain_with(formula("method", method), method_settings or {}) if method is not None else None
    if again is None and "explain" in reader.formula.ingredients:
        raise problem("HP216", metric=reader.formula.name)
    options = {"seed": seed, "device": device, "precision": precision, "scores": scores, "batch": batch}
    prepared = _ready(model, images, twins, **options)
    if target is None and not asks(reader):
        where = device_for(device, prepared.module)
        workers_for(workers, where, 1)  # a wrong number is refused here, too
        room = prepared.module, where, precision
        return _values(read_maps(reader, maps, prepared.images, *room, boxes=boxes, seed=seed))
    with threads_for(workers) as cores, prepared as (x, ready):
        targets = given_targets(target, _outputs(target, x, ready))
        phi = given_maps(maps, x).to(ready.room.device, ready.room.dtype)
        check_fitness(reader.formula, reader.settings, ready.preflight.facts)
        if again:
            check_fitness(again.formula, again.settings, ready.preflight.facts)
        given = Extras(_reference(reference, x), tuple(patches), boxes is not None)
        given.check(reader.formula, "this call")
        extras = given.on(ready.room)
        each = given_boxes(boxes, len(x))

        async def job(i: int) -> float:
            f = ready.score(x[i], targets[i], extras.for_image(each[i])).in_precision(ready.scores)
            return float((await reader(f, phi[i], again)).value)

        return _values(outcomes_of(ready, x, job, workers, cores))


class _ready:  # noqa: N801 - reads as a verb
    """The images, checked, and a session on them."""

    def __init__(self, model: Model, images: Tensor, twins: Mapping[str, Twin] | None = None, **options: Any) -> None:
        self.images, classifier = given_images(images), load_model(model, twins=twins)
        if classifier.input is not None and self.images.max() > 10:  # a little noise beyond [0, 1] is nobody's mistake
            check_range(self.images, "this model")
        self.module = classifier.module
        self.context = session(self.module, self.images, twins=classifier.twins, look=settled, **options)

    def __enter__(self) -> tuple[Tensor, Session]:
        return self.images, self.context.__enter__()

    def __exit__(self, *error: Any) -> None:
        self.context.__exit__(*error)


def _outputs(target: int | Tensor | None, x: Tensor, ready: Session) -> Tensor:
    """The model's outputs (N, K) where classes are to be predicted; where they are given, only the shape is needed."""
    return ready.predict(x) if target is None else torch.empty(len(x), ready.preflight.facts.outputs)


def _reference(given: Tensor | None, images: Tensor) -> Tensor | None:
    """The images themselves where no others are given; one alone has nothing to be compared with."""
    if given is not None:
        return given_images(given)
    return images if len(images) > 1 else None


def _or_nan(value: Tensor | None, error: BaseException | None, x: Tensor) -> Tensor:
    if isinstance(error, Undefined):
        return torch.full_like(x, float("nan"))
    if error:
        raise error
    assert value is not None
    return value


def _values(outcomes: Sequence[Outcome]) -> Tensor:
    return torch.tensor([_value(o.value, o.error) for o in outcomes], dtype=torch.float64)


def _value(value: float | None, error: BaseException | None) -> float:
    if isinstance(error, Undefined):
        return float("nan")
    if error:
        raise error
    assert value is not None
    return value
