"""Two hundred calls leave nothing behind."""

import heatproof as hp
from heatproof.check.contracts.memory import resident, tensors
from heatproof.check.families import network
from heatproof.check.supplies import maps_of, pictures


def test_two_hundred_calls_grow_by_less_than_five_megabytes() -> None:
    net, x = network("plain cnn"), pictures(1)

    def once() -> None:
        hp.explain(net, x, "guided_grad_cam", batch=4)
        hp.score(net, x, maps_of(x), "srg", batch=4, steps=4)

    for _ in range(20):
        once()
    memory, before = resident(), tensors()
    for _ in range(100):
        once()
    assert tensors() <= before
    assert resident() - memory < 5 * 2**20
