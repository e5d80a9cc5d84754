"""Strict YAML: what could be read in two ways is refused, and every key and value knows where it stands."""

from __future__ import annotations

import re
from typing import Any

import yaml

from heatproof.spec.compose import Composer, Locate
from heatproof.spec.node import Node
from heatproof.spec.places import Place
from heatproof.vocabulary.errors import Problems, problem

MAX_BYTES = 1_000_000
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONTROL = re.compile("[^\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_yaml(raw: bytes, source: str) -> Node:
    """The mapping that this file holds; every problem is raised with its place."""
    text = _text(raw, source)
    lines = _BREAK.split(text)

    def locate(start: Any, end: Any) -> Place:
        line = lines[start.line] if start.line < len(lines) else ""
        length = end.column - start.column if end.line == start.line else len(line) - start.column
        return Place(source, start.line + 1, start.column + 1, max(1, length), line)

    node = _compose(text, locate)
    if not isinstance(node.value, dict):
        empty = node.value is None
        got = "it is empty" if empty else f"it holds a {'list' if isinstance(node.value, list) else 'single value'}"
        raise problem("HP128", place=str(node.place), excerpt="" if empty else node.place.excerpt, got=got)
    return node


def read_value(text: str, source: str) -> Node:
    """A value from the command line, by the same rules as in a file; `source` is the place of everything in it."""
    wrong = _CONTROL.search(text)
    if wrong:
        raise problem("HP123", place=source, character=f"U+{ord(wrong[0]):04X}")
    return _compose(text, lambda start, end: Place(source))


def _text(raw: bytes, source: str) -> str:
    """The file as text: UTF-8 without control characters and tabs."""
    if len(raw) > MAX_BYTES:
        raise problem("HP127", place=source, what=f"{len(raw):,} bytes", limit=f"{MAX_BYTES:,} bytes")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise problem("HP122", place=source, got="UTF-16")
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        raise problem("HP122", place=f"{source}:{row}", got=f"the byte 0x{raw[error.start]:02x}") from None
    if wrong := _CONTROL.search(text):
        before = _BREAK.split(text[: wrong.start()])
        place = Place(source, len(before), len(before[-1]) + 1, 1, _BREAK.split(text)[len(before) - 1])
        name = "a tab" if wrong[0] == "\t" else f"the control character U+{ord(wrong[0]):04X}"
        raise problem("HP123", place=str(place), excerpt=place.excerpt, character=name)
    return text


def _compose(text: str, locate: Locate) -> Node:
    composer = Composer(yaml.parse(text, Loader=yaml.SafeLoader), locate)
    try:
        node = composer.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = locate(mark, mark)
        raise problem("HP120", place=str(place), excerpt=place.excerpt, why=error.problem or error.context) from None
    if composer.problems:
        raise Problems(composer.problems)
    return node
