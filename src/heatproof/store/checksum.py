"""SHA-256 of rows and files."""

from __future__ import annotations

import hashlib
from typing import Any

Fields = tuple[Any, ...]
"""The values of one row: strings, floats, integers, bytes or None."""


def row_checksum(kind: str, fields: Fields) -> bytes:
    """The checksum of one row: equal exactly if the kind of row and all values are equal, bit by bit."""
    # ascii() writes floats with all their bits and every string in one way only, in any version of Unicode.
    return hashlib.sha256(ascii((kind, *fields)).encode("ascii")).digest()


def file_checksum(content: bytes) -> str:
    """The checksum of a file, as the tool sha256sum prints it."""
    return hashlib.sha256(content).hexdigest()
