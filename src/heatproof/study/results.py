"""Reads a run folder, finished or not, into what the report, the terminal and a notebook show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from heatproof.store.store import Store
from heatproof.study.reading import read_run
from heatproof.study.view import RunView

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Result:
    """A run folder and what is in it."""

    folder: Path

    @cached_property
    def view(self) -> RunView:
        """Everything there is to show."""
        with Store.read(self.folder) as store:
            return read_run(store, self.folder)

    @property
    def complete(self) -> bool:
        """True when nothing is missing and nothing failed."""
        return not self.view.missing and not self.view.failed

    def frame(self) -> pd.DataFrame:
        """One line per score: model, image, target, method, metric, value, reason."""
        import pandas as pd

        return pd.DataFrame(
            {
                "model": model.name,
                "image": image.id,
                "target": image.target,
                "method": method.label,
                "metric": metric.label,
                "value": model.values[method.key, metric.key][i],
                "reason": model.reasons[method.key, metric.key][i],
            }
            for model in self.view.models
            for method in model.methods
            for metric in model.metrics
            for i, image in enumerate(model.images)
        )

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report, by default into the run folder; one HTML file that opens by double click."""
        from importlib import import_module

        # The report stands on a floor above; it is reached by name, not built upon.
        write = import_module("heatproof.report.html").write_report
        written: Path = write(self.view, Path(path) if path else self.folder / "report.html")
        return written

    def __repr__(self) -> str:
        return f"Result({str(self.folder)!r})\n{self._text()}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self._text())}</pre>"

    def _text(self) -> str:
        """The leaderboard and the verdict, as the command line shows them."""
        from importlib import import_module
        from io import StringIO

        from rich.console import Console

        console = Console(file=StringIO(), width=100, highlight=False, color_system=None)
        with console.capture() as captured:
            import_module("heatproof.report.terminal").print_run(self.view, console)
        return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").splitlines())


def read_result(folder: str | Path) -> Result:
    """The results in a run folder, finished or not; raises HP3xx where there are none."""
    with Store.read(folder):
        return Result(Path(folder))
