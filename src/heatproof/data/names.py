"""Names for people: any file name, also a hostile one, as unique printable text."""

from __future__ import annotations

import re


def printable(name: str) -> str:
    """The name with all that a terminal, a database or an eye cannot take (control, direction, no Unicode) escaped.

    Two names stay two, because the backslash itself is doubled. Bytes that were not UTF-8 appear as \\xNN.
    """
    return "".join(_shown(c) for c in name)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key under which 'img2' comes before 'img10'."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts)


def _shown(c: str) -> str:
    """One character, or its escape."""
    if c == "\\":
        return "\\\\"
    if 0xDC80 <= ord(c) <= 0xDCFF:
        return f"\\x{ord(c) - 0xDC00:02x}"
    return c if c.isprintable() else c.encode("unicode_escape").decode("ascii")
