"""Weights from files: what fits is loaded, everything else is one line."""

import argparse
import contextlib
import hashlib
import pickle
import warnings
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from heatproof.models.load import load_model
from heatproof.vocabulary.errors import HeatproofError


class Net(nn.Module):
    """Two layers; also pickled whole, which must be refused."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2)


def weights() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(5)
    return {k: torch.rand(v.shape, generator=random) if v.ndim else v for k, v in Net().state_dict().items()}


def loads(path: Path, **settings) -> nn.Module:
    net = load_model(Net(), weights=path, **settings).module
    assert torch.equal(net.body.weight, weights()["body.weight"])
    return net


def refused(code: str, path: Path, **settings) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(HeatproofError) as caught:
            load_model(Net(), weights=path, **settings)
    line = caught.value.line
    assert (caught.value.code, caught.value.exit_code) == (code, 2), line
    assert str(path) in line
    assert "\n" not in line
    assert "weights_only" not in line
    return line


def test_all_forms_of_a_state_dict(tmp_path):
    good = weights()
    forms = {
        "plain.pt": good,
        "wrapped.pth": {"state_dict": good, "epoch": 3, "best": 0.9},
        "parallel.pt": {f"module.{k}": v for k, v in good.items()},
        "compiled.pt": {"model": {f"_orig_mod.{k}": v for k, v in good.items()}},
        "uncounted.pt": {k: v for k, v in good.items() if "num_batches" not in k},
        "double.pt": {k: v.double() if v.ndim else v for k, v in good.items()},
    }
    for name, content in forms.items():
        torch.save(content, tmp_path / name)
        loads(tmp_path / name)
    torch.save(good, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    loads(tmp_path / "old.pt")
    save_file(good, tmp_path / "w.safetensors")
    loads(tmp_path / "w.safetensors")
    save_file(good, tmp_path / "without_suffix")
    loads(tmp_path / "without_suffix")


def test_half_precision_becomes_the_precision_of_the_network(tmp_path):
    save_file({k: v.half() if v.ndim else v for k, v in weights().items()}, tmp_path / "w.safetensors")
    net = load_model(Net(), weights=tmp_path / "w.safetensors").module
    assert net.body.weight.dtype == torch.float32
    assert torch.allclose(net.body.weight, weights()["body.weight"], atol=1e-3)


def test_keys_that_do_not_fit_are_named_and_counted(tmp_path):
    good = weights()
    cases = {
        "2 missing (body.bias, body.weight)": {k: v for k, v in good.items() if not k.startswith("body")},
        "1 unknown (head.weight)": {**good, "head.weight": torch.zeros(1)},
        "1 of another shape (body.bias is (3,), wanted (2,))": {**good, "body.bias": torch.zeros(3)},
        "10000 unknown (x0, x1, x10, ...)": {**good, **{f"x{i}": torch.zeros(1) for i in range(10_000)}},
        "4 unknown": {f"features.{i}": torch.zeros(1) for i in range(4)},
    }
    for says, content in cases.items():
        save_file(content, tmp_path / "w.safetensors")
        line = refused("HP924", tmp_path / "w.safetensors")
        assert says in line
        assert len(line) < 500


def test_a_claim_of_very_many_tensors_is_refused_before_they_are_read(tmp_path):
    many = {f"x{i}": torch.zeros(1) for i in range(50_001)}
    save_file(many, tmp_path / "w.safetensors")
    assert "50001 tensors" in refused("HP923", tmp_path / "w.safetensors")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(tmp_path, value):
    bad = weights()
    bad["norm.running_var"][1] = value
    torch.save(bad, tmp_path / "w.pt")
    assert "norm.running_var" in refused("HP925", tmp_path / "w.pt")


def test_pickled_objects_are_never_opened(tmp_path):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save(Net(), tmp_path / "whole.pt")
    assert "Net" in refused("HP922", tmp_path / "whole.pt")
    torch.save({"state_dict": weights(), "args": argparse.Namespace(a=1)}, tmp_path / "args.pt")
    assert "argparse.Namespace" in refused("HP922", tmp_path / "args.pt")
    torch.save({"state_dict": weights(), "evil": Evil()}, tmp_path / "evil.pt")
    refused("HP922", tmp_path / "evil.pt")
    (tmp_path / "bare.pt").write_bytes(pickle.dumps({"a": Evil()}))
    refused("HP923", tmp_path / "bare.pt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("name", ["w.pt", "old.pt", "w.safetensors"])
def test_truncated_files(tmp_path, name, share):
    if name == "w.safetensors":
        save_file(weights(), tmp_path / name)
    else:
        torch.save(weights(), tmp_path / name, _use_new_zipfile_serialization=name == "w.pt")
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: max(1, int(len(data) * share))])
    refused("HP923", tmp_path / name)


@pytest.mark.parametrize("name", ["w.pt", "old.pt", "w.safetensors"])
def test_random_damage_never_escapes_as_another_error(tmp_path, name):
    if name == "w.safetensors":
        save_file(weights(), tmp_path / name)
    else:
        torch.save(weights(), tmp_path / name, _use_new_zipfile_serialization=name == "w.pt")
    whole, random = (tmp_path / name).read_bytes(), torch.Generator().manual_seed(3)
    for _ in range(60):
        data = bytearray(whole)
        for place, value in zip(
            torch.randint(len(data), (8,), generator=random), torch.randint(256, (8,), generator=random), strict=True
        ):
            data[int(place)] = int(value)
        (tmp_path / name).write_bytes(bytes(data))
        with contextlib.suppress(HeatproofError):
            load_model(Net(), weights=tmp_path / name)


def test_files_of_other_kinds(tmp_path):
    assert "it is empty" in refused("HP921", _written(tmp_path / "zero.pt", b""))
    assert "it is a folder" in refused("HP921", tmp_path)
    refused("HP920", tmp_path / "nowhere.pt")
    refused("HP923", _written(tmp_path / "page.pt", b"<html>404 not found</html>"))
    refused("HP923", _written(tmp_path / "page.safetensors", b"<html>404 not found</html>"))
    assert "ONNX" in refused("HP927", _written(tmp_path / "net.onnx", b"\x08\x07"))
    assert "Keras" in refused("HP927", _written(tmp_path / "net.h5", b"\x89HDF\r\n\x1a\n"))
    torch.save([1, 2, 3], tmp_path / "list.pt")
    refused("HP923", tmp_path / "list.pt")
    torch.save(OrderedDict(), tmp_path / "nothing.pt")
    refused("HP923", tmp_path / "nothing.pt")


def test_torchscript(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(nn.Sequential(nn.Linear(2, 2))).save(str(tmp_path / "net.pt"))
    assert "TorchScript" in refused("HP927", tmp_path / "net.pt")


def test_the_checksum_finds_one_flipped_bit(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file(weights(), path)
    known = hashlib.sha256(path.read_bytes()).hexdigest()
    loads(path, sha256=known.upper())
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(bytes(data))
    assert known in refused("HP926", path, sha256=known)
    with pytest.raises(HeatproofError, match="HP915"):
        load_model("digits-cnn", sha256=known)


def test_own_weights_for_a_network_of_the_zoo(tmp_path):
    zeros = {k: torch.zeros_like(v) for k, v in load_model("digits-cnn").module.state_dict().items()}
    save_file(zeros, tmp_path / "mine.safetensors")
    model = load_model("digits-cnn", weights=tmp_path / "mine.safetensors")
    assert model.module(torch.ones(1, 1, 28, 28)).eq(0).all()
    assert "mine.safetensors" in model.source
    with pytest.raises(HeatproofError, match="HP924"):
        load_model("digits-mlp", weights=tmp_path / "mine.safetensors")


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
