"""`file.py:function`: code in a person's own file, imported only where that was allowed."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from heatproof.vocabulary.errors import HeatproofError, nearest, problem

_SHAPE = re.compile(r"(?P<path>.+\.py)(?::(?P<function>\w*))?", re.DOTALL)


def is_plugin(name: str) -> bool:
    """Whether a name means a Python file."""
    return _SHAPE.fullmatch(name) is not None


def refusal(name: str, *, allowed: bool) -> HeatproofError | None:
    """Why this file will not be imported (HP113, HP903, HP904), or None."""
    if not is_plugin(name):
        return problem("HP113", name=name)
    path, function = _parts(name)
    if not path.is_file():
        return problem("HP904", name=name, path=path)
    return None if allowed else problem("HP903", name=name, path=path, factory=function)


def plugin(name: str, *, allowed: bool) -> Callable[..., Any]:
    """The function that `file.py:function` names."""
    if refused := refusal(name, allowed=allowed):
        raise refused
    path, function = _parts(name)
    try:
        module = _imported(path)
    except HeatproofError:
        raise
    except (Exception, SystemExit) as cause:
        raise problem("HP906", name=name, reason=f"{type(cause).__name__}: {cause}") from cause
    found = getattr(module, function, None)
    if not callable(found):
        known = [n for n, value in vars(module).items() if callable(value) and not n.startswith("_")]
        raise problem("HP905", path=path, factory=function, near=nearest(function, known))
    call: Callable[..., Any] = found
    return call


def _parts(name: str) -> tuple[Path, str]:
    match = _SHAPE.fullmatch(name)
    assert match is not None, "is_plugin comes first"
    return Path(match["path"]).expanduser().resolve(), match["function"] or ""


def _imported(path: Path) -> ModuleType:
    """The file as a module, once for each content, so that one function stays one; files beside it can be imported."""
    digest = hashlib.sha256(str(path).encode(errors="surrogateescape") + path.read_bytes())
    label = f"heatproof_plugin_{digest.hexdigest()[:16]}"
    if label in sys.modules:
        return sys.modules[label]
    spec = spec_from_file_location(label, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[label] = module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[label]
        raise
    finally:
        sys.path.remove(str(path.parent))
    return module
