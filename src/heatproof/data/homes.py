"""Where the files of a known data set may lie: below a root folder, or inside an installed package."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from heatproof.data.sets.known import KnownSet
from heatproof.models.package import package_folder

VARIABLE = "HEATPROOF_DATA"


def data_root(root: str | os.PathLike[str] | None = None) -> Path:
    """The given root, or $HEATPROOF_DATA, or ~/.cache/heatproof/data."""
    if root is not None:
        return Path(root).expanduser()
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else Path.home() / ".cache" / "heatproof" / "data"


def homes(known: KnownSet, root: str | os.PathLike[str] | None) -> Iterator[tuple[Path, str]]:
    """Folders that are there and may hold the set, the best first, each with how to call it.

    A root that was given may be the folder of the set itself, and then no package is looked into. The root that all
    sets share is not searched for idx files that lie about in it: MNIST and Fashion-MNIST use the same names.
    """
    base = data_root(root)
    below = [base / name for name in known.folders if name]
    if root is not None or "" in known.folders:
        below.append(base)
    yield from ((folder, str(folder)) for folder in below if folder.is_dir())
    if root is None and known.package and (inside := package_folder(known.package.module)):
        folder = inside / known.package.folder
        if folder.is_dir():
            yield folder, f"the package {known.package.name} ({known.package.what})"
