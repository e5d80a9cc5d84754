"""Text that comes from outside, made safe for a terminal."""

from __future__ import annotations


def visible(text: str, keep: str = "") -> str:
    """The text with everything that could steer a terminal written out: ESC becomes \\x1b."""
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text)
