"""Plain forwards through torch.compile, where a study asks for it: decided before anything is computed."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from heatproof.models.room import Compiled, Room

AGREE = 1e-4
"""How far outputs may move in float32, as a share of the largest; in a shorter type a hundred times as far."""


def compile_forwards(room: Room, probe: Tensor, scores: str) -> str | None:
    """Compile for batches of the probe's shape, in the types that will be asked for; or the reason why it cannot be.

    Compiled where gradients are not needed: those are no faster (PyTorch 2.13 on a CPU), and one compiler in this
    process: no helpers of it may be alive when the process is copied.
    """
    import torch._inductor.config as inductor

    probe = probe.to(room.device, room.dtype)
    types = dict.fromkeys(("", scores))
    plain = {t: room.logits(probe, t) for t in types}
    try:
        with inductor.patch(compile_threads=1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            room.compiled = Compiled(probe.shape, torch.compile(room.module, dynamic=False))
            for t, want in plain.items():
                got, limit = room.logits(probe, t), (100 if t else 1) * AGREE * float(want.abs().max())
                if not torch.allclose(got, want, rtol=0, atol=limit, equal_nan=True):
                    raise ArithmeticError("its outputs differ from those of the network")
    except Exception as error:  # whatever a compiler can say
        room.compiled = None
        first = next(iter(str(error).strip().splitlines()), "")
        return f"{type(error).__name__}: {first}"[:200]
    return None
