"""Weights from a file, without running anything that the file says."""

from __future__ import annotations

import hashlib
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from heatproof.vocabulary.errors import problem

Weights = Mapping[str, Tensor]

TENSOR_LIMIT = 50_000

_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "weights")
_PREFIXES = ("module.", "_orig_mod.")


def read_weights(path: Path, *, sha256: str | None = None) -> Weights:
    """The state dict in a .safetensors file or a PyTorch file, checked against a checksum if one is known."""
    head = _head(path)
    if sha256 is not None:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256.lower():
            raise problem("HP926", path=path, found=found, wanted=sha256)
    if kind := _foreign(path, head):
        raise problem("HP927", path=path, kind=kind)
    content = _safetensors(path) if path.suffix == ".safetensors" or head[8:9] == b"{" else _pytorch(path)
    return _state_dict(path, content)


def fill(net: nn.Module, weights: Weights, path: Path | str) -> None:
    """Put the weights into the network; `path` names them in messages."""
    check(net, weights, path)
    net.load_state_dict(weights, strict=False)


def check(net: nn.Module, weights: Weights, path: Path | str) -> None:
    """Raise HP924 or HP925 for weights that do not fit the network, or that are no numbers."""
    own = net.state_dict()
    needed = {key for key in own if not key.endswith("num_batches_tracked")}
    shapes = [
        f"{key} is {tuple(value.shape)}, wanted {tuple(own[key].shape)}"
        for key, value in weights.items()
        if key in own and value.shape != own[key].shape
    ]
    parts = [
        _part("missing", sorted(needed - weights.keys())),
        _part("unknown", sorted(weights.keys() - own.keys())),
        _part("of another shape", shapes),
    ]
    if difference := "; ".join(filter(None, parts)):
        raise problem("HP924", path=path, network=type(net).__name__, difference=difference)
    for key, value in weights.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise problem("HP925", path=path, key=key)


def _head(path: Path) -> bytes:
    """The first bytes of a file that can be read and is not empty."""
    if not path.exists():
        raise problem("HP920", path=path)
    if path.is_dir():
        raise problem("HP921", path=path, reason="it is a folder")
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise problem("HP921", path=path, reason=error.strerror) from error
    if not head:
        raise problem("HP921", path=path, reason="it is empty")
    return head


def _foreign(path: Path, head: bytes) -> str:
    """The kind of a file that is no weights file of PyTorch, or nothing."""
    if path.suffix == ".onnx":
        return "ONNX"
    if head.startswith(b"\x89HDF"):
        return "Keras (HDF5)"
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # no archive, or a torn one: the readers say so better
        return ""
    _bounded(path, len(names))
    return "TorchScript" if any(name.endswith("constants.pkl") for name in names) else ""


def _bounded(path: Path, tensors: int) -> None:
    """Refuse a file that would take minutes and gigabytes only to be found unfit."""
    if tensors > TENSOR_LIMIT:
        raise problem("HP923", path=path, reason=f"it names {tensors} tensors, more than {TENSOR_LIMIT}")


def _safetensors(path: Path) -> Weights:
    """All tensors of a .safetensors file."""
    try:
        with safe_open(path, "pt") as file:
            _bounded(path, len(file.keys()))
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise problem("HP923", path=path, reason=error) from error


def _pytorch(path: Path) -> Any:
    """What a PyTorch file holds, if that is tensors and plain containers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)", str(error))
        if named is None:
            raise problem("HP923", path=path, reason="a pickle that torch.save did not write") from error
        raise problem("HP922", path=path, what=named[1]) from error
    except MemoryError:
        raise
    except Exception as error:  # a torn or foreign file ends in any exception there is
        raise problem("HP923", path=path, reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    """What is wrong with the file, without torch's advice to its developers."""
    text = str(error).split(". ")[0].removeprefix("PytorchStreamReader failed reading zip archive: ")
    return text if len(text) > 10 else "it is not in PyTorch's format"


def _state_dict(path: Path, content: Any) -> dict[str, Tensor]:
    """The state dict itself: out of its wrapper, without the prefix of a parallel or compiled network."""
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not content or not all(isinstance(v, Tensor) for v in content.values()):
        raise problem("HP923", path=path, reason="wanted tensors by name, as in model.state_dict()")
    weights: dict[str, Tensor] = dict(content)
    for prefix in _PREFIXES:
        if all(key.startswith(prefix) for key in weights):
            weights = {key.removeprefix(prefix): value for key, value in weights.items()}
    return weights


def _part(what: str, keys: list[str]) -> str:
    """`2 missing (fc.weight, fc.bias)`, at most three of them named."""
    named = ", ".join(keys[:3]) + (", ..." if len(keys) > 3 else "")
    return f"{len(keys)} {what} ({named})" if keys else ""
