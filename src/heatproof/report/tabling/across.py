"""Several runs side by side: do they order the methods alike, and what do they say on average?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from heatproof.report.drawing.plates import Absent
from heatproof.report.tables.noise import noises, quartiles
from heatproof.report.tables.transfer import CAPTION, transfer_rows
from heatproof.report.tabling.binder import Sheaf
from heatproof.report.tabling.matrices import matrix_rows
from heatproof.report.tabling.scores import forgotten, means, side_by_side
from heatproof.stats.correlation import averaged, between_methods, between_metrics
from heatproof.stats.reliability import reliability
from heatproof.stats.table import ScoreTable
from heatproof.stats.words import listing
from heatproof.study.view import ModelView

Rows = list[dict[str, object]]
CAPTIONS = {
    "metric_correlation_of_runs": "Spearman correlation of the metrics over the images, oriented so that higher is "
    "better; mean over the methods of each run, then over the runs {runs}.",
    "method_correlation_of_runs": "Spearman correlation of the methods' scores over the images; mean over the metrics "
    "of each run, then over the runs {runs}.",
    "alpha_of_runs": "Krippendorff's alpha (ordinal) of the order in which the images of each run put its methods, "
    "with its 95 % bootstrap interval. Controls are left out.",
    "randomization_of_runs": "Mean similarity of the maps to those of the same model with random weights.",
    "noise_of_runs": "Metrics repeated with other random draws on the same maps: quartiles of the signal-to-noise "
    "ratios of all images and methods (the controls among them), and the variance over the repeats as a share of that "
    "of all values of a method, mean over the methods.",
}


def across(models: Mapping[str, ModelView]) -> list[Sheaf]:
    """Tables of all comparisons; empty where no two of the runs share a metric and a method."""
    tables, differing = side_by_side(models)
    rows = transfer_rows(tables)
    if not any(row["methods"] for row in rows):
        return []
    metrics = averaged(between_metrics(table) for table in tables.values())
    methods = averaged(between_methods(table) for table in tables.values())
    found: dict[str, Rows] = {
        "metric_correlation_of_runs": matrix_rows(metrics, "metric"),
        "method_correlation_of_runs": matrix_rows(methods, "method"),
        "alpha_of_runs": _alphas(tables),
        "randomization_of_runs": _randomization(models),
        "noise_of_runs": _noise(models),
    }
    caption = f"{CAPTION} Not set alike in all runs: {listing(differing)}." if differing else CAPTION
    said = listing(list(tables))
    sheaves = [Sheaf(name, name, CAPTIONS[name].format(runs=said), tuple(rows)) for name, rows in found.items() if rows]
    return [Sheaf("transfer", "transfer", caption, tuple(rows)), *sheaves]


def _alphas(tables: Mapping[str, ScoreTable]) -> Rows:
    return [
        {"run": run, "metric": r.metric, "alpha": r.alpha, "low": r.low, "high": r.high, "images": r.images}
        for run, table in tables.items()
        for r in (reliability(table, metric) for metric in table.metrics)
    ]


def _randomization(models: Mapping[str, ModelView]) -> Rows:
    rows: Rows = []
    for run, model in models.items():
        try:
            values, name = forgotten(model)
        except Absent:
            continue
        rows.append({"run": run, "similarity": name, **means(values)})
    return rows


def _noise(models: Mapping[str, ModelView]) -> Rows:
    rows: Rows = []
    for run, model in models.items():
        try:
            found = noises(model)
        except Absent:
            continue
        for one in found:
            ratios = np.concatenate([n.ratios for n in one.noise.values()])
            low, middle, high = quartiles(ratios[~np.isnan(ratios)])
            shares = [n.share for n in one.noise.values() if n.share is not None]
            numbers = {"snr_quartile_1": low, "snr_median": middle, "snr_quartile_3": high}
            share = float(np.mean(shares)) if shares else None
            rows.append(
                {"run": run, "metric": one.metric, "values": int((~np.isnan(ratios)).sum()), **numbers, "noise": share}
            )
    return rows
