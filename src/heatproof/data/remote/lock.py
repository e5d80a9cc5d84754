"""What was fetched: fetched.json in the folder of a set, with the sums of every file when it was first seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heatproof.data.remote.download import Sums
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.files import write_whole

NAME = "fetched.json"


def read_lock(folder: Path) -> dict[str, dict[str, Any]]:
    """File -> url, size, md5, sha256, pinned and, of an archive, the names it unpacked; raises HP659."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"))
        if not isinstance(content, dict) or not all(isinstance(v, dict) for v in content.values()):
            raise ValueError("wanted a mapping of mappings")
    except (OSError, ValueError) as error:
        raise problem("HP659", path=path, reason=error) from error
    return content


def write_lock(folder: Path, content: Mapping[str, Mapping[str, Any]]) -> None:
    """The whole file at once."""
    write_whole(folder / NAME, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())


def check_seen(folder: Path, file: str, sums: Sums) -> None:
    """Raises HP658 where the file is another one than the first time."""
    before = read_lock(folder).get(file, {}).get("sha256")
    if before is not None and before != sums.sha256:
        raise problem("HP658", path=folder / file, before=before[:12], now=sums.sha256[:12], lock=folder / NAME)
