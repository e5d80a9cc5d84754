"""What the engine costs beside the model: one study, timed against the bare evaluations that it needs.

    make bench                      both sizes; about a quarter of an hour on two cores
    python bench/overhead.py 28     digits only

Goal: at most 35 % beyond the bare evaluations at 28 pixels, at most 10 % at 224. Both are timed in this process, in
turns, on the same prepared model at the same batch shape, so the ratio does not depend on the machine's mood.
"""

import sys
import tempfile
import time
from pathlib import Path

import torch

import heatproof as hp
from heatproof.engine.evaluate import Spent
from heatproof.study.subject import subject

METHODS = [
    "gradient",
    "input_x_gradient",
    ("smoothgrad", {"n": 32}),
    ("smoothgrad_squared", {"n": 32}),
    ("vargrad", {"n": 32}),
    ("smooth_taylor", {"n": 32, "sigma": 0.15, "relative": True}),
    ("integrated_gradients", {"steps": 16}),
    "guided_backprop",
    "grad_cam",
    "guided_grad_cam",
    "occlusion",
]
METRICS = [
    ("deletion", {"steps": 16}),
    ("insertion", {"steps": 16}),
    ("srg", {"steps": 16}),
    ("sensitivity_n", {"sizes": 4, "subsets": 50}),
    ("infidelity", {"n": 100}),
    ("max_sensitivity", {"n": 1}),
    ("parameter_randomization", {"stages": 2, "order": "cascading"}),
    "gini",
    "entropy",
    "total_variation",
    "completeness",
]
CASES = {28: ("digits-cnn", "mnist5k", 256, 0.35), 224: ("efficientnet-lite0", "photos", 24, 0.10)}


def bare_seconds(study: hp.Study, cost: dict) -> float:
    """Seconds for as many forwards and gradients as the run needed, in full batches, with nothing around them."""
    spec, source = study.spec, study._source
    (classifier,) = source.classifiers
    with subject(spec, classifier, source.images_for(classifier)) as each:
        room, batch = each.session.room, each.session.batch
        x = each.cases[0].x.to(room.device, room.dtype)
        z = (x + 0.1 * torch.randn(batch, *x.shape)).contiguous()
        targets = torch.zeros(batch, dtype=torch.long)
        rates = {}
        for effort, run in (
            ("forwards", lambda: room.logits(z)),
            ("gradients", lambda: room.gradient(z, targets, "logit")),
        ):
            run()
            spent = Spent()
            while spent.seconds < 20:
                began = time.perf_counter()
                run()
                spent.seconds += time.perf_counter() - began
                spent.points += batch
            rates[effort] = spent.seconds / spent.points
        return sum(cost[effort] * rate for effort, rate in rates.items())


def measure(side: int) -> bool:
    name, data, count, goal = CASES[side]
    model = hp.load_model(name)
    images = hp.load_data(data, images=count, input=model.input).images
    while len(images) < count:  # fewer photographs are installed than the benchmark wants: mirrored and darker ones
        images = torch.cat([images, images.flip(-1) * (0.9 if len(images) % 2 else 0.8)])[:count]
    study = hp.Study(model, images[:count], methods=METHODS, metrics=METRICS)
    before = bare_seconds(study, {"forwards": 1, "gradients": 1})
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        result = study.run(Path(folder) / "run")
        seconds = time.perf_counter() - began
        cost = result.view.cost
    bare = bare_seconds(study, cost)
    ratio = seconds / bare - 1
    print(f"{side} px, {count} images, {name}: {cost['asked']:,} evaluations asked, {cost['run']:,} run")
    print(f"  run {seconds:.1f} s (in the model {cost['model_seconds']:.1f} s), bare {bare:.1f} s")
    print(
        f"  overhead {ratio:+.1%}, goal {goal:.0%}: {'met' if ratio <= goal else 'MISSED'} (pace check {before:.3g} s)"
    )
    return ratio <= goal


if __name__ == "__main__":
    sides = [int(a) for a in sys.argv[1:]] or list(CASES)
    sys.exit(0 if all(list(map(measure, sides))) else 1)
