"""The maps that are there at one moment, readable without the database: also in a copy of the writing process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heatproof.store import parts
from heatproof.store.faults import storage_errors

Entry = tuple[str | None, str | None]
"""The checksum of a map, or the reason why there is none."""


@dataclass
class KeptMaps:
    """(image, method) -> what the store knows of the map."""

    folder: Path
    entries: Mapping[tuple[str, str], Entry]
    damaged: list[tuple[str, str]] = field(default_factory=list)
    """Those that were looked for and are not what was stored."""

    def find(self, image: str, method: str) -> NDArray[np.float32] | str | None:
        """The map (C, H, W), the reason why there is none, or None where nothing is known or the file is damaged."""
        checksum, reason = self.entries.get((image, method), (None, None))
        if checksum is None:
            return reason
        part = stored_part(self.folder, image, method, checksum)
        if part is None:
            self.damaged.append((image, method))
            return None
        return part.map


def stored_part(folder: Path, image: str, method: str, checksum: str) -> parts.Part | None:
    """The map of this unit in a run folder, and its notes; None if the file is missing or not what was stored."""
    file = folder / parts.part_path(image, method)
    with storage_errors(file):
        return parts.read_part(file, checksum)
