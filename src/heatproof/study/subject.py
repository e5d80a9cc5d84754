"""One model of a study with its images, methods and metrics: what there is to do, and the coroutines that do it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import torch
from torch import Tensor

from heatproof.data.imageset import ImageSet
from heatproof.models.classifier import Classifier
from heatproof.models.shapes import small
from heatproof.spec.entry import Entry
from heatproof.spec.study import StudySpec
from heatproof.study.cases import Case, cases_of
from heatproof.study.extras import Extras
from heatproof.study.fitness import Refusals, Unfit, Unreadable, unfit
from heatproof.study.keys import method_key, metric_key, model_key, twin_names
from heatproof.study.known import settled
from heatproof.study.served import Served, explainer_of
from heatproof.study.session import Session, session
from heatproof.study.stored import album
from heatproof.study.units import Explainer, Reader
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.score import Score

Unit = tuple[str, ...]
"""(image, method) names a map, (image, method, metric) a score."""


@dataclass(frozen=True)
class Row:
    """A method of the study."""

    key: str
    entry: Entry
    explain: Explainer
    control: bool

    @property
    def again(self) -> Explainer | None:
        """What metrics explain other images and models with; None where the maps were made elsewhere."""
        return None if isinstance(self.explain, Served) else self.explain


@dataclass(frozen=True)
class Column:
    """A metric of the study."""

    key: str
    entry: Entry
    read: Reader


class Sink(Protocol):
    """Where finished units go, and where stored maps come from."""

    def map(self, case: Case, row: Row, found: Explanation | Exception) -> None: ...

    def score(self, case: Case, row: Row, column: Column, found: Reading | Exception, *, pictured: bool) -> None: ...

    def stored(self, case: Case, row: Row) -> Tensor | Exception | None: ...


@dataclass(frozen=True)
class Subject:
    """One model of the study, in its room."""

    classifier: Classifier
    session: Session
    cases: tuple[Case, ...]
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    extras: Extras = field(default_factory=Extras)
    left_out: tuple[str, ...] = ()
    """Images that are there and do not take part, in words."""
    images_from: str = ""
    """Where the images were found, in words."""
    pictured: frozenset[str] = frozenset()
    """Keys of the images whose maps beside phi are kept."""
    refusals: Refusals = field(default_factory=dict)
    """Formulas that do not work with this model: their results are undefined."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of every image."""
        return tuple(self.cases[0].x.shape)

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return self.session.room.device

    def units(self, case: Case) -> list[Unit]:
        """Everything the study asks of one image."""
        maps: list[Unit] = [(case.key, row.key) for row in self.rows]
        return maps + [(case.key, row.key, column.key) for row in self.rows for column in self.columns]

    def missing(self, case: Case, finished: frozenset[Unit]) -> frozenset[Unit]:
        """What is still to be done of one image: also a score whose pictures are asked for and not there."""
        bare = {
            (case.key, row.key, column.key)
            for row in self.rows
            for column in self.columns
            if self.pictures(case, column) and (case.key, album(row.key, column.key)) not in finished
        }
        return (frozenset(self.units(case)) - finished) | bare

    def pictures(self, case: Case, column: Column) -> bool:
        """Are the maps kept that this metric makes for this image?"""
        return case.key in self.pictured and column.read.formula.claims.pictures

    async def work(self, case: Case, missing: frozenset[Unit], sink: Sink) -> None:
        """Make the missing maps of one image; when all are there, the missing scores: so that these share batches."""
        f = self.session.score(case.x, case.target, self.extras.for_image(case.boxes))
        rows = [r for r in self.rows if any(u[1] == r.key for u in missing)]
        maps = await together(self._map(f, case, row, sink) for row in rows)
        for row, found in zip(rows, maps, strict=True):
            if isinstance(found, Exception):
                for column in self.columns:
                    sink.score(case, row, column, found, pictured=self.pictures(case, column))
        await together(
            self._score(f, case, row, column, phi, sink)
            for row, phi in zip(rows, maps, strict=True)
            for column in self.columns
            if not isinstance(phi, Exception) and (case.key, row.key, column.key) in missing
        )

    async def _map(self, f: Score, case: Case, row: Row, sink: Sink) -> Tensor | Exception:
        found = sink.stored(case, row)
        if found is None:
            made = await _attempt(row.explain.explanation(replace(f, origin=row.entry.label)))
            sink.map(case, row, made)
            found = made if isinstance(made, Exception) else made.map
        # What is judged is what is stored, to the bit: a resumed run judges the same map.
        return found if isinstance(found, Exception) else found.float().to(f.image.x.device, f.image.x.dtype)

    async def _score(  # noqa: PLR0917 - one unit is named by three of them
        self, f: Score, case: Case, row: Row, column: Column, phi: Tensor, sink: Sink
    ) -> None:
        pictured = self.pictures(case, column)
        g = replace(f.in_precision(self.session.scores), origin=f"{row.entry.label}\n{column.entry.label}")
        g = replace(g, pictured=pictured)
        sink.score(case, row, column, await _attempt(column.read(g, phi, row.again)), pictured=pictured)


@contextmanager
def subject(
    spec: StudySpec, classifier: Classifier, data: ImageSet, reference: Callable[[], Tensor | None] = lambda: None
) -> Iterator[Subject]:
    """The model prepared, its answers to the images known, every formula checked against model and data.

    `reference` gives other images of the same kind, and is asked only where a formula needs them.
    """
    compute = spec.compute
    with ExitStack() as stack:
        try:
            ready = stack.enter_context(
                session(
                    classifier.module,
                    data.images,
                    device=compute.device,
                    precision=compute.maps,
                    scores=compute.scores,
                    compiled=compute.compiled,
                    batch=compute.batch,
                    seed=spec.seed,
                    twins=classifier.twins,
                    look=settled,
                )
            )
            found = _subject(spec, classifier, data, ready, reference)
        except HeatproofError as error:
            raise error.at(f"model {classifier.name}") from error.__cause__
        yield found


def _subject(
    spec: StudySpec,
    classifier: Classifier,
    data: ImageSet,
    ready: Session,
    reference: Callable[[], Tensor | None],
) -> Subject:
    facts, outputs = ready.preflight.facts, ready.predict(data.images)
    cases = cases_of(data, outputs, target=spec.target, keep=spec.data.keep, probabilities=facts.probabilities)
    device = ready.room.device.type if ready.room.device.type == "cpu" else torch.cuda.get_device_name()
    found, batches = ready.preflight, (ready.batch, small(ready.batch))
    faster = (found.folded, found.compiled)
    model = model_key(facts.fingerprint, device, spec.compute.maps, batches, faster)
    entries = (*spec.methods, *spec.controls, *spec.metrics)
    needed = any("reference" in e.formula.extras for e in entries)
    extras = Extras(reference() if needed else None, data.patches, data.boxes is not None).on(ready.room)
    for entry in entries:
        extras.check(entry.formula, data.name)
    refusals = unfit(entries, facts, models=len(spec.models))
    reasons = {label: refusal.text for label, refusal in refusals.items()}
    rows = tuple(
        Row(
            method_key(e, model, spec.seed, extras.names(e.formula)),
            e,
            Unfit(e.formula, e.settings, reasons[e.label])
            if e.label in reasons
            else explainer_of(e, data, cases, ready),
            e.formula.claims.control or e in spec.controls,
        )
        for e in (*spec.methods, *spec.controls)
    )
    columns = tuple(
        Column(
            metric_key(e, [*extras.names(e.formula), *twin_names(e, classifier.twins)], ready.scores),
            e,
            Unreadable(e.formula, e.settings, reasons[e.label])
            if e.label in reasons
            else Reader(e.formula, e.settings),
        )
        for e in spec.metrics
    )
    kept = _distinct(cases)
    pictured = frozenset(c.key for c in kept[: spec.pictures])
    left_out = (*_left_out(data, cases, kept), *(f"{classifier.name}: {reason}" for reason in reasons.values()))
    return Subject(classifier, ready, kept, rows, columns, extras, left_out, data.source, pictured, refusals)


def _distinct(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Equal pixels with an equal target are one case: counted twice they would pass for two observations."""
    return tuple({c.key: c for c in reversed(cases)}.values())[::-1]


def _left_out(data: ImageSet, cases: Sequence[Case], kept: Sequence[Case]) -> Iterator[str]:
    yield from (f"{name}: {reason}" for name, reason in data.skipped)
    yield from data.notes
    if wrong := len(data) - len(cases):
        yield f"{wrong} of {len(data)} images of {data.name}, which the model gets wrong (keep: correct)"
    first = {c.key: c.id for c in kept}
    yield from (f"{c.id}: the same picture as {first[c.key]}" for c in cases if first[c.key] != c.id)


async def _attempt(job: Coroutine[Any, Any, Any]) -> Any:
    """What a unit comes to: its value, or the exception that stands in its place."""
    try:
        return await job
    except Exception as error:
        return error
