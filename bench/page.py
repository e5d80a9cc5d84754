"""Fills the tables of docs/performance.md from bench/results/*.json, and draws its plots.

    python bench/page.py

The page is written by hand. What stands between `<!-- bench:NAME -->` and `<!-- /bench -->` is replaced by the table of
that name, and everything else is left alone; NAME is one of those in `tables`. Where a benchmark has not been run, its
tables stay as they are.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from page_plots import draw
from page_tables import calls, formulas, growth, machine, memory, methods, metrics, overhead, startup, whole

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
PLOTS = HERE.parent / "docs" / "performance"
MARK = re.compile(r"(<!-- bench:(?P<name>[\w-]+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
PARTS = ("methods", "metrics", "whole", "growth", "startup", "overhead", "formulas")


def results(folder: Path) -> dict[str, Any]:
    """benchmark -> what it found; the full run, not a quick one."""
    found = {name: folder / f"{name}.json" for name in PARTS}
    return {name: json.loads(path.read_text()) for name, path in found.items() if path.exists()}


def tables(found: dict[str, Any]) -> dict[str, str]:
    """NAME -> Markdown, of the benchmarks that were run."""
    made: dict[str, str] = {}
    for part, write in (("methods", methods), ("metrics", metrics), ("whole", whole)):
        sizes = found.get(part, {}).get("sizes" if part == "whole" else "rows", {})
        made |= {f"{part}-{side}": write(rows) for side, rows in sizes.items()}
    if found.get("methods", {}).get("calls"):
        made["calls"] = calls(found["methods"]["calls"])
    if "growth" in found:
        made |= {
            "growth": "![growth](performance/growth.svg)\n\n" + growth(found["growth"]),
            "memory": memory(found["growth"]),
        }
    if "startup" in found:
        made["startup"] = startup(found["startup"]["rows"])
    if "overhead" in found:
        made["overhead"] = overhead(found["overhead"]["rows"])
    for side, measured in found.get("formulas", {}).get("sizes", {}).items():
        made[f"formulas-{side}"] = formulas(measured)
    return made | ({"machine": machine(found)} if found else {})


def fill(page: str, made: dict[str, str]) -> str:
    """The page with the tables put between their marks; a mark that nothing is known of keeps what it has."""

    def put(mark: re.Match[str]) -> str:
        table = made.get(mark["name"])
        return mark[0] if table is None else f"{mark[1]}{table.strip()}\n{mark[3]}"

    return MARK.sub(put, page)


def named(page: str) -> list[str]:
    """The tables that the page asks for."""
    return [mark["name"] for mark in MARK.finditer(page)]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "results"
    found = results(folder)
    made, page = tables(found), PAGE.read_text()
    PAGE.write_text(fill(page, made))
    for path in draw(found, PLOTS):
        print(f"drawn: {path} ({path.stat().st_size / 1024:.0f} KiB)")
    for name in sorted(set(named(page)) - set(made)):
        print(f"no results for {name}: left as it was")
    for name in sorted(set(made) - set(named(page))):
        print(f"no place on the page for {name}")


if __name__ == "__main__":
    main()
