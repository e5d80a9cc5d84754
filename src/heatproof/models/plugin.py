"""`file.py:factory`: a function in a person's own file, run only where that was allowed."""

from __future__ import annotations

import hashlib
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from heatproof.models.quiet import quietly
from heatproof.vocabulary.errors import HeatproofError, nearest, problem

_SHAPE = re.compile(r"(?P<path>.+\.py)(?::(?P<factory>\w*))?", re.DOTALL)


def is_plugin(name: str) -> bool:
    """Whether a name means a Python file."""
    return _SHAPE.fullmatch(name) is not None


def call_plugin(name: str, *, allowed: bool) -> Any:
    """What `factory()` of `file.py:factory` returns. The caller's random numbers stay as they are."""
    match = _SHAPE.fullmatch(name)
    assert match is not None
    path, factory = Path(match["path"]).expanduser().resolve(), match["factory"] or ""
    if not path.is_file():
        raise problem("HP904", name=name, path=path)
    if not allowed:
        raise problem("HP903", name=name, path=path, factory=factory)
    try:
        return quietly(lambda: _called(path, factory))
    except HeatproofError:
        raise
    except (Exception, SystemExit) as error:
        raise problem("HP906", name=name, reason=f"{type(error).__name__}: {error}") from error


def _imported(path: Path) -> ModuleType:
    """The file as a module under a name of its own; files beside it can be imported by it."""
    label = f"heatproof_plugin_{hashlib.sha256(str(path).encode(errors='surrogateescape')).hexdigest()[:12]}"
    spec = spec_from_file_location(label, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[label] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[label]
        raise
    finally:
        sys.path.remove(str(path.parent))
    return module


def _called(path: Path, factory: str) -> Any:
    """What the factory in the file returns."""
    module = _imported(path)
    found = getattr(module, factory, None)
    if not callable(found):
        known = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
        raise problem("HP905", path=path, factory=factory, near=nearest(factory, known))
    return found()
