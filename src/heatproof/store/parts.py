"""Part files: one map each, named by its unit, written so that a file under its final name is always whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from heatproof.store.checksum import file_checksum, row_checksum

FOLDER = "maps"
_UNFINISHED = ".tmp"
_NOTES = "notes"
WAITING = 16
"""Files whose way to the disk is waited for at the same time."""


def part_path(image: str, method: str) -> Path:
    """Where the map of this unit lies, relative to the run folder."""
    name = row_checksum("part", (image, method)).hex()[:32]
    return Path(FOLDER, name[:2], f"{name}.safetensors")


def encode(array: NDArray[np.float32], notes: Mapping[str, float] | None = None) -> bytes:
    """The bytes of a part file: the same on every machine for the same array and notes."""
    # All notes are one entry: safetensors writes several in no fixed order.
    about = {_NOTES: json.dumps(dict(notes), sort_keys=True)} if notes else None
    return safetensors.numpy.save({"map": np.ascontiguousarray(array)}, about)


def write_parts(folder: Path, parts: Mapping[Path, bytes]) -> None:
    """Write all parts or none, durably: content first, names last."""
    unfinished = {folder / path: _beside(folder / path) for path in parts}
    try:
        _make_folders(folder, {path.parent for path in unfinished})
        # All are written before the first is synced: one commit of the file system's journal then serves many files.
        for final, content in zip(unfinished, parts.values(), strict=True):
            _write(unfinished[final], content)
        _sync_all(unfinished.values())
        for final, path in unfinished.items():
            os.replace(path, final)
        _sync_all({path.parent for path in unfinished})
    except BaseException:
        for path in unfinished.values():
            path.unlink(missing_ok=True)
        raise


class Part(NamedTuple):
    """What a part file holds."""

    map: NDArray[np.float32]
    notes: dict[str, float]


def read_part(path: Path, checksum: str) -> Part | None:
    """The map in this file and its notes; None if the file is missing or its bytes are not what was stored."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if file_checksum(content) != checksum:
        return None
    return Part(safetensors.numpy.load(content)["map"], _notes(content))


def remove_unfinished(folder: Path) -> int:
    """Remove what a killed writer left half written; how many files that were."""
    leftovers = list((folder / FOLDER).glob(f"*/*{_UNFINISHED}"))
    for path in leftovers:
        path.unlink()
    return len(leftovers)


def sync(path: Path) -> None:
    """Wait until a file's content or a folder's names are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _notes(content: bytes) -> dict[str, float]:
    """The notes in the header: a length of 8 bytes, then JSON."""
    length = int.from_bytes(content[:8], "little")
    about = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    notes: dict[str, float] = json.loads(about.get(_NOTES, "{}"))
    return notes


def _sync_all(paths: Iterable[Path]) -> None:
    """Wait for all of them at once: one after the other, a disk takes some milliseconds for each."""
    with ThreadPoolExecutor(WAITING) as pool:
        for done in [pool.submit(sync, path) for path in paths]:
            done.result()


def _beside(final: Path) -> Path:
    return final.with_name(final.name + _UNFINISHED)


def _make_folders(folder: Path, parents: set[Path]) -> None:
    missing = [parent for parent in parents if not parent.is_dir()]
    for parent in missing:
        parent.mkdir(exist_ok=True)
    if missing:
        sync(folder / FOLDER)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)
