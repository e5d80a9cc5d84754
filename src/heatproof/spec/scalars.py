"""Plain words of YAML 1.2 (core schema): `1e-3` is a number, `no` is a word, `010` is ten."""

from __future__ import annotations

import re

Scalar = str | int | float | bool | None

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
_WHOLE = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NOT_A_NUMBER = {".nan", ".NaN", ".NAN"}
_DIGITS = 400
"""Longer whole numbers than any float: read as infinite, which every setting refuses."""


def scalar(word: str) -> Scalar:
    """What an unquoted word means."""
    if word in _NULL:
        return None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    if len(word) <= _DIGITS and (whole := _whole(word)) is not None:
        return whole
    if _NUMBER.fullmatch(word):
        return float(word)
    if _INFINITE.fullmatch(word):
        return float(word.replace(".", ""))
    return float("nan") if word in _NOT_A_NUMBER else word


def _whole(word: str) -> int | None:
    if _WHOLE.fullmatch(word):
        return int(word)
    if _OCTAL.fullmatch(word) or _HEXADECIMAL.fullmatch(word):
        return int(word, 0)
    return None
