"""The content of an archive, put where it belongs only when all of it is there.

An archive may hold folders and plain files with names below its own folder. Links, devices, absolute names, `..` and
names that two systems read differently are refused, and so is one that grows far more than pictures do.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from heatproof.vocabulary.errors import HeatproofError, problem

GROWTH = 20
"""An archive may hold this many times its own size ..."""
ALWAYS = 2**26
"""... and this much in any case."""
MEMBERS = 3_000_000
BLOCK = 2**20

_DEPTH = 32
_PREFIX = ".unpack-"
_TORN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
"""What the libraries raise for damaged, encrypted and unsupported archives; NotImplementedError is a RuntimeError."""


class Member(NamedTuple):
    """One file or folder of an archive."""

    name: str
    size: int
    kind: str
    """file, folder, or what it is instead."""
    open: object
    """How to open it: the entry of the library."""


def unpack(archive: Path, folder: Path) -> tuple[str, ...]:
    """Put the content into the folder and return its top names, sorted; raises HP656 or HP657 and leaves nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(f"{_PREFIX}*"):  # of a process that was killed
        shutil.rmtree(stale)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder) as beside:
        try:
            with _opened(archive) as (members, source):
                _all(archive, members, source, Path(beside))
        except HeatproofError:
            raise
        except _TORN as error:
            raise problem("HP657", archive=archive, reason=" ".join(str(error).split())[:160]) from error
        except OSError as error:
            if error.filename is not None:
                raise
            raise problem("HP657", archive=archive, reason=error) from error
        return _settled(Path(beside), folder)


def _settled(beside: Path, folder: Path) -> tuple[str, ...]:
    """Move the top entries to their place; older ones of the same name give way."""
    names = sorted(path.name for path in beside.iterdir())
    for name in names:
        place = folder / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        (beside / name).replace(place)
    return tuple(names)


def _all(archive: Path, members: Iterator[Member], source: object, into: Path) -> None:
    left = max(ALWAYS, GROWTH * archive.stat().st_size)
    for count, member in enumerate(members, 1):
        place = into / _safe(archive, member)
        left -= member.size
        if left < 0 or count > MEMBERS:
            raise problem("HP656", archive=archive, member=member.name[:80], reason="the content is far too large")
        if member.kind == "folder":
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        with _content(source, member) as found, place.open("xb") as file:
            _copy(found, file, member.size)


def _copy(found: IO[bytes], file: IO[bytes], size: int) -> None:
    """Exactly the announced bytes; both libraries give no more."""
    left = size
    while left and (block := found.read(min(BLOCK, left))):
        file.write(block)
        left -= len(block)
    if left:
        raise ValueError("a file is shorter than announced")


def _safe(archive: Path, member: Member) -> Path:
    """The name below a folder of ours."""
    parts = Path(member.name).parts
    why = ""
    if member.kind not in ("file", "folder"):
        why = f"it is {member.kind}"
    elif Path(member.name).is_absolute() or ".." in parts or "\\" in member.name or ":" in member.name:
        why = "it leads out of its folder"
    elif (not parts and member.kind == "file") or "\0" in member.name or len(parts) > _DEPTH:
        why = "it has no usable name"
    if why:
        raise problem("HP656", archive=archive, member=member.name[:80], reason=why)
    return Path(*parts)


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[Iterator[Member], object]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            yield (_of_zip(i) for i in zipped.infolist()), zipped
    else:
        with tarfile.open(archive, "r:*") as tarred:
            yield (_of_tar(i) for i in tarred), tarred
            _to_the_end(tarred)


def _to_the_end(tarred: tarfile.TarFile) -> None:
    """A compressed stream is checked at its very end, behind the last file."""
    left = ALWAYS
    while tarred.fileobj and (block := tarred.fileobj.read(BLOCK)):
        left -= len(block)
        if left < 0:
            raise ValueError("it goes on behind its end")


def _content(source: object, member: Member) -> IO[bytes]:
    if isinstance(source, zipfile.ZipFile):
        assert isinstance(member.open, zipfile.ZipInfo)
        return source.open(member.open)
    assert isinstance(source, tarfile.TarFile)
    assert isinstance(member.open, tarfile.TarInfo)
    found = source.extractfile(member.open)
    assert found is not None, "a plain file has content"
    return found


def _of_zip(info: zipfile.ZipInfo) -> Member:
    mode = info.external_attr >> 16
    odd = stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)
    kind = "a link or a device" if odd else "folder" if info.is_dir() else "file"
    return Member(info.filename, info.file_size, kind, info)


def _of_tar(info: tarfile.TarInfo) -> Member:
    plain = info.isreg() and not info.issparse()
    kind = "folder" if info.isdir() else "file" if plain else "a link or a device"
    return Member(info.name, info.size, kind, info)
