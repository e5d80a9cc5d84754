"""`load_model`: one name for a shipped network, one of another package, a plug-in or your own module."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from torch import nn

from heatproof.models.about import NOTHING, About, read_about
from heatproof.models.checkpoint import Weights, fill, read_weights
from heatproof.models.classifier import Classifier, Normalised
from heatproof.models.hub import HUBS
from heatproof.models.input import InputSpec
from heatproof.models.normalisation import normalised
from heatproof.models.plugin import call_plugin
from heatproof.models.quiet import quietly
from heatproof.models.renamed import fitted
from heatproof.models.twins import Twin, twins_of
from heatproof.models.zoo import ZOO
from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.plugin import is_plugin

Classes = tuple[str, ...] | None


def load_model(
    name: str | nn.Module | Classifier,
    *,
    weights: str | os.PathLike[str] | None = None,
    sha256: str | None = None,
    twins: Mapping[str, Twin] | None = None,
    allow_plugins: bool = False,
    input: InputSpec | None = None,
    normalise: str | None = None,
    classes: Classes = None,
) -> Classifier:
    """The classifier of this name.

    name      a network of the zoo; torchvision:NAME, timm:NAME, hf:NAME; file.py:factory; or an nn.Module
    weights   a .safetensors file, or a state dict in a .pt file, instead of the network's own; `sha256` is its checksum
    twins     the same network trained on something else, {"random labels": a file, a network or a state dict}
    input, classes   what the network wants to see and what its outputs are called, where you know better
    normalise        only the mean and the deviation of its input, by the name of a data set: imagenet, cifar10, none
    """
    if sha256 is not None and weights is None:
        raise problem("HP915")
    if weights is None:
        found = _found(name, None, allow_plugins)
    else:
        path = Path(weights)
        content = read_weights(path, sha256=sha256)
        found = _found(name, content, allow_plugins, read_about(path))
        spec = _renormalised(input or found.input, normalise)
        fill(_bare(found.module), fitted(content, _bare(found.module), spec, path), path)
        found = replace(found, source=f"{found.source}, weights from {path.name}")
    if normalise is not None:
        input = _renormalised(input or found.input, normalise)
    if input is not None:
        # The names of twins follow those of the module, which may get a normalisation in front, or lose one.
        bare, known = _bare(found.module), _bare_twins(found)
        found = replace(found, module=_normalised(bare, input), input=input)
        found = replace(found, twins=twins_of(bare, known, _prefix(found.module)))
    if twins:
        more = twins_of(_bare(found.module), twins, _prefix(found.module))
        found = replace(found, twins={**found.twins, **more})
    return replace(found, classes=classes) if classes is not None else found


def _found(
    name: str | nn.Module | Classifier, content: Weights | None, allow_plugins: bool, about: About = NOTHING
) -> Classifier:
    """The classifier as it is known under this name: with its own weights, or ready for others with their `content`."""
    if isinstance(name, Classifier):
        return name
    if isinstance(name, nn.Module):
        return Classifier(name, type(name).__name__, source="an nn.Module of yours")
    if not isinstance(name, str):
        raise problem("HP914", what=type(name).__name__)
    if name in ZOO:
        return _from_zoo(name) if content is None else _for_weights(name, content, about)
    prefix, _, rest = name.partition(":")
    if prefix in HUBS and rest:
        own = content is None
        found = quietly(lambda: HUBS[prefix](rest, own))
        module = _normalised(found.net.eval(), found.input)
        return Classifier(module, name, found.input, found.classes, f"{name}, pretrained" if own else name)
    if is_plugin(name):
        return _from_plugin(name, allow_plugins)
    raise problem("HP910", name=name, near=nearest(name, ZOO), known=", ".join(ZOO))


def _from_zoo(name: str) -> Classifier:
    """A network that comes with heatproof, with its weights."""
    entry = ZOO[name]
    if entry.weights is None:
        raise problem("HP954", name=name)
    net = quietly(lambda: entry.build(entry.input, len(entry.classes()))).eval()
    fill(net, entry.weights(), name)
    module = _normalised(net, entry.input)
    given = {what: weights() for what, weights in entry.twins.items()}
    twins = twins_of(net, given, _prefix(module))
    return Classifier(module, name, entry.input, entry.classes(), entry.source, twins)


def _for_weights(name: str, content: Weights, about: About) -> Classifier:
    """A network of the zoo in the shape of a weights file, which may say what it wants to see and what it answers."""
    entry = ZOO[name]
    spec, classes = about.input or entry.input, about.classes or entry.classes()
    head = content.get(entry.head)
    outputs = len(classes) if head is None or head.ndim != 2 else len(head)
    net = quietly(lambda: entry.build(spec, outputs)).eval()
    named = classes if outputs == len(classes) else None
    return Classifier(_normalised(net, spec), name, spec, named, entry.source)


def _from_plugin(name: str, allowed: bool) -> Classifier:
    """The network that a person's factory makes."""
    made = call_plugin(name, allowed=allowed)
    if isinstance(made, Classifier):
        return made
    if not isinstance(made, nn.Module):
        raise problem("HP913", name=name, what=type(made).__name__)
    return Classifier(made.eval(), name.rpartition(":")[2], source=name)


def _renormalised(spec: InputSpec | None, name: str | None) -> InputSpec | None:
    """The input with the constants of a data set; raises HP953 where nothing is known about it."""
    if name is None:
        return spec
    if spec is None:
        raise problem("HP953", value=name, near=" (its input is not known)", known="input=InputSpec(...) in Python")
    return normalised(spec, name)


def _normalised(net: nn.Module, spec: InputSpec) -> nn.Module:
    """The network with its normalisation in front, where it has one."""
    if set(spec.mean) <= {0.0} and set(spec.std) <= {1.0}:
        return net
    return Normalised(net, spec).train(net.training)


def _bare(module: nn.Module) -> nn.Module:
    """The network without our normalisation: what weights files know."""
    return module.net if isinstance(module, Normalised) else module


def _prefix(module: nn.Module) -> str:
    """What our normalisation puts before the names of the network's tensors."""
    return "net." if isinstance(module, Normalised) else ""


def _bare_twins(found: Classifier) -> dict[str, Weights]:
    """The twins under the names that the network itself gives its tensors."""
    prefix = _prefix(found.module)
    return {what: {n.removeprefix(prefix): t for n, t in twin.items()} for what, twin in found.twins.items()}
