"""suite.yaml and methods.yaml of attribench 0.0.2 (2022) as a study."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heatproof.interchange.suite_methods import methods_of, published_methods
from heatproof.interchange.suite_metrics import Written, metric_entries
from heatproof.interchange.suite_parts import Source, metrics_of
from heatproof.spec.known import unknown_names
from heatproof.spec.parts import looks_like_a_folder
from heatproof.spec.study import read_study
from heatproof.spec.writing import yaml_text
from heatproof.vocabulary.errors import Problems
from heatproof.vocabulary.files import write_whole

HEAD = """\
Written by heatproof import from {suite}{methods}.
The suite names neither model nor data: change `models` and `data` to yours.
Settings are those under which attribench 0.0.2 computes the same; what stays different is noted above each entry.
Everywhere: pixels of equal relevance are ordered at random here, by position there; random numbers are named streams
here, and the same for every method; channels are added up here, and averaged there (PixelAggregation)."""


@dataclass(frozen=True)
class Imported:
    """The study as text, and what was said about its entries."""

    text: str
    methods: int
    metrics: int
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


def import_suite(
    suite: str | Path,
    methods: str | Path | None = None,
    *,
    model: str = "digits-cnn",
    data: str = "mnist5k",
    images: int = 32,
) -> Imported:
    """A study with the settings of these files; all problems are raised together (HP69x).

    Without a methods.yaml the study has the 14 methods of the benchmark of 2022.
    """
    place = {"folder": data} if looks_like_a_folder(data) else {"name": data}
    if unknown := unknown_names({"models": [model], "data": place}, allow_plugins=True):
        raise Problems(finding.error for finding in unknown)
    source = Source.read(suite)
    metrics = [written for asked in metrics_of(source) for written in metric_entries(asked)]
    listed, problems = published_methods(), list(source.problems)
    if methods is not None:
        other = Source.read(methods)
        listed = methods_of(other)
        problems += other.problems
    if problems:
        raise Problems(problems)
    beside = f" and {Path(methods).name}" if methods is not None else ", with the methods of the benchmark of 2022"
    head = textwrap.indent(HEAD.format(suite=Path(suite).name, methods=beside), "# ")
    top = {"heatproof": 1, "models": [model], "data": {**place, "images": images, "keep": "correct"}}
    parts = [head, yaml_text(top | {"target": "label"}).rstrip()]
    parts += ["methods:", *_section(listed), "controls: [random]", "metrics:", *_section(metrics)]
    notes = [f"{_name(w.entry)}: {note}" for w in (*listed, *metrics) if w.entry for note in w.notes]
    out = [note for w in (*listed, *metrics) if not w.entry for note in w.notes]
    counted = (sum(w.entry is not None for w in each) for each in (listed, metrics))
    return Imported("\n".join([*parts, ""]), next(counted), next(counted), tuple(notes), tuple(out))


def write_study(imported: Imported, path: Path) -> Path:
    """The study in a file of its own, read back: what is written can be run."""
    written = write_whole(path, imported.text.encode())
    read_study(written, allow_plugins=True)
    return written


def _section(entries: Iterable[Written]) -> Iterator[str]:
    for written in entries:
        for note in written.notes:
            yield textwrap.fill(note, 116, initial_indent="  # ", subsequent_indent="  #   ")
        if written.entry is not None:
            yield textwrap.indent(yaml_text([written.entry]).rstrip(), "  ")


def _name(entry: Any) -> str:
    return str(entry["label"])
