"""Weights of other libraries' files under the names that the network itself gives its tensors.

parallel and compiled   `module.`, `_orig_mod.` (taken off where the file is read)
adversarially trained   robustness: `model.*` is the network, `attacker.*` holds the same network once more, and
                        `normalizer.*` the mean and the deviation of its input
densenet                torchvision's first files write `denselayer1.norm.1.weight` for `denselayer1.norm1.weight`
auxiliary heads         of GoogLeNet and Inception: left out where the network has none
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from heatproof.models.checkpoint import Weights
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import problem

_ATTACKED = ("attacker.", "normalizer.", "normalize.")
_DENSE = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$")
_AUXILIARY = re.compile(r"^(aux1|aux2|aux|AuxLogits)\.")
CLOSE = 1e-3
"""Two normalisations that differ by less are the same, written with other digits."""


def fitted(weights: Weights, net: nn.Module, spec: InputSpec | None, path: Path) -> Weights:
    """The weights without what only their library needs; raises HP955 where they were normalised otherwise."""
    own = net.state_dict().keys()
    if any(key.startswith(_ATTACKED) for key in weights) and any(key.startswith("model.") for key in weights):
        _check_normalisation(weights, spec, path)
        weights = {k.removeprefix("model."): v for k, v in weights.items() if not k.startswith(_ATTACKED)}
    weights = {_DENSE.sub(r"\1\2", key): value for key, value in weights.items()}
    return {key: value for key, value in weights.items() if key in own or not _AUXILIARY.match(key)}


def _check_normalisation(weights: Mapping[str, Tensor], spec: InputSpec | None, path: Path) -> None:
    """The mean and the deviation in the file must be those of the model's input."""
    for what, wanted in (("mean", spec.mean if spec else (0.0,)), ("std", spec.std if spec else (1.0,))):
        for key, value in weights.items():
            if key in (f"normalizer.new_{what}", f"normalize.new_{what}"):
                found = value.flatten().float()
                if not torch.allclose(found, torch.tensor(wanted).expand_as(found), rtol=0, atol=CLOSE):
                    said = ", ".join(f"{v:.4g}" for v in found.tolist())
                    model = ", ".join(f"{v:.4g}" for v in wanted)
                    raise problem("HP955", path=path, what=what, said=said, model=model)
