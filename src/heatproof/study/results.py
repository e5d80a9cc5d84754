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
        best = [f"{m.name}: {m.verdict.sentences[0]}" for m in self.view.models if m.verdict.sentences]
        return f"Result({str(self.folder)!r})" + "".join(f"\n{line}" for line in best)

    def _repr_html_(self) -> str:
        table = self.frame().pivot_table(index="method", columns="metric", values="value")
        return table.to_html(float_format="{:.3f}".format)


def read_result(folder: str | Path) -> Result:
    """The results in a run folder, finished or not; raises HP3xx where there are none."""
    with Store.read(folder):
        return Result(Path(folder))
