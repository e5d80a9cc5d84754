"""Makes the pages of docs/studies from run folders: what was claimed, what came out, and the figures.

    python docs/studies/make.py                      every study whose run is in runs/
    python docs/studies/make.py sam --runs DIR       this one, from DIR/sam

A page is made by its file in pages/: the claims in words, and a function from a run to the numbers beside them.
"""

import argparse
import importlib
import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from beside import Finding, Page, minutes
from PIL import Image

from heatproof.report.drawing.book import Leaf, book
from heatproof.report.drawing.sheet import styled
from heatproof.report.drawing.write import picture_bytes
from heatproof.report.tabling.binder import sheaves
from heatproof.report.tabling.formats import FORMATS
from heatproof.study.results import read_result
from heatproof.study.view import RunView

HERE = Path(__file__).parent
WIDTH, COLOURS = 760, 96
"""Of a picture on a page: enough to be read there. `heatproof figures` draws them for print. The colours are chosen to
cover those of the picture: thin lines are few pixels, and two methods must not come out in one colour."""
MARKS = {True: "yes", False: "**no**", None: "-"}


def pages() -> list[str]:
    """The studies that have a page."""
    return sorted(file.stem for file in (HERE / "pages").glob("*.py") if file.stem != "__init__")


def written(name: str, view: RunView, out: Path = HERE) -> str:
    """The page of a study as Markdown; its figures are written to out/figures."""
    page: Page = importlib.import_module(f"pages.{name}").PAGE
    findings = page.findings(view)
    agree = [f.agrees for f in findings if f.agrees is not None]
    models = "; ".join(f"{m.name} ({m.facts['source']})" for m in view.models)
    images = f"{len(view.models[0].images)} images of {view.study['data']['name']}"
    parts = [
        f"# {page.title}",
        f"Made by `docs/studies/make.py {name}` from a run of the command below: change nothing here by hand.",
        page.claimed,
        f"    heatproof run {name}\n    heatproof figures runs/{name}\n    heatproof report runs/{name}",
        f"{models}. {images}, {minutes(view)} beside other work, trainings not counted; "
        f"{view.cost['run']:,} evaluations of the model for {view.cost['asked']:,} that were asked for."
        + (f"\nAs in the paper, on data of your own: `heatproof run {name} --full --data DIR`." if page.full else ""),
        "## Beside the published findings",
        f"{sum(agree)} of {len(agree)} agree." if agree else "",
        table(findings),
        f"## What does not agree, and why\n\n{page.why}" if page.why else "",
        *tables(name, view, page.tables),
        *figures(name, view, page.figures, out),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def table(findings: list[Finding]) -> str:
    """The findings as a Markdown table."""
    lines = ["| finding | published | here | agrees |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {f.text} | {f.published} | {f.here} | {MARKS[f.agrees]} |" for f in findings])


def tables(name: str, view: RunView, wanted: tuple[str, ...]) -> list[str]:
    """Each table of the run as Markdown, with its caption above it."""
    texts = []
    for found in sheaves(view, wanted) if wanted else ():
        if not isinstance(found, list):
            print(f"{name}: {found.name} is not made: {found.reason}", file=sys.stderr)
            continue
        texts += [FORMATS["md"](sheaf).decode().strip() for sheaf in found]
    return ["## Tables", *texts] if texts else []


def figures(name: str, view: RunView, wanted: tuple[str, ...], out: Path) -> list[str]:
    """Each figure as a picture beside the page, with its caption."""
    folder = out / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    texts = []
    for leaves in book(view, wanted):
        if not isinstance(leaves, list):
            print(f"{name}: {leaves.name} is not drawn: {leaves.reason}", file=sys.stderr)
            continue
        for leaf, content in islice(different(leaves), 2):
            file = folder / f"{name}-{leaf.name}.png"
            drawn = Image.open(io.BytesIO(content)).convert("RGB")
            drawn.thumbnail((WIDTH, 2 * WIDTH), Image.Resampling.LANCZOS)
            few = drawn.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
            few.save(file, optimize=True)
            texts.append(f"![{leaf.plate.title}](figures/{file.name})\n\n{leaf.caption}")
    return ["## Figures", *texts] if texts else []


def different(leaves: list[Leaf]) -> Iterator[tuple[Leaf, bytes]]:
    """Leaves with their pictures, each picture once: metrics that differ in their value alone have the same curves."""
    seen = set()
    for leaf in leaves:
        with styled():
            content = picture_bytes(leaf.drawing.figure, "png")
        if content not in seen:
            seen.add(content)
            yield leaf, content


def main() -> None:
    """Make the pages that are asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--runs", type=Path, default=Path("runs"))
    asked = options.parse_args()
    for name in asked.names or [n for n in pages() if (asked.runs / n / "run.sqlite").exists()]:
        file = HERE / f"{name}.md"
        file.write_text(written(name, read_result(asked.runs / name).view), "utf-8")
        print(file)


if __name__ == "__main__":
    main()
