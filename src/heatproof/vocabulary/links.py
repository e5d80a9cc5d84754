"""Links: from the outputs of the model to the score of one class."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Link = Literal["logit", "probability", "log_probability", "margin"]
"""logit z_t; probability softmax(z)_t; log_probability log softmax(z)_t; margin z_t - max of the other z."""


def linked(outputs: Tensor, target: Tensor | int, link: Link, *, probabilities: bool = False) -> Tensor:
    """Scores (n,) of one class, or of class target[i] in row i, of outputs (n, K).

    Probabilities are not squashed a second time. A single output is a logit against 0, as in binary classifiers.
    """
    if outputs.shape[1] == 1 and not probabilities:
        outputs = torch.cat([outputs, torch.zeros_like(outputs)], 1)
    if link == "margin":
        column = (
            torch.full((len(outputs), 1), target, device=outputs.device) if isinstance(target, int) else target[:, None]
        )
        return _of(outputs, target) - outputs.scatter(1, column, float("-inf")).amax(1)
    if link == "probability" and not probabilities:
        outputs = outputs.softmax(1)
    if link == "log_probability":
        outputs = torch.log(outputs) if probabilities else outputs.log_softmax(1)
    return _of(outputs, target)


def _of(outputs: Tensor, target: Tensor | int) -> Tensor:
    chosen: Tensor = outputs[:, target] if isinstance(target, int) else outputs.gather(1, target[:, None])[:, 0]
    return chosen
