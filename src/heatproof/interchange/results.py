"""Reads and writes one metric result of attribench: an HDF5 file, or a folder of CSV files with a metadata.yaml."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from heatproof.data.hdf5 import hdf5
from heatproof.interchange.layout import Array, Branch, MetricResult
from heatproof.spec.writing import yaml_text
from heatproof.spec.yaml import read_yaml
from heatproof.vocabulary.errors import HeatproofError, problem
from heatproof.vocabulary.files import write_whole

METADATA = "metadata.yaml"


def read_metric_result(path: str | Path) -> MetricResult:
    """The result in this .h5 file or folder, whatever the order of its levels; raises HP690."""
    place = Path(path)
    try:
        return _from_folder(place) if place.is_dir() else _from_file(place)
    except HeatproofError as error:
        if error.code != "HP690" or str(path) in error.text:
            raise
        raise problem("HP690", path=path, reason=error.text.partition(": ")[2]) from error
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else f"{error}"
        raise problem("HP690", path=path, reason=" ".join(str(reason).split())[:200]) from error


def write_hdf5(result: MetricResult, path: Path) -> Path:
    """Levels in alphabetical order, their names as attributes, float64 leaves: as attribench reads it."""
    memory, ordered = io.BytesIO(), result.alphabetical()
    with hdf5().File(memory, "w") as root:
        root.attrs["type"] = ordered.type
        if ordered.mode:
            root.attrs["mode"] = ordered.mode
        _fill(root, ordered, ())
    return write_whole(path, memory.getvalue())


def write_csv(result: MetricResult, folder: Path) -> Path:
    """One file of numbers for each leaf, in folders named by levels, and what they mean in metadata.yaml."""
    ordered = result.alphabetical()
    for leaf, values in sorted(ordered.leaves.items()):
        text = io.BytesIO()
        np.savetxt(text, values)
        write_whole(folder.joinpath(*leaf[:-1]) / f"{leaf[-1]}.csv", text.getvalue())
    said: dict[str, Any] = {
        "level_names": list(ordered.levels),
        "levels": {name: list(values) for name, values in ordered.levels.items()},
        **({"mode": ordered.mode} if ordered.mode else {}),
        "shape": list(ordered.shape),
        "type": ordered.type,
    }
    return write_whole(folder / METADATA, yaml_text(said).encode()).parent


def _fill(group: Any, result: MetricResult, path: Branch) -> None:
    """Groups below this one, down to the leaves."""
    if len(path) == len(result.levels):
        return
    name = tuple(result.levels)[len(path)]
    group.attrs["level_name"] = name
    for value in sorted(result.levels[name]):
        below = (*path, value)
        if len(below) == len(result.levels):
            group.create_dataset(value, data=np.asarray(result.leaves[below], dtype=np.float64))
        else:
            _fill(group.create_group(value), result, below)


def _from_file(path: Path) -> MetricResult:
    with hdf5().File(path, "r") as root:
        if "type" not in root.attrs:
            raise ValueError("its root has no attribute type")
        return from_group(root)


def from_group(root: Any) -> MetricResult:
    """The result below this group of an HDF5 file; each group says which level it divides."""
    leaves: dict[Branch, Array] = {}
    levels: dict[str, dict[str, None]] = {}
    for path, names, values in _walked(root, (), ()):
        leaves[path] = values
        for name, value in zip(names, path, strict=True):
            levels.setdefault(name, {})[value] = None
    if not leaves:
        raise ValueError("there are no values in it")
    others = {k: _text(v) for k, v in root.attrs.items() if k not in ("type", "mode", "level_name")}
    mode = _text(root.attrs.get("mode", ""))
    return MetricResult(
        _text(root.attrs["type"]), {n: tuple(v) for n, v in levels.items()}, leaves, mode, attributes=others
    )


def _walked(group: Any, path: Branch, names: Branch) -> Iterator[tuple[Branch, Branch, Array]]:
    """Each leaf with its branch and the levels on the way to it."""
    name = _text(group.attrs["level_name"])
    for value, item in group.items():
        if hasattr(item, "items"):
            yield from _walked(item, (*path, value), (*names, name))
        else:
            yield (*path, value), (*names, name), np.asarray(item[()], dtype=np.float64)


def _from_folder(folder: Path) -> MetricResult:
    file = folder / METADATA
    said = read_yaml(file.read_bytes(), str(file)).data
    kind, shape = str(said["type"]), tuple(int(n) for n in said["shape"])
    levels = {str(name): tuple(map(_plain, said["levels"][name])) for name in said["level_names"]}
    leaves = {path: _leaf(folder, path, shape) for path in product(*levels.values())}
    known = {"type", "mode", "shape", "levels", "level_names"}
    others = {k: v for k, v in said.items() if k not in known}
    return MetricResult(kind, levels, leaves, str(said.get("mode", "")), attributes=others)


def _leaf(folder: Path, path: Branch, shape: tuple[int, ...]) -> Array:
    file = folder.joinpath(*path[:-1]) / f"{path[-1]}.csv"
    return np.loadtxt(file, dtype=np.float64, ndmin=1).reshape(shape)


def _plain(value: Any) -> str:
    """A name of a folder or file, and nothing that leads out of it."""
    text = str(value)
    if not text or text in (".", "..") or set(text) & set("/\\\0"):
        raise ValueError(f"{text!r} is no name of a level's value")
    return text


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value.item() if hasattr(value, "item") else value
