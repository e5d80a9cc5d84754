"""Maps made elsewhere, read from .npz, .npy, .safetensors and .h5 files."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import Tensor

from heatproof.data.hdf5 import hdf5
from heatproof.vocabulary.errors import HeatproofError, nearest, problem
from heatproof.vocabulary.given import Given

IDS, TARGETS = "ids", "targets"
BESIDE = frozenset({IDS, TARGETS, "images", "samples", "labels"})
"""Names of arrays that are no maps."""


@dataclass(frozen=True)
class Arrays:
    """What a file holds, by name; an array is read when it is asked for."""

    names: tuple[str, ...]
    read: Callable[[str], NDArray[Any]]


def read_maps(path: str | Path, key: str | None = None, *, sha256: str | None = None) -> tuple[Given, str]:
    """The maps under this name, and the sha256 of the file.

    `ids` and `targets` beside the maps say which image and which class each belongs to. Raises HP680, HP681, HP682,
    HP685 or HP686.
    """
    file = Path(path).expanduser()
    try:
        found = _checksum(file)
        if sha256 is not None and sha256.lower() != found:
            raise problem("HP682", path=path, found=found[:12], wanted=sha256[:12])
        return _opened(file, path, key), found
    except HeatproofError:
        raise
    except Exception as error:  # each format has its own exceptions for a file that is none of its kind
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise problem("HP680", path=path, reason=" ".join(str(reason).split())[:200]) from error


def as_maps(values: object, name: str) -> Tensor:
    """Numbers of any kind as float32; raises HP685."""
    try:
        array = values.detach().cpu() if isinstance(values, Tensor) else torch.from_numpy(np.ascontiguousarray(values))
    except (TypeError, ValueError) as error:
        raise problem("HP685", name=name, got=f"a {type(values).__name__}") from error
    if array.is_complex() or array.dtype == torch.bool:
        raise problem("HP685", name=name, got=str(array.dtype).removeprefix("torch."))
    return array.float().contiguous()


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _opened(file: Path, path: str | Path, key: str | None) -> Given:
    if file.suffix.lower() not in KINDS:
        raise problem("HP680", path=path, reason=f"wanted one of {', '.join(KINDS)}")
    with KINDS[file.suffix.lower()](file) as arrays:
        return _given(arrays, path, key)


def _given(arrays: Arrays, path: str | Path, key: str | None) -> Given:
    known = [name for name in arrays.names if name not in BESIDE]
    if key is None and len(known) == 1:
        key = known[0]
    if key is None or key not in arrays.names:
        near = nearest(key, known) if key else ""
        raise problem("HP681", path=path, key=key or "maps", near=near, known=", ".join(known[:20]) or "none")
    name = f"{path}, {key}"
    beside = {part: arrays.read(part) for part in (IDS, TARGETS) if part in arrays.names}
    return Given(as_maps(arrays.read(key), name), name, _ids(beside), _targets(beside, name))


def _ids(beside: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    return tuple(i.decode() if isinstance(i, bytes) else str(i) for i in beside.get(IDS, np.array([])).tolist())


def _targets(beside: Mapping[str, NDArray[Any]], name: str) -> tuple[int, ...]:
    targets = beside.get(TARGETS)
    if targets is None:
        return ()
    if targets.ndim != 1 or targets.dtype.kind not in "iu":
        raise problem("HP686", name=name, part=TARGETS, reason="wanted whole numbers, one per map")
    return tuple(int(t) for t in targets)


@contextmanager
def _npz(file: Path) -> Iterator[Arrays]:
    """Arrays of a .npz file; nothing is unpickled."""
    if not zipfile.is_zipfile(file):
        raise ValueError("it is no .npz file")
    with np.load(file, allow_pickle=False) as held:
        yield Arrays(tuple(held.files), held.__getitem__)


@contextmanager
def _npy(file: Path) -> Iterator[Arrays]:
    """The one array of a .npy file, which has no name there: `maps`."""
    array = np.load(file, allow_pickle=False)
    yield Arrays(("maps",), lambda name: array)


@contextmanager
def _safetensors(file: Path) -> Iterator[Arrays]:
    """Arrays of a .safetensors file; numpy has no bfloat16."""
    with safe_open(file, "pt") as held:
        yield Arrays(tuple(held.keys()), lambda name: _numbers(held.get_tensor(name)))


def _numbers(tensor: Tensor) -> NDArray[Any]:
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


@contextmanager
def _hdf5(file: Path) -> Iterator[Arrays]:
    """Arrays of an HDF5 file, by their path in it."""
    h5py = hdf5()
    names: list[str] = []
    with h5py.File(file, "r") as held:
        held.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        yield Arrays(tuple(names), lambda name: np.asarray(held[name][()]))


KINDS: dict[str, Callable[[Path], AbstractContextManager[Arrays]]] = {
    ".npz": _npz,
    ".npy": _npy,
    ".safetensors": _safetensors,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
}
