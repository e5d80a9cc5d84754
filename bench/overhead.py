"""What the engine costs beside the model: one study, timed against the bare evaluations that it needs.

    make bench                        both sizes; an hour on two cores, most of it in the model
    python bench/overhead.py 28       256 digits, every formula at its default settings
    python bench/overhead.py 224 4    4 photographs instead of 24

Goal: at most 35 % beyond the bare evaluations at 28 pixels, at most 10 % at 224. Both are timed in this process on the
same prepared model at the same batch shape, the bare evaluations before and after the run, so that the ratio does not
depend on the machine's mood.
"""

import sys
import tempfile
import time
from pathlib import Path

import torch

import heatproof as hp
from heatproof.spec.study import read_study
from heatproof.study.subject import subject

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
CASES = {28: ("digits-cnn", "mnist5k", 256, 0.35), 224: ("efficientnet-lite0", "photos", 24, 0.10)}


def study_of(side: int, count: int) -> hp.Study:
    """Defaults on digits; on photographs the settings of the packaged study, since the defaults would take hours."""
    name, data, _, _ = CASES[side]
    model = hp.load_model(name)
    images = hp.load_data(data, images=count, input=model.input).images
    while len(images) < count:  # fewer photographs are installed than wanted: mirrored and darker ones
        images = torch.cat([images, images.flip(-1) * 0.9])[:count]
    if side == 28:
        return hp.Study(model, images, methods=METHODS, metrics=METRICS)
    packaged = read_study("photos")
    return hp.Study(model, images, methods=packaged.methods, metrics=packaged.metrics)


def rates(study: hp.Study, seconds: float = 10.0) -> dict[str, float]:
    """Seconds per forward and per gradient, in full batches, with nothing around them."""
    (classifier,) = study._source.classifiers
    with subject(study.spec, classifier, study._source.images_for(classifier)) as each:
        room, batch = each.session.room, each.session.batch
        x = each.cases[0].x.to(room.device, room.dtype)
        z = (x + 0.1 * torch.randn(batch, *x.shape)).contiguous()
        targets = torch.zeros(batch, dtype=torch.long)
        work = {"forwards": lambda: room.logits(z), "gradients": lambda: room.gradient(z, targets, "logit")}
        found = {}
        for effort, run in work.items():
            run()
            began, points = time.perf_counter(), 0
            while time.perf_counter() - began < seconds:
                run()
                points += batch
            found[effort] = (time.perf_counter() - began) / points
        return found


def measure(side: int, count: int) -> bool:
    """Run the study; say what it took beyond the bare evaluations."""
    name, _, _, goal = CASES[side]
    study = study_of(side, count)
    before = rates(study)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        result = study.run(Path(folder) / "run")
        seconds = time.perf_counter() - began
        cost = result.view.cost
    after = rates(study)
    bare = sum(cost[effort] * (before[effort] + after[effort]) / 2 for effort in before)
    ratio = seconds / bare - 1
    print(f"{side} px, {count} images, {name}: {cost['asked']:,} evaluations asked, {cost['run']:,} run")
    print(f"  run {seconds:.1f} s (in the model {cost['model_seconds']:.1f} s), bare {bare:.1f} s")
    print(f"  overhead {ratio:+.1%}, goal {goal:.0%}: {'met' if ratio <= goal else 'MISSED'}")
    return ratio <= goal


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:]]
    sides = numbers[:1] or list(CASES)
    met = [measure(side, numbers[1] if len(numbers) > 1 else CASES[side][2]) for side in sides]
    sys.exit(0 if all(met) else 1)
