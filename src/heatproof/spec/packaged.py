"""Studies that come with heatproof, by name."""

from __future__ import annotations

from pathlib import Path

from heatproof.vocabulary.errors import nearest, problem

FOLDER = Path(__file__).with_name("studies")


def packaged_studies() -> dict[str, str]:
    """Name -> what it is about: the first line of the file, a comment."""
    files = sorted(FOLDER.glob("*.yaml"))
    return {f.stem: f.read_text("utf-8").split("\n", 1)[0].lstrip("# ").rstrip() for f in files}


def study_file(study: str | Path) -> Path:
    """The file of a study, given as a path or as the name of a packaged one; a path wins."""
    path, known = Path(study), packaged_studies()
    if path.is_file():
        return path
    if str(study) in known:
        return FOLDER / f"{study}.yaml"
    if path.is_dir():
        raise problem("HP130", file=study, reason="it is a folder; name the study file in it")
    beside = [str(file) for file in path.parent.glob("*.y*ml")]
    near = nearest(str(study), beside) or nearest(path.stem, known)
    raise problem("HP129", name=study, near=near, known=", ".join(known))
