"""One point of bench/growth.py, in a process of its own: prints seconds, evaluations and peak memory as JSON."""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

import heatproof as hp

COUNTED = ("n", "steps", "subsets", "iterations")
"""Settings that say how many samples are taken."""
SIDE, ROWS = 224, 32


def peak_mib() -> float:
    """The largest memory that this process has held so far, MiB."""
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def study(kind: str, size: int) -> dict[str, Any]:
    """A study on digits of which one side has `size` entries."""
    from growth import METHODS, METRICS

    images = size if kind == "images" else 8
    methods, metrics = METHODS[: size if kind == "methods" else 4], METRICS[: size if kind == "metrics" else 4]
    model = hp.load_model("digits-cnn")
    data = hp.load_data("mnist5k", images=images, input=model.input).images
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        made = hp.Study(model, data, methods=methods, metrics=metrics, controls=[])
        cost = made.run(Path(folder) / "run").view.cost
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "asked": cost["asked"], "run": cost["run"]}


def resolution(side: int) -> dict[str, Any]:
    """SmoothGrad of four photographs, made smaller."""
    model = hp.load_model("efficientnet-lite0")
    images = hp.load_data("photos", images=4, input=model.input).images
    small = interpolate(images, size=(side, side), mode="area")
    return _explained(model.module, small, "smoothgrad", 4 * 8, n=8)


def samples(n: int) -> dict[str, Any]:
    model = hp.load_model("digits-cnn")
    images = hp.load_data("mnist5k", images=8, input=model.input).images
    return _explained(model.module, images, "smoothgrad", 8 * n, n=n)


def _explained(model: nn.Module, images: Tensor, method: str, run: int, **settings: Any) -> dict[str, Any]:
    hp.explain(model, images[:1], "gradient")  # imports, and what the model costs to look at
    began = time.perf_counter()
    hp.explain(model, images, method, **settings)
    return {"seconds": time.perf_counter() - began, "asked": run, "run": run}


def small_net() -> nn.Module:
    """Ten classes at any size; small beside the images that it is asked about."""
    layers = [nn.Conv2d(3, 4, 5, stride=4), nn.ReLU(), nn.Conv2d(4, 8, 3, stride=2), nn.ReLU()]
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(128, 10)).eval()
    generator = torch.Generator().manual_seed(1)
    for p in net.parameters():
        p.data = torch.randn(p.shape, generator=generator) / max(1, p[0].numel()) ** 0.5
    return net


def photographs(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return interpolate(torch.rand(count, 3, 14, 14, generator=generator), size=(SIDE, SIDE), mode="bilinear")


def bare(batch: int) -> dict[str, Any]:
    """The model and, with a batch, one gradient of it; everything else is imported as for a formula."""
    import scipy.stats  # noqa: F401
    import skimage.segmentation  # noqa: F401

    from heatproof.study import direct  # noqa: F401

    net, x = small_net(), photographs(2)
    if batch:
        z = x[:1].repeat(batch, 1, 1, 1).requires_grad_()
        torch.autograd.grad(net(z)[:, 0].sum(), z)
    return {}


def formulas() -> dict[str, Any]:
    """(method or metric, name, whether it has a number of samples) of all that need no evidence and no twins."""
    from heatproof.vocabulary import registry

    listed = []
    for kind in ("method", "metric"):
        for name, f in registry.formulas(kind).items():
            if not {"boxes", "patches", "patch", "box", "twin", "twins", "evidence"} & set(f.ingredients):
                listed.append((kind, name, bool(_counted(f))))
    return {"formulas": listed}


def _counted(f: Any) -> dict[str, int]:
    """Its settings that count samples, with their defaults."""
    found = {name: f.settings[name].default for name in COUNTED if name in f.settings}
    return {name: value for name, value in found.items() if isinstance(value, int)}


def memory(what: str, name: str, times: int) -> dict[str, Any]:
    """One formula on one image; `times` its default number of samples."""
    from heatproof.vocabulary.registry import formula

    f, net, x = formula(what, name), small_net(), photographs(2)
    settings = {key: value * times for key, value in _counted(f).items()} if times > 1 else {}
    how = {"reference": x, "batch": ROWS, **settings}
    if what == "method":
        hp.explain(net, x[:1], name, target=0, **how)
    else:
        again = {"method": "gradient"} if "explain" in f.ingredients else {}
        phi = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(3))
        hp.score(net, x[:1], phi, name, target=0, **again, **how)
    return {"settings": settings}


def main() -> None:
    asked = json.loads(sys.argv[1])
    kind = asked.pop("kind")
    makers = {
        "resolution": lambda: resolution(asked["size"]),
        "samples": lambda: samples(asked["size"]),
        "bare": lambda: bare(ROWS),
        "model": lambda: bare(0),
        "formulas": formulas,
        "memory": lambda: memory(**asked),
    }
    found = makers.get(kind, lambda: study(kind, asked["size"]))()
    print(json.dumps(found | {"peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()
