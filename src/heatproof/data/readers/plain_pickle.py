"""A pickle of plain values and byte arrays, read without giving it any power.

The CIFAR sets are published as pickles of NumPy arrays. The five names that such a file uses are answered with
stand-ins that can only hold bytes, and every other name is refused: nothing that the file says is ever called.
"""

from __future__ import annotations

import pickle  # only Unpickler, with every name it can look up replaced
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from heatproof.vocabulary.errors import problem

LIMIT = 2**28
"""Bytes of one file: the largest of CIFAR-100 has 155 million."""


class Held:
    """Stands in for an array until its bytes are known."""

    def __init__(self, *_: Any) -> None:
        self.array: NDArray[np.uint8] | None = None

    def __setstate__(self, state: Any) -> None:
        """(version, shape, type, column-major, bytes): only rows of bytes are taken."""
        _, shape, kind, fortran, content = state
        if not isinstance(kind, Kind) or kind.name not in ("u1", b"u1") or fortran:
            raise ValueError("an array of something other than bytes in rows")
        self.array = np.frombuffer(content, np.uint8).reshape(shape)


class Kind:
    """Stands in for a NumPy type; only its name counts."""

    def __init__(self, name: Any = None, *_: Any) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        """Byte order and the like mean nothing for bytes."""


def _encode(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes in old pickles."""
    if encoding != "latin1":
        raise ValueError(f"bytes in the encoding {encoding}")
    return text.encode("latin1")


_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): Held,
    ("numpy._core.multiarray", "_reconstruct"): Held,
    ("numpy", "ndarray"): Held,
    ("numpy", "dtype"): Kind,
    ("_codecs", "encode"): _encode,
}


class _Plain(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """The stand-in for a name."""
        found = _STAND_INS.get((module_name, global_name))
        if found is None:
            raise ValueError(f"it wants to call {module_name}.{global_name}")
        return found

    def persistent_load(self, pid: Any, /) -> NoReturn:
        """There are none."""
        raise ValueError("it refers to something outside")


def read_plain(path: Path) -> dict[str, Any]:
    """The dictionary in a file: texts of Python 2 are bytes, keys are text, arrays are (n, m) uint8."""
    try:
        if path.stat().st_size > LIMIT:
            raise ValueError(f"it is larger than {LIMIT:,} bytes")
        with path.open("rb") as file:
            content = _Plain(file, encoding="bytes").load()
    except MemoryError:
        raise
    except Exception as error:  # a torn or hostile pickle ends in any exception there is
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise problem("HP643", path=path, format="CIFAR pickle", reason=reason) from error
    if not isinstance(content, dict):
        raise problem("HP643", path=path, format="CIFAR pickle", reason="it holds no dictionary")
    return {
        key.decode("latin1") if isinstance(key, bytes) else str(key): v.array if isinstance(v, Held) else v
        for key, v in content.items()
    }
