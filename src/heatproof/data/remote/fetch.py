"""`fetch`: all files of a known set in its folder; what is there and right is left alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from heatproof.data.homes import data_root
from heatproof.data.remote.download import Sums, Tell, checked, download
from heatproof.data.remote.lock import check_seen, read_lock, write_lock
from heatproof.data.remote.unpack import unpack
from heatproof.data.remote.web import Web
from heatproof.data.sets.catalogue import KNOWN
from heatproof.data.sets.known import KnownSet, Remote
from heatproof.vocabulary.errors import nearest, problem

LOCK = ".fetching"


@dataclass(frozen=True)
class File:
    """One file of a set."""

    file: str
    url: str
    size: int
    md5: str
    sha256: str
    pinned: bool
    """Whether its MD5 was known before; else it was recorded now, or compared with what was recorded."""
    new: bool
    """Whether it was downloaded by this call."""


@dataclass(frozen=True)
class Fetched:
    """A set that is there."""

    name: str
    folder: Path
    files: tuple[File, ...]


def fetch(
    name: str,
    root: str | os.PathLike[str] | None = None,
    *,
    web: Web | None = None,
    tell: Tell = lambda file, done, total: None,
) -> Fetched:
    """Download a known set into its folder below the root, or continue; archives are unpacked and removed."""
    known = _known(name)
    folder = data_root(root) / known.folders[0]
    with _alone(name, folder):
        files = tuple(_one(remote, folder, web or Web(), tell) for remote in known.remotes)
    return Fetched(name, folder, files)


@contextmanager
def _alone(name: str, folder: Path) -> Iterator[None]:
    """One process at a time; the kernel takes back the lock of one that ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise problem("HP663", name=name, folder=folder) from error
        except OSError:  # a file system without locks
            pass
        yield


def _known(name: str) -> KnownSet:
    known = KNOWN.get(name)
    if known is None:
        can = ", ".join(n for n, k in KNOWN.items() if not k.by_hand)
        raise problem("HP660", name=name, near=nearest(name, KNOWN), known=can)
    if known.by_hand:
        raise problem("HP661", name=name, why=known.by_hand, page=known.page)
    return known


def _one(remote: Remote, folder: Path, web: Web, tell: Tell) -> File:
    seen = read_lock(folder).get(remote.file, {})
    unpacked = seen.get("unpacked", [])
    if unpacked and all((folder / name).exists() for name in unpacked):
        return _file(remote, Sums(seen["size"], seen["md5"], seen["sha256"]), new=False)
    new = not (folder / remote.file).is_file()
    sums = download(remote, folder, web=web, tell=tell) if new else checked(folder / remote.file, remote)
    check_seen(folder, remote.file, sums)
    names = unpack(folder / remote.file, folder) if remote.unpack else ()
    found = _file(remote, sums, new=new)
    plain = {key: value for key, value in vars(found).items() if key not in ("file", "new")}
    write_lock(folder, {**read_lock(folder), remote.file: {**plain, **({"unpacked": list(names)} if names else {})}})
    if names:
        (folder / remote.file).unlink()
    return found


def _file(remote: Remote, sums: Sums, *, new: bool) -> File:
    return File(remote.file, remote.urls[0], sums.size, sums.md5, sums.sha256, bool(remote.md5), new)
