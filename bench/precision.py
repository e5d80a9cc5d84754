"""What shorter types do to scores, rankings and maps, beside what another random seed does to them.

    python bench/precision.py 28      64 digits; a minute or two
    python bench/precision.py 224     4 photographs; ten minutes where the processor has no fast short types

Three questions: how far scores move when a metric's own forwards are in bfloat16 or float16 and maps stay in float32;
whether methods and images are ranked as before; and what happens to maps that are made in bfloat16. The noise floor of
maps is SmoothGrad against itself under another seed. One thread; the last table is the time of the forwards.
"""

import sys
import time

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

import heatproof as hp
from heatproof.models.classifier import Classifier
from heatproof.study.session import session

METHODS = {
    "gradient": {},
    "input_x_gradient": {},
    "integrated_gradients": {"steps": 10},
    "smoothgrad": {"n": 5},
    "grad_cam": {},
}
METRICS = {
    "deletion": {"steps": 8},
    "irof": {"segments": 30},
    "sensitivity_n": {"sizes": 3, "subsets": 10},
}
CASES = {
    28: ("digits-cnn", "mnist5k", 64, list(METHODS), list(METRICS)),
    224: ("efficientnet-lite0", "photos", 4, ["gradient", "smoothgrad", "grad_cam"], ["deletion"]),
}


def scores(
    model: Classifier, x: Tensor, maps: dict[str, Tensor], metrics: list[str], kind: str | None
) -> dict[str, np.ndarray]:
    """metric -> values (methods, images)."""
    return {
        metric: np.array(
            [hp.score(model, x, phi, metric, scores=kind, batch=4, **METRICS[metric]).numpy() for phi in maps.values()]
        )
        for metric in metrics
    }


def agreement(a: Tensor, b: Tensor) -> float:
    """Mean over images of the rank correlation of two maps, channels summed."""
    pairs = zip(a.sum(1).flatten(1).numpy(), b.sum(1).flatten(1).numpy(), strict=True)
    return float(np.mean([spearmanr(p, q).statistic for p, q in pairs]))


def ranked(a: np.ndarray, b: np.ndarray) -> float:
    """Mean rank correlation of rows, those that are constant left out."""
    found = [spearmanr(p, q).statistic for p, q in zip(a, b, strict=True) if np.ptp(p) and np.ptp(q)]
    return float(np.mean(found))


def say_scores(fine: dict[str, np.ndarray], other: dict[str, np.ndarray], kind: str) -> None:
    """One line per metric."""
    for metric, a in fine.items():
        b = other[metric]
        moved, spread = np.nanmean(np.abs(a - b)), np.nanstd(a, axis=1).mean()
        same = bool((np.argsort(np.nanmean(a, 1)) == np.argsort(np.nanmean(b, 1))).all())
        print(
            f"  scores {kind:9} {metric:14} moves {moved:.5f} (most {np.nanmax(np.abs(a - b)):.5f}; images spread "
            f"{spread:.4f})  images ranked {ranked(a, b):.4f}  methods ranked {ranked(a.T, b.T):.4f}  "
            f"order of methods by mean {'the same' if same else 'CHANGED'}",
            flush=True,
        )


def say_speed(model: Classifier, x: Tensor) -> None:
    """Forwards per second in each type, taken in turns."""
    spent: dict[str, float] = dict.fromkeys(("", "bfloat16", "float16"), 0.0)
    with session(model.module, x, batch=min(len(x), 64)) as ready:
        z = x[: ready.batch]
        for turn in range(3):
            for kind in spent:
                began = time.process_time()
                ready.room.logits(z, kind)
                spent[kind] += (time.process_time() - began) * (turn > 0)
    rates = ", ".join(f"{kind or 'float32'} {2 * len(z) / s:.1f}" for kind, s in spent.items())
    print(f"  forwards per second of one thread: {rates}")


def measure(side: int) -> None:
    """All lines of one model."""
    name, data, count, methods, metrics = CASES[side]
    model = hp.load_model(name)
    x = hp.load_data(data, images=count, input=model.input).images
    print(f"{name}, {len(x)} images, {len(methods)} methods")
    say_speed(model, x)
    maps = {method: hp.explain(model, x, method, batch=4, **METHODS[method]) for method in methods}
    for method in methods:
        coarse = hp.explain(model, x, method, precision="bfloat16", batch=4, **METHODS[method])
        print(f"  maps bfloat16   {method:22} rank correlation {agreement(maps[method], coarse):.3f}", flush=True)
    again = hp.explain(model, x, "smoothgrad", seed=1, batch=4, **METHODS["smoothgrad"])
    print(
        f"  noise floor     {'smoothgrad, other seed':22} rank correlation {agreement(maps['smoothgrad'], again):.3f}"
    )
    fine = scores(model, x, maps, metrics, None)
    for kind in ("bfloat16", "float16"):
        say_scores(fine, scores(model, x, maps, metrics, kind), kind)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for side in [int(a) for a in sys.argv[1:]] or CASES:
        measure(side)
