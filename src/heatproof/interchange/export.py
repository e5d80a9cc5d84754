"""Writes what is in a run folder as files of another kind: all of them, or none."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import heatproof
from heatproof.data.hdf5 import hdf5
from heatproof.interchange import tables
from heatproof.interchange.from_run import maps_of, method_names, results_of, samples_of
from heatproof.interchange.renaming import distinct
from heatproof.interchange.results import write_csv, write_hdf5
from heatproof.interchange.tensors import MadeMap, Samples, maps_npz, write_attributions, write_samples
from heatproof.study.results import read_result
from heatproof.study.view import ModelView, RunView
from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.files import write_whole

INDEX = "export.json"


@dataclass
class Exported:
    """What was written, and what was not."""

    folder: Path
    files: list[str] = field(default_factory=list)
    """Relative to the folder."""
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    index: dict[str, Any] = field(default_factory=dict)

    def add(self, path: Path, root: Path, **about: Any) -> None:
        """A file or a folder of files."""
        name = path.relative_to(root).as_posix()
        self.files.append(name)
        self.index[name] = about


def export(run: str | Path, out: str | Path, to: str, *, models: Sequence[str] = ()) -> Exported:
    """Write a run, finished or not, into the folder `out`, which is made and must not hold anything yet.

    attribench-hdf5: samples.h5, attributions.h5, results/METRIC.h5; attribench-csv: results/METRIC/; npz: maps.npz;
    csv and parquet: scores and curves. Several models get a folder each. `export.json` says what stands where.
    """
    if to not in WRITERS:
        raise problem("HP698", to=to, near=nearest(to, WRITERS), known=", ".join(WRITERS))
    view, out = read_result(run).view, Path(out)
    chosen = _chosen(view, models)
    if to.startswith("attribench-hdf5"):
        hdf5()  # its absence is said before the folder is made
    done = Exported(out)
    with whole_folder(out) as folder:
        folders = distinct(m.name for m in chosen)
        for model, name in zip(chosen, folders, strict=True):
            place = folder / name if len(chosen) > 1 else folder
            place.mkdir(exist_ok=True)
            WRITERS[to](model, place, folder, done)
        said: dict[str, Any] = {
            "heatproof": heatproof.__version__,
            "format": to,
            "title": view.title,
            "digest": view.digest,
        }
        said |= {"models": dict(zip((m.name for m in chosen), folders, strict=True)), "files": done.index}
        said |= {"left out": done.left_out, "notes": done.notes}
        write_whole(folder / INDEX, json.dumps(said, indent=1, sort_keys=True, default=str).encode())
    return done


def _chosen(view: RunView, models: Sequence[str]) -> list[ModelView]:
    known = {m.name: m for m in view.models}
    if not known:
        raise problem("HP696", run=view.folder)
    for name in models:
        if name not in known:
            raise problem("HP694", model=name, near=nearest(name, known), known=", ".join(known))
    return [m for name, m in known.items() if not models or name in models]


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A folder beside the wanted one, which takes its place at the end; raises HP695 where there is something."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise problem("HP695", path=out)
    beside = out.absolute().with_name(f".{out.absolute().name}.{os.getpid()}")
    beside.mkdir(parents=True)
    try:
        yield beside
        beside.replace(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _attribench(model: ModelView, place: Path, root: Path, done: Exported, *, as_csv: bool) -> None:
    found = results_of(model)
    for placed in found.placed:
        stem = place / "results" / placed.name
        path = (
            write_csv(placed.result, stem) if as_csv else write_hdf5(placed.result, stem.with_name(f"{stem.name}.h5"))
        )
        metrics = {m.label: {m.name: dict(m.settings)} for m in placed.metrics}
        done.add(path, root, type=placed.result.type, mode=placed.result.mode, metrics=metrics)
    done.left_out += found.left_out
    done.notes += found.notes


def _attribench_hdf5(model: ModelView, place: Path, root: Path, done: Exported) -> None:
    samples, names, made = _held(model)
    about = {"values": "pixels as the study has them, not normalised", "labels": "the class that is explained"}
    done.add(write_samples(samples, place / "samples.h5"), root, **about)
    path = write_attributions(names, made, samples.images.shape, place / "attributions.h5")
    done.add(path, root, methods=_said(model, names))
    _attribench(model, place, root, done, as_csv=False)


def _npz(model: ModelView, place: Path, root: Path, done: Exported) -> None:
    samples, names, made = _held(model)
    done.add(maps_npz(samples, names, made, place / "maps.npz"), root, methods=_said(model, names))


def _tables(model: ModelView, place: Path, root: Path, done: Exported, *, suffix: str) -> None:
    write: Callable[..., Path] = tables.write_table if suffix == "csv" else tables.write_parquet
    done.add(write(tables.SCORES, tables.score_lines(model), place / f"scores.{suffix}"), root)
    done.add(write(tables.CURVES, tables.curve_lines(model), place / f"curves.{suffix}"), root)


def _held(model: ModelView) -> tuple[Samples, list[str], MadeMap]:
    """Images, names of methods, and how their maps are read."""
    samples, keys = samples_of(model), method_names(model)
    shape = samples.images.shape[1:]
    return samples, list(keys), lambda name: maps_of(model, keys[name], shape)


def _said(model: ModelView, names: Sequence[str]) -> dict[str, Any]:
    return {n: {m.name: dict(m.settings)} for n, m in zip(names, model.methods, strict=True)}


WRITERS: dict[str, Callable[[ModelView, Path, Path, Exported], None]] = {
    "attribench-hdf5": _attribench_hdf5,
    "attribench-csv": partial(_attribench, as_csv=True),
    "npz": _npz,
    "csv": partial(_tables, suffix="csv"),
    "parquet": partial(_tables, suffix="parquet"),
}
