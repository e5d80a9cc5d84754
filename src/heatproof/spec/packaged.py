"""Studies that come with heatproof, by name."""

from __future__ import annotations

from pathlib import Path

from heatproof.vocabulary.errors import nearest, problem

FOLDER = Path(__file__).with_name("studies")
FULL = ".full"
"""After the name of a study: as in its paper, on data that has to be there."""


def packaged_studies() -> dict[str, str]:
    """Name -> what it is about: the first line of the file, a comment."""
    files = sorted(f for f in FOLDER.glob("*.yaml") if not f.stem.endswith(FULL))
    return {f.stem: f.read_text("utf-8").split("\n", 1)[0].lstrip("# ").rstrip() for f in files}


def full_size(study: str) -> str:
    """The name of the same study as in its paper; raises HP133."""
    full = sorted(f.stem.removesuffix(FULL) for f in FOLDER.glob(f"*{FULL}.yaml"))
    if study not in full:
        raise problem("HP133", name=study, near=nearest(study, full), known=", ".join(full))
    return study + FULL


def study_file(study: str | Path) -> Path:
    """The file of a study, given as a path or as the name of a packaged one; a path wins."""
    path, known = Path(study), packaged_studies()
    if path.is_file():
        return path
    packaged = FOLDER / f"{study}.yaml"
    if str(study).removesuffix(FULL) in known and packaged.is_file():
        return packaged
    if path.is_dir():
        raise problem("HP130", file=study, reason="it is a folder; name the study file in it")
    beside = [str(file) for file in path.parent.glob("*.y*ml")]
    near = nearest(str(study), beside) or nearest(path.stem, known)
    raise problem("HP129", name=study, near=near, known=", ".join(known))
