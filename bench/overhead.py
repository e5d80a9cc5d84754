"""What a study costs beside the model: timed against the bare evaluations that it needs.

    python bench/overhead.py --sizes 28               64 digits, every formula at its default settings
    python bench/overhead.py --sizes 224 --images 24  24 photographs instead of 6

The bare evaluations go through the same prepared model at the same batch shape, with nothing around them, before and
after the study: in one process with all threads, and in as many processes, one thread each, as the study has workers.
The first is what a loop of one's own would cost, the second the best that this machine gives.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from record import arguments, write

import heatproof as hp
from heatproof.engine.workers import share_out
from heatproof.spec.study import read_study
from heatproof.study.crew import one_thread, workers_for
from heatproof.study.subject import Subject, subject

METHODS = [
    "gradient",
    "input_x_gradient",
    "smoothgrad",
    "smoothgrad_squared",
    "vargrad",
    "smooth_taylor",
    "integrated_gradients",
    "guided_backprop",
    "grad_cam",
    "guided_grad_cam",
    "occlusion",
]
METRICS = [
    "deletion",
    "insertion",
    "srg",
    "sensitivity_n",
    "infidelity",
    "max_sensitivity",
    "parameter_randomization",
    "gini",
    "entropy",
    "total_variation",
    "completeness",
]
CASES = {28: ("digits-cnn", "mnist5k", 64), 224: ("efficientnet-lite0", "photos", 6)}
EFFORTS = ("forwards", "gradients")


def study_of(side: int, count: int) -> hp.Study:
    """Defaults on digits; on photographs the settings of the packaged study, since the defaults would take hours."""
    name, data, _ = CASES[side]
    model = hp.load_model(name)
    images = hp.load_data(data, images=count, input=model.input).images
    while len(images) < count:  # fewer photographs are installed than wanted: mirrored and darker ones
        images = torch.cat([images, images.flip(-1) * 0.9])[:count]
    if side == 28:
        return hp.Study(model, images, methods=METHODS, metrics=METRICS)
    packaged = read_study("photos")
    return hp.Study(model, images, methods=packaged.methods, metrics=packaged.metrics)


def pace(each: Subject, effort: str, seconds: float) -> float:
    """Seconds per evaluation in this process, in full batches, with nothing around them."""
    room, batch = each.session.room, each.session.batch
    x = each.cases[0].x.to(room.device, room.dtype)
    z = (x + 0.1 * torch.randn(batch, *x.shape)).contiguous()
    targets = torch.zeros(batch, dtype=torch.long)
    run = {"forwards": lambda: room.logits(z), "gradients": lambda: room.gradient(z, targets, "logit")}[effort]
    run()
    began, points = time.perf_counter(), 0
    while (taken := time.perf_counter() - began) < seconds:
        run()
        points += batch
    return taken / points


def paces(study: hp.Study, workers: int, seconds: float) -> dict[str, dict[str, float]]:
    """Seconds per forward and per gradient: in one process with all threads, and in workers side by side."""
    (classifier,) = study._source.classifiers
    with subject(study.spec, classifier, study._source.images_for(classifier)) as each:
        alone = {effort: pace(each, effort, seconds) for effort in EFFORTS}

        def work(places: Iterator[int], send: Callable[[Any], None], look: Callable[[], None]) -> None:
            send({effort: pace(each, effort, seconds) for effort in EFFORTS})

        heard: list[dict[str, float]] = []
        share_out(workers, workers, work, lambda worker, found: heard.append(found))
    side_by_side = {effort: 1 / sum(1 / one[effort] for one in heard) for effort in EFFORTS}
    return {"alone": alone, "side by side": side_by_side}


def measure(side: int, count: int, seconds: float) -> dict[str, Any]:
    """Run the study; what it took beyond the bare evaluations."""
    study = study_of(side, count)
    with one_thread() as cores:
        workers = min(workers_for("auto", torch.device("cpu"), cores), count)
    before = paces(study, workers, seconds)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        cost = study.run(Path(folder) / "run").view.cost
        taken = time.perf_counter() - began
    after = paces(study, workers, seconds)
    bare = {way: sum(cost[e] * (before[way][e] + after[way][e]) / 2 for e in EFFORTS) for way in before}
    row = {"side": side, "model": CASES[side][0], "images": count, "workers": workers, "cores": cores}
    row |= {name: cost[name] for name in ("asked", "run", *EFFORTS, "model_seconds")}
    row |= {"seconds": taken, "alone": bare["alone"], "side_by_side": bare["side by side"]}
    print(f"{side} px, {count} images, {row['model']}, {workers} workers: {cost['asked']:,} asked, {cost['run']:,} run")
    print(f"  study {taken:.1f} s, in the model {cost['model_seconds']:.1f} s")
    for way, text in (("alone", "one process, all threads"), ("side by side", "a process for each core")):
        print(f"  bare evaluations, {text}: {bare[way]:.1f} s, the study {taken / bare[way] - 1:+.1%}", flush=True)
    return row


if __name__ == "__main__":
    args = arguments(__doc__, images=0)
    quick = {28: 16, 224: 2}
    counts = {
        side: args.images or (quick if args.quick else {s: c[2] for s, c in CASES.items()})[side] for side in CASES
    }
    rows = [measure(side, counts[side], 2.0 if args.quick else 10.0) for side in args.sizes]
    write("overhead", {"rows": rows}, args)
