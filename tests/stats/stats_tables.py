"""Score tables for the tests of the verdict."""

import numpy as np

from heatproof.stats.table import ScoreTable

METHODS = ("gradient", "smooth_taylor", "grad_cam", "random", "edges")
CONTROLS = frozenset(("random", "edges"))
STRENGTH = dict(zip(METHODS, (0.5, 1.0, 0.9, 0.0, 0.1), strict=True))


def normal(n, seed):
    return np.random.Generator(np.random.Philox(seed)).standard_normal(n)


def table(n=40, metrics=(("insertion", "higher"), ("deletion", "lower"), ("gini", "")), noise=0.3, **changes):
    """Five methods: smooth_taylor and grad_cam are close, gradient is worse, random and edges are controls."""
    signs = {name: -1 if better == "lower" else 1 for name, better in metrics}
    values = {
        (m, name): signs[name] * (STRENGTH[m] + normal(n, 7) + noise * normal(n, 100 * i + j))
        for i, m in enumerate(METHODS)
        for j, name in enumerate(signs)
    }
    standard = {"methods": METHODS, "controls": CONTROLS, "metrics": tuple(signs), "better": dict(metrics)}
    return ScoreTable(**{**standard, "values": values, **changes})
