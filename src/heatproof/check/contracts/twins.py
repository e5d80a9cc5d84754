"""C17: a second implementation of the same formula, slow and straight from the paper, says the same."""

import inspect
from typing import Any

import torch

from heatproof.check.broken import Absent, expect_close
from heatproof.check.families.seeded import seeded
from heatproof.check.probes import Bent
from heatproof.check.supplies import cheap, maps_of, pictures
from heatproof.check.table import check
from heatproof.check.trial import Trial
from heatproof.study.direct import explain, score

NETWORKS = 100


@check("C17")
def a_second_implementation(trial: Trial) -> None:
    if trial.twin is None:
        raise Absent("no second implementation was given")
    settings = {**cheap(trial.formula), **trial.settings}
    takes = inspect.signature(trial.twin).parameters
    theirs: dict[str, Any] = {name: value for name, value in settings.items() if name in takes}
    for seed in range(NETWORKS):
        channels = (1, 3)[seed % 2]
        net, x = seeded(lambda: Bent(channels), seed).double(), pictures(1, channels, seed=seed).double()  # noqa: B023
        found = trial.run(net, x)
        if trial.formula.kind == "method":
            wanted = explain(net, x, trial.twin, batch=8, **theirs)
        else:
            wanted = score(net, x, maps_of(x), trial.twin, batch=8, **trial.again, **theirs)
        assert wanted.dtype == torch.float64
        expect_close(found, wanted, 1e-8, f"the second implementation to agree on random network {seed}", 1e-9)
