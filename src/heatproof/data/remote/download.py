"""A file of a data set: downloaded beside its place, continued after an interruption, checked, then put there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError

from heatproof.data.remote.web import Answer, Web, reason_of
from heatproof.data.sets.known import Remote
from heatproof.vocabulary.errors import HeatproofError, problem
from heatproof.vocabulary.files import write_whole

BLOCK = 2**20
LIMIT = 2**35
"""Bytes of one file: the largest known set has 1.5 thousand million."""
SPARE = 2**28
"""Bytes that stay free on the disk."""
NOTHING_LEFT = 416

Tell = Callable[[str, int, int | None], None]
"""(file, bytes so far, bytes in all where known)"""


@dataclass(frozen=True)
class Sums:
    """What a file is."""

    size: int
    md5: str
    sha256: str


def download(remote: Remote, folder: Path, *, web: Web, tell: Tell) -> Sums:
    """The file, whole and checked, in the folder; raises HP651, HP653, HP654 or HP655."""
    part = folder / f"{remote.file}.part"
    folder.mkdir(parents=True, exist_ok=True)
    _receive_from_any(remote, part, web, tell)
    sums = checked(part, remote)
    os.replace(part, folder / remote.file)
    _tag(part).unlink(missing_ok=True)
    return sums


def checked(path: Path, remote: Remote) -> Sums:
    """The sums of a file; one that is not what was wanted is removed."""
    sums = sums_of(path)
    if remote.size is not None and sums.size != remote.size:
        _forget(path)
        raise problem("HP653", file=remote.file, what="bytes", found=sums.size, wanted=remote.size)
    if remote.md5 and sums.md5 != remote.md5:
        _forget(path)
        raise problem("HP653", file=remote.file, what="the MD5", found=sums.md5, wanted=remote.md5)
    return sums


def sums_of(path: Path) -> Sums:
    """Size, MD5 and SHA-256 in one pass."""
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            md5.update(block)
            sha256.update(block)
            size += len(block)
    return Sums(size, md5.hexdigest(), sha256.hexdigest())


def _receive_from_any(remote: Remote, part: Path, web: Web, tell: Tell) -> None:
    """From the first address that answers."""
    last: Exception | None = None
    for url in remote.urls:
        try:
            _receive(remote, url, part, web, tell)
            return
        except HeatproofError:
            raise
        except (OSError, HTTPException) as error:
            if _of_the_disk(error):
                raise
            if isinstance(error, HTTPError):
                error.close()
            last = error
    assert last is not None, "a known file has an address"
    have = part.stat().st_size if part.exists() else 0
    kept = f"; {have:,} bytes are kept, the same command continues" if have else ""
    raise problem("HP651", file=remote.file, url=remote.urls[-1], reason=reason_of(last), kept=kept) from last


def _of_the_disk(error: Exception) -> bool:
    """Whether an error has nothing to do with the network: it names a file."""
    return isinstance(error, OSError) and not isinstance(error, HTTPError) and error.filename is not None


def _receive(remote: Remote, url: str, part: Path, web: Web, tell: Tell) -> None:
    """The rest of the file; what does not belong to what is there starts over."""
    tag = _tag(part).read_text("utf-8") if _tag(part).is_file() else ""
    # Without a tag, only a checksum can tell whether two halves belong together.
    have = part.stat().st_size if part.exists() and (tag or remote.md5) else 0
    try:
        with web.open(url, have, tag) as answer:
            _write(remote, answer, part, tell)
    except HTTPError as error:
        if error.code != NOTHING_LEFT or not have:
            raise
        error.close()
        if have == remote.size:
            return
        _forget(part)
        with web.open(url) as answer:
            _write(remote, answer, part, tell)


def _write(remote: Remote, answer: Answer, part: Path, tell: Tell) -> None:
    """Append to the part, or replace it where the server begins at the beginning."""
    _check_room(remote, answer, part)
    if not answer.start:
        _forget(part)
    if answer.tag:
        write_whole(_tag(part), answer.tag.encode())
    done = answer.start
    with part.open("r+b" if answer.start else "wb") as file:
        file.seek(done)
        while block := answer.body.read(BLOCK):
            done += len(block)
            if done > (answer.total or LIMIT):
                raise HTTPException(f"more bytes than the {answer.total or LIMIT:,} that were announced")
            _append(file, block, part)
            tell(remote.file, done, answer.total)
    if answer.total is not None and done < answer.total:
        raise HTTPException(f"the connection ended after {done:,} of {answer.total:,} bytes")


def _append(file: IO[bytes], block: bytes, part: Path) -> None:
    try:
        file.write(block)
    except OSError as error:
        error.filename = str(part)  # a write that fails names none
        raise


def _check_room(remote: Remote, answer: Answer, part: Path) -> None:
    """A file of another size than the known one, or one for which there is no room, is not begun."""
    total = answer.total
    if total is None:
        return
    if (remote.size is not None and total != remote.size) or total > LIMIT:
        raise problem("HP653", file=remote.file, what="bytes", found=total, wanted=remote.size or f"at most {LIMIT:,}")
    free = shutil.disk_usage(part.parent).free
    if total - answer.start + SPARE > free:
        raise problem("HP655", file=remote.file, size=f"{total - answer.start:,}", free=f"{free:,}", folder=part.parent)


def _tag(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)
