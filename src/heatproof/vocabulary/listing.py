"""What is registered, read from the sources: quick, because no formula (and so no torch) is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from heatproof.vocabulary.paper import Paper

PACKAGE = Path(__file__).parents[1]
SHOWN = ("family", "paper", "control", "better", "needs")
"""Claims that a list shows: they are literals and constants. Others, like presets, may be any expression."""


@dataclass(frozen=True)
class Listed:
    """A method or metric as `heatproof list` shows it."""

    name: str
    family: str
    summary: str
    """The formula in one line."""
    settings: Mapping[str, Any]
    """Name -> default."""
    paper: str
    """`Smilkov et al. 2017`, or nothing."""
    url: str
    control: bool
    better: str
    needs: tuple[str, ...]


def listing(kind: str) -> list[Listed]:
    """All methods or metrics by name. Only where plug-ins are installed, everything has to be imported."""
    if entry_points(group=f"heatproof.{kind}s"):
        return _registered(kind)
    found = [listed for file in sorted((PACKAGE / f"{kind}s").glob("*.py")) for listed in _Source(file).formulas(kind)]
    return sorted(found, key=lambda listed: listed.name)


def _registered(kind: str) -> list[Listed]:
    from heatproof.vocabulary.registry import formulas

    found = formulas("metric" if kind == "metric" else "method").values()
    return [_listed(f.name, f.summary, {n: s.default for n, s in f.settings.items()}, vars(f.claims)) for f in found]


def _listed(name: str, summary: str, settings: Mapping[str, Any], claims: Mapping[str, Any]) -> Listed:
    paper = claims.get("paper")
    return Listed(
        name=name,
        family=claims["family"],
        summary=summary,
        settings=settings,
        paper=paper.short if paper else "",
        url=paper.url if paper else "",
        control=claims.get("control", False),
        better=claims.get("better", ""),
        needs=tuple(claims.get("needs", ())),
    )


class _Source:
    """One source file: its decorated functions, and the constants they use."""

    def __init__(self, file: Path) -> None:
        self.tree = ast.parse(file.read_text("utf-8"), str(file))

    def formulas(self, kind: str) -> Iterator[Listed]:
        """The functions that carry this decorator."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == kind:
                        words = [word for word in mark.keywords if word.arg in SHOWN]
                        claims = {word.arg or "": self.value(word.value) for word in words}
                        summary = (ast.get_docstring(node) or "").split("\n")[0]
                        yield _listed(node.name, summary, self.settings(node), claims)

    def settings(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Any]:
        """Parameters with a default."""
        words = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        places = node.args.posonlyargs + node.args.args
        late = zip(places[len(places) - len(node.args.defaults) :], node.args.defaults, strict=True)
        return {arg.arg: self.value(default) for arg, default in (*late, *words) if default is not None}

    def value(self, node: ast.expr) -> Any:
        """A literal, a constant of this file or one imported from another, a tuple of such, or a Paper made of them."""
        if isinstance(node, ast.Name):
            return self.constant(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Paper":
            return Paper(*map(self.value, node.args), **{w.arg or "": self.value(w.value) for w in node.keywords})
        if isinstance(node, ast.Tuple):
            return tuple(map(self.value, node.elts))
        return ast.literal_eval(node)

    def constant(self, name: str) -> Any:
        """What this name stands for at the top of the file."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                return self.value(node.value)
            if isinstance(node, ast.ImportFrom) and any((a.asname or a.name) == name for a in node.names):
                original = next(a.name for a in node.names if (a.asname or a.name) == name)
                return _Source(PACKAGE.parent.joinpath(*str(node.module).split(".")).with_suffix(".py")).constant(
                    original
                )
        raise LookupError(f"{name} is not a constant that can be read without importing")
