"""Finds the results of attribench in a file or folder, whatever its layout, and writes them as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from heatproof.interchange.export import whole_folder
from heatproof.interchange.layout import MetricResult
from heatproof.interchange.renaming import distinct
from heatproof.interchange.results import METADATA, read_metric_result
from heatproof.interchange.suite_file import ROOT, SuiteFile, is_suite_file, read_suite_file
from heatproof.interchange.tensors import write_npz
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.files import write_whole

COLUMNS = ("metric", "type", "mode", "better", "image", "method", "activation_fn", "masker", "perturbation_generator")
BESIDE = ("samples.h5", "attributions.h5")
"""Files of an experiment that hold no results."""


def read_results(path: str | Path) -> dict[str, MetricResult]:
    """Metric name -> result: of one result, of a folder of them (or one with `results`), or of a suite of 2021/22.

    Raises HP690.
    """
    place = Path(path)
    if place.is_dir() and not (place / METADATA).exists():
        found = {child.stem if child.is_file() else child.name: child for child in _results_in(place)}
        if not found:
            raise problem("HP690", path=path, reason="no file or folder in it is a metric result")
        return {name: read_metric_result(child) for name, child in sorted(found.items())}
    suite = _suite(place)
    return dict(suite.results) if suite else {place.stem: read_metric_result(place)}


def import_results(path: str | Path, out: str | Path) -> list[Path]:
    """Write results.csv, one line per value, and maps.npz where a suite holds maps, into a folder that is made."""
    suite = _suite(Path(path))
    results, out = suite.results if suite else read_results(path), Path(out)
    written = ["results.csv"]
    with whole_folder(out) as folder:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow((*COLUMNS, "point", "value"))
        for name, result in results.items():
            writer.writerows(_lines(name, result))
        write_whole(folder / written[0], text.getvalue().encode())
        if suite and suite.attributions:
            names = distinct(suite.attributions, ("images",))
            arrays: dict[str, Any] = dict(zip(names, suite.attributions.values(), strict=True))
            write_npz(({} if suite.images is None else {"images": suite.images}) | arrays, folder / "maps.npz")
            written.append("maps.npz")
    return [out / name for name in written]


def _lines(name: str, result: MetricResult) -> Iterator[tuple[Any, ...]]:
    better = {True: "higher", False: "lower", None: ""}[result.higher_is_better]
    for branch, leaf in result.leaves.items():
        named = dict(zip(result.levels, branch, strict=True))
        levels = [named.get(level, "") for level in COLUMNS[5:]]
        for i, values in enumerate(np.asarray(leaf).reshape(len(leaf), -1)):
            for k, value in enumerate(values):
                known = "" if np.isnan(value) else float(value)
                yield (name, result.type, result.mode, better, i, *levels, k, known)


def _results_in(folder: Path) -> Iterator[Path]:
    inside = folder / ROOT
    for child in sorted((inside if inside.is_dir() else folder).iterdir()):
        if (child / METADATA).exists() or (child.suffix in (".h5", ".hdf5") and child.name not in BESIDE):
            yield child


def _suite(path: Path) -> SuiteFile | None:
    """The file of a suite, or None where it is something else."""
    return read_suite_file(path) if path.is_file() and is_suite_file(path) else None
