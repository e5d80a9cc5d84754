"""The idx format of MNIST and Fashion-MNIST: a header of big-endian numbers, then bytes; plain or gzipped.

images  00 00 08 03, count, rows, columns, then count x rows x columns bytes
labels  00 00 08 01, count, then count bytes
"""

from __future__ import annotations

import gzip
import struct
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.data.table import Part, Pixels, Table, checked_labels
from heatproof.models.digits import CLASSES
from heatproof.vocabulary.errors import problem

CLOTHES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
NAMES = {"mnist": CLASSES, "fashion-mnist": CLOTHES}
LIMIT = 2**30
"""Bytes of one file: the largest of the two sets has 47 million."""

_PREFIXES = {"test": "t10k", "train": "train"}


def read_table(name: str, home: Path, split: str) -> Table | None:
    """The split of a folder, or None where its two files are not there."""
    prefix = _PREFIXES[split]
    images, labels = _find(home, f"{prefix}-images", 3), _find(home, f"{prefix}-labels", 1)
    if images is None or labels is None:
        return None
    shape = read_shape(images, 3)
    if shape[1:] != (28, 28):
        raise problem("HP643", path=images, format="28 x 28 idx", reason=f"its images are {shape[1]} x {shape[2]}")
    numbers = checked_labels(read_idx(labels, 1), 10, shape[0], labels)
    return Table((Part(numbers, partial(_pixels, images)),), NAMES[name])


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """All bytes of a file in the shape that its header says; a plain file is mapped and not read."""
    shape, start = read_shape(path, dimensions), 4 + 4 * dimensions
    size = int(np.prod(shape, dtype=np.int64))
    if path.suffix != ".gz":
        if (have := path.stat().st_size - start) != size:
            raise _damaged(path, f"{have} bytes after the header, wanted {size}")
        return np.memmap(path, np.uint8, "r", start, shape)
    try:
        with gzip.open(path) as file:
            content = file.read(start + size + 1)[start:]
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, str(error)) from error
    if len(content) != size:
        raise _damaged(path, f"{'more' if len(content) > size else 'fewer'} bytes after the header than {size}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def read_shape(path: Path, dimensions: int) -> tuple[int, ...]:
    """The header of a file with this many dimensions."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            head = file.read(4 + 4 * dimensions)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, str(error)) from error
    if head[:4] != bytes((0, 0, 8, dimensions)):
        raise _damaged(path, f"it begins with {head[:4].hex(' ')}, wanted 00 00 08 {dimensions:02x}")
    if len(head) != 4 + 4 * dimensions:
        raise _damaged(path, "it ends inside its header")
    shape: tuple[int, ...] = struct.unpack(f">{dimensions}I", head[4:])
    if not 0 < int(np.prod([float(n) for n in shape])) <= LIMIT:
        raise _damaged(path, f"its header announces {' x '.join(map(str, shape))} bytes")
    return shape


def _pixels(path: Path, places: NDArray[Any]) -> Pixels:
    """(k, 1, H, W)."""
    return np.asarray(read_idx(path, 3)[places])[:, None]


def _find(home: Path, stem: str, dimensions: int) -> Path | None:
    """The file under one of the names that are in use."""
    names = (f"{stem}{dot}idx{dimensions}-ubyte{gz}" for gz in ("", ".gz") for dot in "-.")
    return next((home / name for name in names if (home / name).is_file()), None)


def _damaged(path: Path, reason: str) -> Exception:
    return problem("HP643", path=path, format="idx", reason=reason)
