"""Where something stands in a study: file, line and column, or an option of the command line; and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]
"""The way to a value: ("methods", 2, "smoothgrad", "sigma")."""

BEFORE, WIDTH = 60, 100
"""Of a long line, at most WIDTH characters are shown, BEFORE of them ahead of the caret."""


@dataclass(frozen=True)
class Place:
    """`study.yaml:5:5` with the line it points into; without a line it is just its source (`--set seed=1`)."""

    source: str
    line: int = 0
    """Counted from 1; 0 where there are no lines."""
    column: int = 0
    length: int = 1
    """Characters that the carets underline."""
    text: str = ""
    """The whole line."""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source

    @property
    def excerpt(self) -> str:
        """The line and a caret under what is meant, or nothing."""
        if not self.line:
            return ""
        start = max(0, self.column - 1 - BEFORE)
        shown = "".join(c if c.isprintable() else "\ufffd" for c in self.text[start : start + WIDTH])
        ahead = self.column - 1 - start
        carets = "^" * max(1, min(self.length, len(shown) - ahead))
        number = str(self.line)
        return f"  {number} | {shown}\n  {' ' * len(number)} | {' ' * ahead}{carets}"


def in_words(path: Path) -> str:
    """`methods[2].smoothgrad.sigma`: the place of a value that was given in Python."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def brief(value: object) -> str:
    """A value as the file would write it, not too long for a line."""
    text = "nothing" if value is None else repr(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
