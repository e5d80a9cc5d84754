"""attribench as its documentation shows it: a data set of maps in memory, and one function for each metric."""

from functools import partial
from typing import Any

from cases import Case
from sides import Row
from torch import Tensor

STEPS = {28: 33, 224: 17}
SIZES = {28: (10, 100), 224: (3, 20)}
DRAWS = {28: 100, 224: 30}
NEIGHBOURS = {28: 10, 224: 2}


def rows(c: Case) -> list[Row]:
    """Its metrics; it removes to 0, which is what the model sees, so that is black here."""
    steps, (sizes, sets), n, k = STEPS[c.side], SIZES[c.side], DRAWS[c.side], NEIGHBOURS[c.side]
    curve = {"steps": steps - 1, "rule": "mean"}
    there = partial(Row, toolkit="attribench 0.1.9")
    removal = {"activation_fns": "softmax", "num_steps": steps}
    segments = curve | {"fill": "black", "normalise": "none", "area": "under", "segments": 100}
    correlation = {"min_subset_size": 0.1, "max_subset_size": 0.5, "num_steps": sizes, "num_subsets": sets}
    linear = {"activation_fns": "linear", **correlation}
    asked = {"sizes": sizes, "subsets": sets}
    return [
        there("deletion", peer="deletion", prepare=masked("deletion", **removal), settings=curve, expected=means,
              note=f"{steps} points"),
        there("insertion", peer="insertion", prepare=masked("insertion", **removal), expected=means,
              settings=curve | {"fill": "black"}, note=f"{steps} points"),
        there("irof", peer="irof", prepare=masked("irof", **removal), settings=segments, note=f"{steps} points"),
        there("minimal_subset", peer="minimal_subset", prepare=masked("minimal_subset", num_steps=steps),
              settings={"steps": steps}, note=f"{steps} steps; ours stops at the change"),
        there("sensitivity_n", peer="sensitivity_n", prepare=masked("sensitivity_n", segmented=False, **linear),
              settings=asked, note=f"{sizes} sizes, {sets} sets"),
        there("segment_sensitivity_n", peer="sensitivity_n", settings=asked, note=f"{sizes} sizes, {sets} sets",
              prepare=masked("sensitivity_n", segmented=True, **linear)),
        there("infidelity", peer="infidelity", prepare=infidelity, settings={"n": n}, note=f"{n} draws"),
        there("max_sensitivity", peer="max_sensitivity", prepare=sensitivity, note=f"{k} neighbours",
              settings={"method": "gradient", "n": k, "radius": 0.02}),
        there("parameter_randomization", peer="parameter_randomization", prepare=randomization,
              settings={"method": "gradient", "order": "full"}, note="all layers at once"),
    ]  # fmt: skip


def data(c: Case, maps: Tensor) -> Any:
    from attribench.data import AttributionsDataset

    return AttributionsDataset(c.images, c.targets, attributions={"map": maps[:, :1].clone()}, aggregate_method="mean")


def whole(c: Case, maps: Tensor) -> Any:
    """The maps with all their channels, as the metrics want them that explain again."""
    from attribench.data import AttributionsDataset

    return AttributionsDataset(c.images, c.targets, attributions={"map": maps.clone()})


def masked(name: str, **settings: Any) -> Any:
    """The metrics that take pixels away."""

    def prepare(c: Case, maps: Tensor) -> Any:
        from attribench.functional import metrics
        from attribench.masking.image import ConstantImageMasker

        maskers = {"constant": ConstantImageMasker("pixel", 0.0)}
        return partial(getattr(metrics, name), c.model, data(c, maps), c.batch, maskers, **settings)

    return prepare


def infidelity(c: Case, maps: Tensor) -> Any:
    from attribench.functional.metrics import infidelity
    from attribench.functional.metrics.infidelity import NoisyBaselinePerturbationGenerator

    draw = {"noisy baseline": NoisyBaselinePerturbationGenerator(0.2)}
    return partial(infidelity, c.model, whole(c, maps), c.batch, ["linear"], draw, DRAWS[c.side])


def gradient() -> Any:
    """The gradient as one of its methods."""
    from attribench import AttributionMethod
    from captum.attr import Saliency

    class Gradient(AttributionMethod):
        def __call__(self, batch_x: Tensor, batch_target: Tensor) -> Tensor:
            return Saliency(self.model).attribute(batch_x, target=batch_target, abs=False)

    return Gradient


def sensitivity(c: Case, maps: Tensor) -> Any:
    from attribench.functional.metrics import max_sensitivity

    return partial(max_sensitivity, whole(c, maps), c.batch, {"map": gradient()(c.model)}, NEIGHBOURS[c.side], 0.02)


def randomization(c: Case, maps: Tensor) -> Any:
    from attribench import BasicModelFactory, MethodFactory
    from attribench.functional.metrics import parameter_randomization

    make = MethodFactory({"map": gradient()})
    return partial(parameter_randomization, BasicModelFactory(c.model), whole(c, maps), c.batch, make)


def means(c: Case, found: Any) -> Any:
    """The mean of every curve, (N,)."""
    return found.get_df(masker="constant", activation_fn="softmax")[0]["map"].to_numpy()
