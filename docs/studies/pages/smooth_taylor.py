"""Goh et al. 2020."""

import numpy as np
from beside import Finding, Page, labelled, mean, short, values

from heatproof.study.view import ModelView, RunView

IG, NOISY = "integrated_gradients", "integrated_gradients noise"
AUPC, AUTVC = "perturbation_score", "total_variation"


def findings(view: RunView) -> list[Finding]:
    """Orders, and what tuning gains."""
    (m,) = view.models
    fixed = [x.label for x in m.methods if x.name == "smooth_taylor" and "tuned" not in x.label]
    tuned = {AUPC: "smooth_taylor tuned for AUPC", AUTVC: "smooth_taylor tuned for AUTVC"}
    found = []
    for metric, what in ((AUTVC, "less noisy"), (AUPC, "more sensitive")):
        ours = {label: mean(m, label, metric) for label in fixed}
        theirs = {label: mean(m, label, metric) for label in (IG, NOISY)}
        text = f"SmoothTaylor is {what} than integrated gradients ({metric}, lower is better)"
        here = f"{_range(ours)} for its {len(ours)} settings; IG {short(theirs[IG])}, with noise {short(theirs[NOISY])}"
        found.append(Finding(text, "yes, at every setting", here, max(ours.values()) < min(theirs.values())))
        every = ours | theirs | {label: mean(m, label, metric) for label in tuned.values()}
        best = min(every, key=lambda label: every[label])
        text = f"Adaptive noising is best on its own objective ({metric})"
        here = f"{short(every[tuned[metric]])}; best: {best} {short(every[best])}"
        found.append(Finding(text, "yes", here, every[tuned[metric]] <= min(ours.values()) + 1e-3))
    found += [_roots(m, metric) for metric in (AUTVC, AUPC)]
    found += [_chosen(m, label, metric) for metric, label in tuned.items()]
    return [*found, _smoothgrad(m)]


def _range(found: dict[str, float]) -> str:
    return f"{short(min(found.values()))} to {short(max(found.values()))}"


def _roots(m: ModelView, metric: str) -> Finding:
    """More roots, at each sigma."""
    by: dict[float, dict[int, float]] = {}
    for x in m.methods:
        if x.name == "smooth_taylor" and "tuned" not in x.label:
            by.setdefault(x.settings["sigma"], {})[x.settings["n"]] = mean(m, x.label, metric)
    falls = [row[min(row)] - row[max(row)] for row in by.values()]
    here = "; ".join(f"sigma {s:g}: {short(row[min(row)])} to {short(row[max(row)])}" for s, row in by.items())
    text = f"From 100 to 200 roots ({metric})"
    claimed = "falls" if metric == AUTVC else "little effect"
    agrees = min(falls) > 0 if metric == AUTVC else max(map(abs, falls)) < 0.1 * abs(np.mean([*by[0.5].values()]))
    return Finding(text, claimed, here, bool(agrees))


def _chosen(m: ModelView, label: str, metric: str) -> Finding:
    sigma = np.array([n["sigma"] for n in m.notes(labelled(m.methods, label).key) if "sigma" in n])
    here = f"mean {short(sigma.mean())}, from {short(sigma.min())} to {short(sigma.max())}" if len(sigma) else "-"
    return Finding(f"Sigma that adaptive noising chooses ({metric}), in units of the normalised image", "-", here)


def _smoothgrad(m: ModelView) -> Finding:
    wins = np.nanmean(values(m, "smoothgrad", AUPC) < values(m, IG, AUPC))
    here = f"SmoothGrad {short(mean(m, 'smoothgrad', AUPC))}, ahead of IG on {wins:.0%} of the images"
    return Finding("SmoothGrad, which is not multiplied by anything (perturbation_score)", "-", here)


PAGE = Page(
    title="SmoothTaylor",
    claimed=(
        "Goh et al. (2020) bridge integrated gradients and SmoothGrad by a Taylor expansion around noisy roots, "
        "and tune the noise for every image. Their maps are less noisy (area under the multi-scale total "
        "variation) and more sensitive (area under the perturbation curve) than those of integrated gradients. "
        "All maps are judged by size."
    ),
    why=(
        "On a digit, integrated gradients from a black image are exactly 0 wherever the image is black, on four "
        "pixels of five: the least noisy map there can be, whatever the network. From noisy baselines they are "
        "noisier than every SmoothTaylor, as published for photographs. The perturbation curve turns windows of "
        "the black border into noise, to which this network reacts most: integrated gradients from noisy "
        "baselines and SmoothGrad, which see the border, come before SmoothTaylor, and all of them before "
        "integrated gradients from black. Intervals are wide with 24 digits (figure below)."
    ),
    findings=findings,
    tables=("adaptive_noise",),
    figures=("smoothing_curves", "perturbation_curves", "scale_curves", "smoothed_maps"),
)
