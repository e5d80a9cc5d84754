"""SVHN in MATLAB's format: `X` (32, 32, 3, n) uint8 and `y` (n, 1), in which 10 is the digit 0."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.data.table import Part, Pixels, Table, checked_labels
from heatproof.models.digits import CLASSES
from heatproof.vocabulary.errors import problem

LIMIT = 600_000
"""Images of one file: the `extra` file has 531,131."""


def read_table(name: str, home: Path, split: str) -> Table | None:
    """The split of a folder, or None where its file is not there."""
    path = home / f"{split}_32x32.mat"
    if not path.is_file():
        return None
    count = _count(path)
    labels = _variable(path, "y").reshape(-1)
    if len(labels) and not (labels.min() >= 1 and labels.max() <= 10):
        bad = int(np.nonzero((labels < 1) | (labels > 10))[0][0])
        raise problem("HP645", place=str(path), label=labels[bad], image=bad, last="10, counted from 1")
    return Table((Part(checked_labels(labels % 10, 10, count, path), partial(_pixels, path)),), CLASSES)


def _count(path: Path) -> int:
    """How many images there are, by the headers of the variables."""
    from scipy.io import whosmat

    try:
        shapes = {name: (shape, kind) for name, shape, kind in whosmat(str(path), appendmat=False)}
    except Exception as error:  # scipy has many ways to say that a file is torn
        raise _damaged(path, error) from error
    shape, kind = shapes.get("X", ((), "missing"))
    if len(shape) != 4 or shape[:3] != (32, 32, 3) or kind != "uint8" or shape[3] > LIMIT or "y" not in shapes:
        raise _damaged(path, f"wanted X (32, 32, 3, n) uint8 and y, found {sorted(shapes)} with X {shape} {kind}")
    return int(shape[3])


def _variable(path: Path, name: str) -> NDArray[Any]:
    from scipy.io import loadmat

    try:
        return np.asarray(loadmat(str(path), appendmat=False, variable_names=[name])[name])
    except MemoryError:
        raise
    except Exception as error:  # scipy has many ways to say that a file is torn
        raise _damaged(path, error) from error


def _pixels(path: Path, places: NDArray[Any]) -> Pixels:
    """(k, 3, 32, 32)."""
    return np.asarray(_variable(path, "X")[:, :, :, places]).transpose(3, 2, 0, 1)


def _damaged(path: Path, reason: object) -> Exception:
    text = " ".join(str(reason).split())[:160]
    return problem("HP643", path=path, format="SVHN .mat", reason=text)
