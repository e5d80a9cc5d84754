"""Files inside installed packages, found without importing the package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from heatproof.vocabulary.errors import problem


def package_folder(package: str) -> Path | None:
    """Where a package is installed, or None."""
    spec = find_spec(package)
    folders = list((spec and spec.submodule_search_locations) or ())
    return Path(folders[0]) if folders else None


def package_file(package: str, inside: str, *, extra: str) -> Path:
    """The path of a file in an installed package; says which extra brings it where it is missing."""
    folder = package_folder(package)
    if folder is None or not (folder / inside).is_file():
        raise problem("HP902", package=package, extra=extra)
    return folder / inside
