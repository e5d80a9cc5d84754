"""Which folders may hold a run."""

from __future__ import annotations

from pathlib import Path

from heatproof.store.database import FILE
from heatproof.vocabulary.errors import problem

_BEFORE_FIRST_ROW = {"lock", f"{FILE}-journal"}
"""What a writer killed at its very start can leave."""


def claim(folder: Path) -> None:
    """Make the folder if it is missing; raise if it is something else than a run folder."""
    for path in (folder, *folder.parents):
        if path.exists() and not path.is_dir():
            raise problem("HP310", folder=folder, file=path)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / FILE).exists():
        foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in _BEFORE_FIRST_ROW)
        if foreign:
            raise problem("HP311", folder=folder, entry=foreign[0])
