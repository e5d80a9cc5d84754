"""Metrics that say the same: groups of correlated ones, and one to stand for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from heatproof.stats.correlation import Correlations
from heatproof.stats.words import listing


@dataclass(frozen=True)
class Group:
    """Metrics of which every two are correlated."""

    members: tuple[str, ...]
    chosen: str
    reason: str


def groups(found: Correlations, alpha: Mapping[str, float], same: float = 0.7) -> tuple[Group, ...]:
    """Complete linkage, cut so that every two metrics of a group have at least the correlation `same`.

    The one on which the images agree most (Krippendorff's alpha) stands for its group. Only positive correlations
    make a group: metrics that contradict each other are two findings, not one.
    """
    names = found.names
    labels = list(range(len(names)))
    if len(names) > 1:
        apart = 1 - np.nan_to_num(found.mean)
        np.fill_diagonal(apart, 0.0)
        # A hair above the cut, so that a correlation of exactly `same` is in.
        labels = fcluster(linkage(squareform(apart, checks=False), "complete"), 1 - same + 1e-12, "distance").tolist()
    sets = {label: tuple(n for n, own in zip(names, labels, strict=True) if own == label) for label in labels}
    return tuple(_group(found, alpha, members) for members in sets.values())


def _group(found: Correlations, alpha: Mapping[str, float], members: tuple[str, ...]) -> Group:
    chosen = max(members, key=lambda m: alpha[m])  # the first one of equals
    if len(members) == 1:
        return Group(members, chosen, f"stands alone: {_nearest(found, chosen)}")
    part = found.only(members).mean
    least = part[~np.eye(len(members), dtype=bool)].min()
    others = listing([m for m in members if m != chosen])
    return Group(
        members,
        chosen,
        f"stands for {others} (correlations of {least:.2f} or more): its alpha of {alpha[chosen]:.2f} is the highest",
    )


def _nearest(found: Correlations, name: str) -> str:
    row = found.mean[found.names.index(name)].copy()
    row[found.names.index(name)] = np.nan
    if np.isnan(row).all():
        return "it has no correlation with another metric"
    best = int(np.nanargmax(row))
    return f"its largest correlation is {row[best]:.2f}, with {found.names[best]}"
