"""How time, evaluations and memory grow: with images, methods, metrics, resolution and samples.

    python bench/growth.py              about ten minutes
    python bench/growth.py --quick      fewer points
    python bench/growth.py --only memory

Every point is a fresh process, so that its peak memory is its own. The slope is that of a straight line through
log(value) against log(size): 1 is proportional, below 1 is sharing at work, 0 is flat.

Memory: every formula at 224 pixels with micro-batches of 32 on a small network, one image, at its default number of
samples and at four times that; MiB above the same process that computes one gradient of 32 such images and nothing
else, and above one that only holds the model.
"""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pairs import why
from record import arguments, write

POINT = Path(__file__).parent / "growth_point.py"
METHODS = ["gradient", "smoothgrad", "vargrad", "input_x_gradient", "integrated_gradients", "guided_backprop"]
METHODS += ["grad_cam", "occlusion"]
METRICS = ["deletion", "sensitivity_n", "infidelity", "insertion", "srg", "minimal_subset", "gini", "entropy"]
SCALES: dict[str, tuple[tuple[int, ...], str]] = {
    "images": ((4, 8, 16, 32, 64), "images; 4 methods, 4 metrics, digits"),
    "methods": ((1, 2, 4, 8), "methods; 4 metrics, 8 digits"),
    "metrics": ((1, 2, 4, 8), "metrics; 4 methods, 8 digits"),
    "resolution": ((56, 112, 224), "pixels of a side; SmoothGrad with 8 samples, 4 photographs"),
    "samples": ((16, 64, 256, 1024), "samples n of SmoothGrad, 8 digits"),
}
LIMIT_MIB = 2048


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Of the least-squares line through log(value) against log(size); NaN where a value is not above zero."""
    if len(sizes) < 2 or min(values) <= 0:
        return math.nan
    x, y = [math.log(s) for s in sizes], [math.log(v) for v in values]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def point(threads: int, **asked: Any) -> dict[str, Any]:
    """What a fresh process finds: seconds, evaluations, MiB at the peak; or why it failed."""
    env = os.environ | {"OMP_NUM_THREADS": str(threads or os.cpu_count())}
    command = [sys.executable, str(POINT), json.dumps(asked)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError) as cause:
        last = done.stderr.strip().splitlines()[-1:] or [why(cause)]
        return asked | {"failed": f"failed: {last[0][:140]}"}
    return asked | found


def scaled(kind: str, threads: int, quick: bool) -> dict[str, Any]:
    """One curve of growth."""
    sizes, about = SCALES[kind]
    points = [point(threads, kind=kind, size=size) for size in (sizes[:2] if quick else sizes)]
    good = [p for p in points if "failed" not in p]
    slopes = {key: slope([p["size"] for p in good], [p[key] for p in good]) for key in ("seconds", "run", "asked")}
    slopes["peak_mib"] = slope([p["size"] for p in good], [p["peak_mib"] for p in good])
    print(f"  {kind}: " + ", ".join(f"{key} ~ size^{value:.2f}" for key, value in slopes.items()), flush=True)
    return {"about": about, "points": points, "slopes": slopes}


def memory(quick: bool) -> Iterator[dict[str, Any]]:
    """Peak memory of every formula; two processes side by side, each with one thread."""
    bare = [point(1, kind="bare"), point(1, kind="model")]
    held = [p["peak_mib"] for p in bare]
    print(f"  one gradient of 32 images: {held[0]:.0f} MiB, the model alone: {held[1]:.0f} MiB", flush=True)
    formulas = point(1, kind="formulas")["formulas"]
    asked = [
        {"what": w, "name": name, "times": t} for w, name, counted in formulas for t in ((1, 4) if counted else (1,))
    ]
    with ThreadPoolExecutor(2) as pool:
        jobs = asked[:6] if quick else asked
        for row, found in zip(jobs, pool.map(lambda a: point(1, kind="memory", **a), jobs), strict=True):
            if "failed" not in found:
                found |= {
                    "above_batch_mib": found["peak_mib"] - held[0],
                    "above_model_mib": found["peak_mib"] - held[1],
                }
            said = found.get("failed") or f"{found['above_batch_mib']:+.0f} MiB above the batch"
            print(f"  {row['name']} x{row['times']}: {said}", flush=True)
            yield found


def main() -> None:
    args = arguments(__doc__, only="")
    kinds = [kind for kind in SCALES if args.only in ("", kind)]
    curves = {kind: scaled(kind, args.threads, args.quick) for kind in kinds}
    peaks = list(memory(args.quick)) if args.only in ("", "memory") else []
    over = [p["name"] for p in peaks if p.get("above_model_mib", 0) > LIMIT_MIB]
    print(f"  above {LIMIT_MIB} MiB: {', '.join(over) or 'none'}")
    write("growth", {"threads": args.threads, "curves": curves, "memory": peaks, "limit_mib": LIMIT_MIB}, args)


if __name__ == "__main__":
    main()
