"""`heatproof fetch NAME`: the files of a known data set."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heatproof.cli.options import Command, as_json, is_set
from heatproof.cli.progress import EVERY
from heatproof.cli.streams import note, say
from heatproof.cli.table import show_json

if TYPE_CHECKING:
    from heatproof.data.remote.download import Tell
    from heatproof.data.remote.fetch import Fetched


@click.command("fetch", cls=Command)
@click.argument("name")
@click.option("--root", type=click.Path(path_type=Path), help="Else $HEATPROOF_DATA, else ~/.cache/heatproof/data.")
@as_json
def command(name: str, root: Path | None, as_json: bool) -> None:
    """Download a known data set (heatproof list data) and check it; the same command again continues."""
    from heatproof.data.remote.fetch import fetch

    found = fetch(name, root, tell=_lines())
    if as_json:
        show_json({**asdict(found), "folder": str(found.folder)})
    else:
        say(_text(found))


def _text(found: Fetched) -> str:
    lines = []
    for file in found.files:
        kind = f"MD5 {file.md5} as published" if file.pinned else f"not pinned: SHA-256 {file.sha256}, recorded"
        lines.append(f"{file.file}  {file.size:,} bytes  {kind}{'' if file.new else '  (was there)'}")
    return "\n".join([*lines, f"{found.name}: {found.folder}"])


def _lines() -> Tell:
    """A line now and then, and none with --quiet."""
    last = time.monotonic()

    def tell(file: str, done: int, total: int | None) -> None:
        nonlocal last
        if is_set("quiet") or time.monotonic() - last < EVERY:
            return
        last = time.monotonic()
        share = f"  {done / total:.0%} of {total:,} bytes" if total else ""
        note(f"{file}  {done:,} bytes{share}")

    return tell
