"""The pre-flight: what a probe batch tells about a model before any work is done with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.models.activations import Recorder
from heatproof.models.fold import fold, unfold
from heatproof.models.last_map import Run, last_map
from heatproof.models.memory import is_out_of_memory
from heatproof.models.precision import COARSE, check_scores
from heatproof.models.prepare import channels_last, contiguous
from heatproof.models.rescale import unruled
from heatproof.models.room import Room
from heatproof.models.shapes import same_bits, small, steady
from heatproof.vocabulary.errors import HeatproofError, problem
from heatproof.vocabulary.facts import ModelFacts


@dataclass(frozen=True)
class Preflight:
    """Facts for the formulas; shapes and habits for the engine; warnings for the reader."""

    facts: ModelFacts
    shapes: dict[str, tuple[int, ...]]
    """Output shape (without batch) of each spatial layer."""
    gradient_brings_logits: bool
    """The forward of a gradient gives the same bits as a forward alone, so its logits can be used."""
    apart: frozenset[str] = frozenset()
    """Layers that are read on the network as it is, where plain questions go to one with folded batch norms: the
    outputs that they bring along have other last bits."""
    folded: int = 0
    """Batch norms that are folded for plain questions."""
    compiled: bool = False
    """Plain forwards are compiled."""
    steady: bool = False
    """A point has the same bits in full and in small batches."""
    warnings: tuple[str, ...] = ()


@dataclass
class _Trace:
    """What ran during one forward, in order."""

    runs: list[Run] = field(default_factory=list)

    def note(self, name: str, module: nn.Module, _: Any, out: Any) -> None:
        self.runs.append(Run(name, module, tuple(out.shape[1:]) if isinstance(out, Tensor) else None))


def preflight(room: Room, probe: Tensor, scores: str = "") -> Preflight:
    """Put a probe batch (n >= 2, C, H, W) through the model: shape, finiteness, determinism, independence, layers.

    `scores` is the type in which metrics ask for outputs, empty for that of the maps.
    """
    unfold(room)
    probe = probe.to(room.device, room.dtype)
    before = fingerprint(room.module)
    outputs = _outputs(room, probe)
    _choose_memory_format(room, probe, outputs)
    outputs = room.logits(probe)
    check_scores(room, probe, outputs, scores)
    trace, recorder = _trace(room, probe)
    room.probabilities = _are_probabilities(outputs)
    warnings = _habits(room, probe, outputs)
    rides = _same_bits_with_gradient(room, probe)
    if fingerprint(room.module) != before:
        raise problem("HP207", what="weights or buffers")
    spatial, shapes = _spatial(trace)
    convolution, last = last_map(room, probe, outputs, trace.runs, spatial)
    facts = ModelFacts(
        outputs=outputs.shape[1],
        layers=_weighted(room.module, recorder.used),
        spatial=spatial,
        spatial_layer=last,
        last_convolution=convolution,
        activations=tuple(dict.fromkeys(recorder.names)),
        unruled=unruled(room, probe[:2]),
        probabilities=room.probabilities,
        fingerprint=before,
        twins=tuple(room.twins),
    )
    fold(room, probe)
    if room.folding.pairs:
        rides = rides and _same_bits_with_gradient(room, probe)
    folding = room.folding
    alike = steady(room, probe, scores)
    hidden, pairs = folding.places.hidden, len(folding.pairs)
    return Preflight(facts, shapes, rides, hidden, pairs, steady=alike, warnings=tuple(warnings))


def fingerprint(module: nn.Module) -> str:
    """Hash of architecture, weights and buffers, those included that checkpoints leave out (a normalisation)."""
    digest = hashlib.sha256(repr(module).encode())
    for name, t in (*module.named_parameters(), *module.named_buffers()):
        digest.update(f"{name}{t.dtype}{tuple(t.shape)}".encode())
        digest.update(t.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _outputs(room: Room, probe: Tensor) -> Tensor:
    try:
        outputs = room.logits(probe)
    except HeatproofError:
        raise
    except Exception as cause:
        text = f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else ''}"
        raise problem("HP202", shape=tuple(probe.shape), cause=text[:300]) from cause
    if not torch.isfinite(outputs).any():
        raise problem("HP201", got="NaN or infinity for every probe image")
    return outputs


def _choose_memory_format(room: Room, probe: Tensor, outputs: Tensor) -> None:
    if not any(isinstance(m, nn.Conv2d) for m in room.module.modules()):
        return
    channels_last(room)
    try:
        limit = 1e-3 * float(outputs[torch.isfinite(outputs)].abs().max())
        same = torch.allclose(room.logits(probe), outputs, rtol=1e-3, atol=limit, equal_nan=True)
    except RuntimeError:  # view() on channels-last activations
        same = False
    if not same:
        contiguous(room)


def _trace(room: Room, probe: Tensor) -> tuple[_Trace, Recorder]:
    trace, recorder = _Trace(), Recorder()
    named = [(n, m) for n, m in room.module.named_modules() if n]
    handles = [m.register_forward_hook(partial(trace.note, n)) for n, m in named]
    try:
        with recorder:
            room.logits(probe)
    finally:
        for handle in handles:
            handle.remove()
    return trace, recorder


def _habits(room: Room, probe: Tensor, outputs: Tensor) -> list[str]:
    warnings = [COARSE] if room.autocast is not None else []
    if room.probabilities:
        warnings.append("the model answers probabilities; explanations are of probabilities, not of logits")
    if not same_bits(room.logits(probe), outputs):
        return [*warnings, "the model answers differently each time (dropout in evaluation?): scores will vary"]
    company = probe.clone()
    company[1:] = company[1:].flip(-1) * 0.5
    if not torch.allclose(room.logits(company)[0], outputs[0], rtol=1e-4, atol=1e-5, equal_nan=True):
        warnings.append("the answer for one image depends on the other images of its batch")
    return warnings


def _are_probabilities(outputs: Tensor) -> bool:
    outputs = outputs[torch.isfinite(outputs).all(1)]  # an image without an answer says nothing about the others
    sums = outputs.sum(1)
    return (
        len(outputs) > 0
        and outputs.shape[1] > 1
        and bool((outputs >= 0).all() and torch.allclose(sums, torch.ones_like(sums), atol=1e-4))
    )


def _same_bits_with_gradient(room: Room, probe: Tensor) -> bool:
    """Also in small batches, whose kernels may be others."""
    return all(_rides(room, probe[:n].contiguous()) for n in {len(probe), small(len(probe))})


def _rides(room: Room, probe: Tensor) -> bool:
    targets = torch.zeros(len(probe), dtype=torch.long, device=room.device)
    try:
        _, outputs = room.gradient(probe, targets, "logit")
    except Exception as cause:  # no gradient, or one that fails: what needs none can still be asked
        if is_out_of_memory(cause):
            raise
        return False
    return same_bits(outputs, room.logits(probe))


def _spatial(trace: _Trace) -> tuple[tuple[str, ...], dict[str, tuple[int, ...]]]:
    count: dict[str, int] = {}
    for name, _, _ in trace.runs:
        count[name] = count.get(name, 0) + 1
    maps = [(n, s) for n, _, s in trace.runs if s and len(s) == 3 and s[1] * s[2] > 1 and count[n] == 1]
    return tuple(n for n, _ in maps), dict(maps)


def _weighted(module: nn.Module, used: dict[int, int]) -> tuple[str, ...]:
    """Layers of whose own weights a forward makes use, from the output down.

    Not every layer that is used is called (attention hands the weights of its projection to a function), and some
    that have weights are not used (heads for training).
    """
    when = {n: [used[id(p)] for p in m.parameters(recurse=False) if id(p) in used] for n, m in module.named_modules()}
    return tuple(sorted((n for n in when if when[n]), key=lambda n: min(when[n]), reverse=True))
