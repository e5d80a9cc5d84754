"""Images and maps as files: samples.h5 and attributions.h5 of attribench, and one .npz for both."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.data.hdf5 import hdf5
from heatproof.data.maps import IDS, TARGETS

Array = NDArray[Any]
MadeMap = Callable[[str], Iterable[Array]]
"""Method -> its maps (C, H, W), one for each image."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What was explained: images (N, C, H, W) float32, the class of each, and their names."""

    images: Array
    targets: tuple[int, ...]
    ids: tuple[str, ...] = ()


def write_samples(samples: Samples, path: Path) -> Path:
    """`samples` float32 and `labels` int64 as attribench reads them; `ids` beside them, which it leaves alone."""
    with hdf5().File(path, "w") as file:
        file.create_dataset("samples", data=np.asarray(samples.images, np.float32))
        file.create_dataset("labels", data=np.asarray(samples.targets, np.int64))
        if samples.ids:
            file.create_dataset(IDS, data=np.array([i.encode() for i in samples.ids]))
    return path


def read_samples(path: str | Path) -> Samples:
    """The images of a samples.h5, attribench's or ours."""
    with hdf5().File(path, "r") as file:
        ids = tuple(i.decode() for i in file[IDS][()]) if IDS in file else ()
        return Samples(file["samples"][()], tuple(int(t) for t in file["labels"][()]), ids)


def write_attributions(methods: Sequence[str], maps: MadeMap, shape: tuple[int, ...], path: Path) -> Path:
    """One data set (N, C, H, W) float32 for each method; NaN where an image has no map."""
    with hdf5().File(path, "w") as file:
        file.attrs["num_samples"] = shape[0]
        file.attrs["sample_shape"] = shape[1:]
        for method in methods:
            data = file.create_dataset(method, shape, np.float32)
            for i, phi in enumerate(maps(method)):
                data[i] = phi
    return path


def read_attributions(path: str | Path) -> dict[str, Array]:
    """Method -> maps (N, C, H, W)."""
    with hdf5().File(path, "r") as file:
        return {name: item[()] for name, item in file.items()}


def write_npz(arrays: Mapping[str, Array | Callable[[], Array]], path: Path) -> Path:
    """An .npz file, uncompressed, the same bytes for the same arrays; those that are made are held one at a time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for name, array in arrays.items():
            with file.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as stream:
                made = array() if callable(array) else array
                np.lib.format.write_array(stream, np.ascontiguousarray(made), allow_pickle=False)
    return path


def maps_npz(samples: Samples, methods: Sequence[str], maps: MadeMap, path: Path) -> Path:
    """`images`, `ids`, `targets`, and the maps of each method under its name."""

    def made(method: str) -> Callable[[], Array]:
        return lambda: np.stack(list(maps(method)))

    arrays: dict[str, Array | Callable[[], Array]] = {
        "images": samples.images,
        IDS: np.array(samples.ids),
        TARGETS: np.asarray(samples.targets, np.int64),
    }
    return write_npz(arrays | {method: made(method) for method in methods}, path)
