"""A formula from a file of the user's: `file.py:function`, imported only where that was allowed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from heatproof.vocabulary.errors import HeatproofError, nearest, problem


def names_code(name: str) -> bool:
    """True for names that point at code, like `file.py:function`; no registered name has a colon."""
    return ":" in name


def refusal(name: str, *, allow: bool) -> HeatproofError | None:
    """Why this code will not be run, or None."""
    file, _, function = name.rpartition(":")
    path = Path(file).expanduser().resolve()
    if not file.endswith(".py"):
        return problem("HP113", name=name)
    if not path.is_file():
        return problem("HP904", name=name, path=path)
    return None if allow else problem("HP903", name=name, path=path, factory=function)


def function(name: str, *, allow: bool) -> Callable[..., Any]:
    """The function that `file.py:function` names."""
    if refused := refusal(name, allow=allow):
        raise refused
    file, _, called = name.rpartition(":")
    module = _module(name, Path(file).expanduser().resolve())
    found = getattr(module, called, None)
    if not callable(found):
        known = [n for n, value in vars(module).items() if callable(value) and not n.startswith("_")]
        raise problem("HP905", path=file, factory=called, near=nearest(called, known))
    call: Callable[..., Any] = found
    return call


def _module(name: str, path: Path) -> ModuleType:
    """The imported file; imported once, so that one function stays one function."""
    key = f"heatproof_formulas:{path}"
    if key in sys.modules:
        return sys.modules[key]
    spec = importlib.util.spec_from_file_location(key, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[key] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except HeatproofError:
        del sys.modules[key]
        raise
    except (Exception, SystemExit) as cause:
        del sys.modules[key]
        raise problem("HP906", name=name, reason=f"{type(cause).__name__}: {cause}") from cause
    return module
