"""Keys name content: the same content has the same key, however it was read."""

import torch

from heatproof.spec.entry import Entry
from heatproof.study.keys import twin_names
from heatproof.vocabulary.registry import formula


def entry() -> Entry:
    return Entry(formula("metric", "data_randomization"), {}, "data_randomization")


def test_a_twin_is_known_by_its_weights_and_not_by_their_order() -> None:
    weights = {"fc.weight": torch.ones(2, 3), "fc.bias": torch.zeros(2)}
    turned = dict(reversed(weights.items()))
    other = {**weights, "fc.bias": torch.ones(2)}
    first, again, another = (twin_names(entry(), {"random labels": twin}) for twin in (weights, turned, other))
    assert first == again
    assert first != another
    exchanged = {"fc.weight": weights["fc.bias"], "fc.bias": weights["fc.weight"]}
    assert twin_names(entry(), {"random labels": exchanged}) != first
