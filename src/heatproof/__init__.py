"""heatproof: put heatmaps to the proof.

    import heatproof as hp
    model = hp.load_model("digits-cnn")
    images, labels = hp.load_data("mnist5k", images=64)
    phi = hp.explain(model, images, "integrated_gradients", steps=50)
    values = hp.score(model, images, phi, "deletion")

Names are imported when they are used: importing heatproof does not import PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heatproof.data.load import load_data as load_data
    from heatproof.models.load import load_model as load_model
    from heatproof.spec.given import given_maps as given_maps
    from heatproof.spec.given import maps_from_file as maps_from_file
    from heatproof.study.direct import explain as explain
    from heatproof.study.direct import score as score
    from heatproof.study.results import read_result as read_result
    from heatproof.study.study import Study as Study
    from heatproof.vocabulary.ask import together as together
    from heatproof.vocabulary.errors import HeatproofError as HeatproofError
    from heatproof.vocabulary.errors import Undefined as Undefined
    from heatproof.vocabulary.paper import Paper as Paper
    from heatproof.vocabulary.reading import Curve as Curve
    from heatproof.vocabulary.reading import Reading as Reading
    from heatproof.vocabulary.registry import method as method
    from heatproof.vocabulary.registry import metric as metric
    from heatproof.vocabulary.score import Score as Score

_HOMES = {
    "load_data": "data.load",
    "load_model": "models.load",
    "given_maps": "spec.given",
    "maps_from_file": "spec.given",
    "explain": "study.direct",
    "score": "study.direct",
    "read_result": "study.results",
    "Study": "study.study",
    "together": "vocabulary.ask",
    "HeatproofError": "vocabulary.errors",
    "Undefined": "vocabulary.errors",
    "Paper": "vocabulary.paper",
    "Curve": "vocabulary.reading",
    "Reading": "vocabulary.reading",
    "method": "vocabulary.registry",
    "metric": "vocabulary.registry",
    "Score": "vocabulary.score",
}
__version__ = "0.1.0"
__all__ = [
    "Curve",
    "HeatproofError",
    "Paper",
    "Reading",
    "Score",
    "Study",
    "Undefined",
    "explain",
    "given_maps",
    "load_data",
    "load_model",
    "maps_from_file",
    "method",
    "metric",
    "read_result",
    "score",
    "together",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'heatproof' has no attribute {name!r}")
    return getattr(import_module(f"heatproof.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
