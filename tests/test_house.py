"""The rules of the house: who may import whom, how long files and functions may be, what the wheel must not need."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "heatproof"
FILES = sorted(SOURCE.rglob("*.py"))
MAY_IMPORT = {
    "vocabulary": set(),
    "methods": {"vocabulary"},
    "metrics": {"vocabulary"},
    "models": {"vocabulary"},
    "data": {"vocabulary", "models"},
    "train": {"vocabulary", "models", "data"},
    "engine": {"vocabulary", "models"},
    "store": {"vocabulary"},
    "stats": {"vocabulary"},
    "spec": {"vocabulary", "models", "data"},
    "study": {"vocabulary", "models", "data", "engine", "store", "stats", "spec", "train"},
    "check": {"vocabulary", "models", "engine", "study"},
    "report": {"vocabulary", "spec", "study", "stats", "check"},
    "interchange": {"vocabulary", "spec", "study", "stats", "data", "store"},
    "cli": {"vocabulary", "models", "data", "train", "store", "stats", "spec", "study", "check", "report"}
    | {"interchange"},
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_imports_point_down(file: Path) -> None:
    room = file.relative_to(SOURCE).parts[0]
    if room not in MAY_IMPORT:
        return
    others = {m.split(".")[1] for m in imports(file) if m.startswith("heatproof.")} - {room}
    assert others <= MAY_IMPORT[room], f"{room} imports {sorted(others - MAY_IMPORT[room])}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_files_and_functions_stay_short(file: Path) -> None:
    text = file.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


def test_formulas_know_only_the_vocabulary_and_numbers() -> None:
    plain = {"typing", "collections", "functools", "itertools", "math"}
    allowed = {"heatproof", "torch", "numpy", "scipy", "skimage"} | plain
    for file in [*(SOURCE / "methods").glob("*.py"), *(SOURCE / "metrics").glob("*.py")]:
        assert {m.split(".")[0] for m in imports(file)} <= allowed, file.name


def test_the_core_never_imports_torchvision_or_timm_by_itself() -> None:
    for file in FILES:
        top = ast.parse(file.read_text()).body
        named = {a.name for n in top if isinstance(n, ast.Import) for a in n.names}
        named |= {n.module or "" for n in top if isinstance(n, ast.ImportFrom)}
        assert not {m.split(".")[0] for m in named} & {"torchvision", "timm", "transformers"}, file


def test_nothing_loads_pickles_or_uses_the_global_generators() -> None:
    bad = re.compile(r"weights_only=False|pickle\.load|torch\.manual_seed\(|np\.random\.seed|yaml\.load\(|extractall\(")
    for file in FILES:
        assert not bad.search(file.read_text()), file


def test_rooms_and_test_agree() -> None:
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and any(p.glob("*.py"))}
    assert rooms == set(MAY_IMPORT)
