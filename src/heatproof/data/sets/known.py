"""Data sets that are known by name: what they are, where they come from, where they may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

VALIDATION = "val"
"""What some sets call the split that models are evaluated on; `test` means it too."""


class Remote(NamedTuple):
    """One file that can be downloaded."""

    file: str
    urls: tuple[str, ...]
    """The same file in several places, the first tried first."""
    md5: str = ""
    """As its authors or several independent users publish it; empty where nobody does."""
    size: int | None = None
    unpack: bool = False
    """An archive, whose content is what is wanted."""


class Package(NamedTuple):
    """An installable package whose files hold the data; it is never imported."""

    name: str
    """As the index knows it."""
    module: str
    folder: str
    what: str
    splits: tuple[str, ...] = ("test", "train")


@dataclass(frozen=True)
class KnownSet:
    """A data set as its authors published it."""

    name: str
    title: str
    splits: Mapping[str, int]
    """Images in each split; 0 where nobody counted."""
    classes: int
    licence: str
    page: str
    folders: tuple[str, ...]
    """Where it may lie below the root: our own layout first, then layouts that other programs leave."""
    shape: tuple[int, int, int] | None = None
    """(C, H, W); None for photographs, which are cut to the model's input."""
    remotes: tuple[Remote, ...] = ()
    package: Package | None = None
    by_hand: str = ""
    """Why there is no download, where there is none."""

    def split(self, wanted: str) -> str | None:
        """The set's own word for a split: `test` is the validation split where no labels of a test split exist."""
        if wanted in self.splits:
            return wanted
        return VALIDATION if wanted == "test" and VALIDATION in self.splits else None
