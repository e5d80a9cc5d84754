"""A study: models, images, methods and metrics in one plan, one run, one folder."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from heatproof.engine.account import Account
from heatproof.spec.parts import ModelSpec
from heatproof.spec.study import DEFAULT_CONTROLS, StudySpec
from heatproof.store.store import Store
from heatproof.study.crew import Crew, Report, Tally, one_thread, workers_for
from heatproof.study.fitness import refuse_what_fits_no_model
from heatproof.study.folder import Folder
from heatproof.study.made import Maker
from heatproof.study.plan import Plan, plan_of, rehearse
from heatproof.study.progress import Watch, Watcher
from heatproof.study.results import Result, read_result
from heatproof.study.source import Images, Model, Source, data_spec, given, named
from heatproof.study.subject import Subject, Unit, subject

Missing = Mapping[str, frozenset[Unit]]
"""image key -> the units of that image that are still to be done."""


class Study:
    """What `heatproof run` runs; `plan()` says what it will cost, `run(folder)` continues what is there."""

    _maker: Maker | None = None

    def __init__(
        self,
        model: Model | Sequence[Model],
        data: Images,
        *,
        methods: Sequence[Any],
        metrics: Sequence[Any],
        controls: Sequence[Any] = DEFAULT_CONTROLS,
        target: Any = "predicted",
        reference: Tensor | None = None,
        **options: Any,
    ) -> None:
        """Entries are names, functions, (name, settings) or {name: settings}.

        `reference` (M, C, H, W): other images of the same kind, for methods that compare with them; left out, the
        images themselves. Options: seed, device, batch, maps, scores, profile, name, as in a study file.
        """
        self._source = given(model, data, reference)
        self.spec = StudySpec.from_python(
            models=[ModelSpec(name=c.name) for c in self._source.classifiers],
            data=data_spec(self._source, data),
            methods=methods,
            metrics=metrics,
            controls=controls,
            target=target.tolist() if isinstance(target, Tensor) else target,
            **options,
        )

    @classmethod
    def from_spec(
        cls,
        spec: StudySpec,
        *,
        allow_plugins: bool = False,
        tell: Callable[[str], None] | None = None,
        only_plan: bool = False,
    ) -> Study:
        """The study of a file: its models are loaded here, and trained first where it says so and they are not yet.

        tell        hears how a training goes, in lines
        only_plan   train nothing: `to_make` says what would be made, untrained networks stand in for it in the plan
        """
        maker = Maker(tell, may=not only_plan, root=spec.data.root)
        source = named(spec, maker, allow_plugins=allow_plugins)
        if maker.notes:  # an untrained network is right about few images, or none
            spec = spec.model_copy(update={"data": spec.data.model_copy(update={"keep": "all"})})
            source = named(spec, maker, allow_plugins=allow_plugins)
        study = cls._of(spec, source)
        study._maker = maker
        return study

    @property
    def to_make(self) -> tuple[str, ...]:
        """What is trained before the study can run; known of patches once it was planned."""
        return tuple(what + time for what, time in self._maker.notes.items()) if self._maker else ()

    @classmethod
    def _of(cls, spec: StudySpec, source: Source) -> Study:
        study = cls.__new__(cls)
        study.spec, study._source = spec, source
        return study

    def plan(self, folder: str | Path | None = None) -> Plan:
        """What the study will cost, or what is left of it in a run folder; nothing is run."""
        finished = _finished(folder)
        with one_thread() as cores, closing(self._subjects()) as subjects:
            return plan_of(
                (each, _missing(each, finished), workers_for(self.spec.compute.workers, each.device, cores))
                for _, each in subjects
            )

    def run(self, folder: str | Path, *, progress: Watcher | None = None) -> Result:
        """Run what is missing in this folder; what is there is kept. Interrupted, the same call continues."""
        with one_thread() as cores:
            planned = self._rehearsed(_finished(folder))
            with Store.create_or_open(folder) as store:
                place = Folder(store)
                place.begin(self.spec, [c.name for c in self._source.classifiers])
                with closing(self._subjects()) as subjects:
                    for index, each in subjects:
                        workers = workers_for(self.spec.compute.workers, each.device, cores)
                        self._run_one(place, index, each, workers, partial(Watch, progress, planned=planned[index]))
                place.end()
        return read_result(folder)

    def _rehearsed(self, finished: frozenset[Unit]) -> list[Account]:
        """What each model will be asked. What cannot work is refused here, before anything is made or evaluated."""
        with closing(self._subjects()) as subjects:
            return [rehearse(each, _missing(each, finished), brief=True).account for _, each in subjects]

    def _run_one(self, place: Folder, index: int, each: Subject, workers: int, watched: Callable[..., Watch]) -> None:
        missing = _missing(each, place.finished())
        place.describe(index, each)
        todo = [c for c in each.cases if missing[c.key]]
        if not todo:
            return
        workers = min(workers, len(todo))
        tally, ledger = Tally(workers), place.ledger(index)
        watch = watched(what=each.classifier.name, total=sum(map(len, missing.values())))

        def receive(worker: int, report: Report) -> None:
            place.keep(index, report.found)
            tally.note(worker, report)
            ledger.save(tally)
            watch.look(tally.done, tally.spent)

        try:
            Crew(each, missing, place.collector(index, todo), receive).run(todo, workers)
        finally:
            place.note_shrunk(tally.shrunk)

    def _subjects(self) -> Generator[tuple[int, Subject]]:
        """One after the other: a model is given back before the next is prepared; the last when this is closed."""
        refusals = []
        for index, classifier in enumerate(self._source.classifiers):
            data, reference = self._source.images_for(classifier), partial(self._source.reference_for, classifier)
            with subject(self.spec, classifier, data, reference) as each:
                refusals.append((classifier.name, each.refusals))
                yield index, each
        refuse_what_fits_no_model(refusals)

    def __repr__(self) -> str:
        spec = self.spec
        size = (
            f"{len(spec.methods)} methods, {len(spec.metrics)} metrics, {spec.data.images} images of {spec.data.name}"
        )
        return f"Study({', '.join(m.name for m in spec.models)}: {size})"


def _finished(folder: str | Path | None) -> frozenset[Unit]:
    """What an earlier run has left in this folder, if there was one."""
    if not folder or not Folder.exists(folder):
        return frozenset()
    with Store.read(folder) as store:
        return Folder(store).finished()


def _missing(each: Subject, finished: frozenset[Unit]) -> Missing:
    return {c.key: each.missing(c, finished) for c in each.cases}
