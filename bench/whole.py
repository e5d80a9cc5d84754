"""A whole benchmark: 10 methods and 10 metrics on one model, against captum and Quantus used as documented.

    python bench/whole.py                          both sizes, about ten minutes
    python bench/whole.py --sizes 28 --images 64   digits only, more of them
    python bench/whole.py --quick                  very few images

heatproof runs one `Study`, from an empty folder to values on the disk. The peers get a loop: captum makes the maps, and
every metric of Quantus is called once for every method (infidelity is captum's, since Quantus draws nothing). Two sums:
the faithfulness half, in which almost everything can be shared; and everything, with max-sensitivity and randomization,
which explain other inputs and other weights and hence can share little. Threads: both sides take all cores.
"""

import contextlib
import io
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import methods as by_captum
import numpy as np
import peers_captum
import peers_quantus
import torch
from cases import Case, case, quantus_module, quiet
from pairs import told, why
from record import arguments, machine, set_threads, write
from torch import Tensor

import heatproof as hp

COUNTS = {28: 32, 224: 2}
N = {28: 50, 224: 10}
SETS = {28: 100, 224: 40}
NEIGHBOURS = {28: 10, 224: 2}
SEGMENTS = {28: 100, 224: 30}
STEPS, REGION = peers_quantus.STEPS, peers_quantus.REGION
HALF = ("maps", "deletion", "regions", "irof", "faithfulness correlation", "sensitivity-n", "infidelity", "gini")
HALF = (*HALF, "entropy")
VARIANTS: dict[str, dict[str, Any]] = {
    "float32": {},
    "bfloat16 scores": {"scores": "bfloat16"},
    "all bfloat16": {"maps": "bfloat16"},
}
"""Options of the study; those that this version does not know leave a row that says so."""


def explainers(side: int) -> dict[str, tuple[dict[str, Any], Callable[[Case], Tensor]]]:
    """method -> heatproof's settings, and captum's call."""
    n, (window, stride) = N[side], by_captum.WINDOW[side]
    noise = {"n": n, "sigma": 0.15, "scale": "absolute"}
    layer = {"layer": case(side, 1).layer}
    plain, tunnel = by_captum.plain, by_captum.tunnel
    path = partial(plain, "IntegratedGradients", n_steps=n, internal_batch_size=64 if side == 28 else 8)
    cover = partial(by_captum.occlusion, window=window, stride=stride)
    return {
        "gradient": ({}, partial(plain, "Saliency", abs=False)),
        "input_x_gradient": ({}, partial(plain, "InputXGradient")),
        "integrated_gradients": ({"steps": n}, path),
        **{m: (noise, partial(tunnel, kind=kind, n=n)) for m, kind in by_captum.TUNNELS.items()},
        "guided_backprop": ({}, partial(plain, "GuidedBackprop")),
        "grad_cam": (layer, lambda c: by_captum.grad_cam(c).expand_as(c.images)),
        "guided_grad_cam": (layer, by_captum.guided_grad_cam),
        "occlusion": ({"window": window, "stride": stride}, cover),
    }


def scores(side: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """part of the benchmark -> heatproof's metric and settings."""
    region = REGION[side]
    cascade = {"order": "cascading", "stages": "all"} if side == 28 else {"order": "full"}
    return {
        "deletion": ("deletion", {"steps": STEPS[side]}),
        "regions": ("deletion", {"unit": "region", "region": region, "steps": (side // region) ** 2}),
        "irof": ("irof", {"segments": SEGMENTS[side]}),
        "faithfulness correlation": ("sensitivity_n", {"n": 224, "subsets": SETS[side]}),
        "sensitivity-n": ("sensitivity_n", {"sizes": 5, "subsets": SETS[side] // 5}),
        "infidelity": ("infidelity", {"perturbation": "gaussian", "n": peers_captum.DRAWS[side]}),
        "gini": ("gini", {}),
        "entropy": ("entropy", {}),
        "max-sensitivity": ("max_sensitivity", {"n": NEIGHBOURS[side]}),
        "randomization": ("parameter_randomization", cascade),
    }


def study(c: Case, parts: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """heatproof's side: seconds of one run, seconds in the model by part, evaluations asked and run."""
    methods = [(name, settings) if settings else name for name, (settings, _) in explainers(c.side).items()]
    wanted = [scores(c.side)[part] for part in parts if part != "maps"]
    metrics = [(name, settings) if settings else name for name, settings in wanted]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        made = hp.Study(c.model, c.images, methods=methods, metrics=metrics, controls=[], target=c.targets, **options)
        result = made.run(Path(folder) / "run")
        seconds = time.perf_counter() - began
        cost = dict(result.view.cost)
    return {"seconds": seconds, **{k: cost[k] for k in ("asked", "run", "forwards", "gradients", "model_seconds")}}


def peers(c: Case, parts: list[str]) -> dict[str, Any]:
    """The other side: seconds of each part; a part that fails says why."""
    found: dict[str, Any] = {}
    made: dict[str, Tensor] = {}

    def maps() -> None:
        for name, (_, explain) in explainers(c.side).items():
            made[name] = explain(c).detach()

    for part in parts:
        work = maps if part == "maps" else partial(_scored, c, part, made)
        began = time.perf_counter()
        try:
            work()
            found[part] = time.perf_counter() - began
        except Exception as cause:
            found[part] = why(cause)
        print(
            f"    captum + Quantus, {part}: {found[part] if isinstance(found[part], str) else f'{found[part]:.1f} s'}"
        )
    return found


def _scored(c: Case, part: str, maps: dict[str, Tensor]) -> None:
    """One metric for all methods."""
    for name, phi in maps.items():
        if part == "infidelity":
            peers_captum.infidelity(c, phi)()
        else:
            metric, call = _quantus(c, part, name)
            metric(**peers_quantus.given(c, phi.mean(1, keepdim=True).expand_as(phi)), **call)


def _quantus(c: Case, part: str, method: str) -> tuple[Any, dict[str, Any]]:
    """The metric of Quantus, and what its call is given besides the arrays."""
    quantus, side = quantus_module(), c.side
    values, region = c.images[0].numel(), REGION[side]
    again = {"explain_func": partial(_explain_again, c, explainers(side)[method][1])}
    fixed = {"perturb_baseline": 0.0, **peers_quantus.PLAIN}
    softmax: dict[str, Any] = {"softmax": True}
    step = values // STEPS[side] // c.images.shape[1]
    made: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
        "deletion": lambda: (quantus.PixelFlipping(features_in_step=step, **fixed), softmax),
        "regions": lambda: (quantus.Selectivity(patch_size=region, **fixed), softmax),
        "irof": lambda: (peers_quantus.irof_metric(), softmax),
        "faithfulness correlation": lambda: (
            quantus.FaithfulnessCorrelation(nr_runs=SETS[side], return_aggregate=False, **fixed), {}),
        "sensitivity-n": lambda: (quantus.SensitivityN(features_in_step=step, return_aggregate=False, **fixed), {}),
        "gini": lambda: (quantus.Sparseness(**peers_quantus.PLAIN | {"abs": True}), {}),
        "entropy": lambda: (quantus.Complexity(**peers_quantus.PLAIN | {"abs": True}), {}),
        "max-sensitivity": lambda: (
            quantus.MaxSensitivity(nr_samples=NEIGHBOURS[side], lower_bound=0.02, **peers_quantus.PLAIN), again),
        "randomization": lambda: (quantus.MPRT(skip_layers=side != 28, **peers_quantus.PLAIN), again),
    }  # fmt: skip
    return made[part]()


def _explain_again(
    c: Case, explain: Callable[[Case], Tensor], model: Any, inputs: np.ndarray, targets: np.ndarray, **_: Any
) -> np.ndarray:
    """The maps of other images, or of other weights: (N, 1, H, W)."""
    images = torch.as_tensor(inputs, dtype=torch.float32).reshape(-1, *c.images.shape[1:])
    other = Case(c.side, c.name, model, images, torch.as_tensor(targets), c.layer, c.batch)
    return explain(other).detach().mean(1, keepdim=True).numpy()


def measured(c: Case) -> dict[str, Any]:
    """Both sides, in turns by part: the peers' halves around the studies."""
    everything = ["maps", *scores(c.side)]
    half = [part for part in everything if part in HALF]
    rest = [part for part in everything if part not in HALF]
    theirs = peers(c, everything)
    found: dict[str, Any] = {"parts": theirs, "half": half, "rest": rest, "images": len(c.images), "model": c.name}
    fast = any(name in machine()["instructions"] for name in ("amx_bf16", "avx512_bf16"))
    for name, options in VARIANTS.items():
        if options and not fast:
            found[f"{name}, all"] = {"failed": "left out: this processor has no instructions for bfloat16"}
            continue
        for label, parts in (("half", half), ("all", everything)):
            try:
                found[f"{name}, {label}"] = study(c, parts, options)
            except Exception as cause:
                found[f"{name}, {label}"] = {"failed": why(cause)}
            print(f"    heatproof, {name}, {label}: {told({'label': '', **found[f'{name}, {label}']})}", flush=True)
    return found


def warm_up() -> None:
    """One digit through both sides: libraries are imported, and code is compiled, before anything is timed."""
    c = case(28, 1)
    with contextlib.redirect_stdout(io.StringIO()):
        peers(c, ["maps", *scores(28)])
    study(c, ["maps", *scores(28)], {})


def main() -> None:
    args = arguments(__doc__, images=0)
    args.threads = 0 if args.threads == 1 else args.threads
    quiet()
    threads, found = set_threads(args.threads), {}
    warm_up()
    for side in args.sizes:
        if args.quick and side == 224 and not args.images:
            continue  # one photograph alone takes minutes
        c = case(side, args.images or (2 if args.quick else COUNTS[side]))
        print(f"{side} px, {c.name}, {len(c.images)} images, {threads} threads", flush=True)
        found[str(side)] = measured(c)
    write("whole", {"threads": threads, "sizes": found}, args)


if __name__ == "__main__":
    main()
