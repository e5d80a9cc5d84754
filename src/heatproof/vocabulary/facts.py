"""What a formula may know about a model without asking it anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFacts:
    """Found once by the pre-flight on a probe batch."""

    outputs: int
    """K, the number of classes."""
    layers: tuple[str, ...]
    """Layers with weights of their own, from the output down."""
    spatial: tuple[str, ...]
    """Layers that run once per forward and answer with a map per channel, in the order they run."""
    spatial_layer: str | None
    """The last of them before pooling and the classifier head: what Grad-CAM looks at."""
    last_convolution: str | None = None
    """The convolution that this layer follows, before norm and activation; the layer itself where that runs twice."""
    activations: tuple[str, ...] = ()
    """Names of the activation functions that a forward calls, modules and functions alike."""
    unruled: tuple[str, ...] = ()
    """Functions that gradients pass through and the rescale rule knows nothing about."""
    probabilities: bool = False
    """True when the outputs are probabilities already."""
    fingerprint: str = ""
    """Hash of architecture, weights and buffers."""
    twins: tuple[str, ...] = ()
    """What other weights of the same architecture that are known were trained on."""

    def lacks(self, need: str) -> str | None:
        """Why this model cannot give what a formula needs ("spatial layer", "relu", "random labels"...), or None."""
        if need == "spatial layer" and self.spatial_layer is None:
            return "the model has no layer with a map per channel (no convolution)"
        if need == "relu":
            smooth = [a for a in self.activations if a in SMOOTH]
            if smooth:
                return f"its rule is for ReLU, and this model uses {', '.join(smooth)}"
            if not any(a in RECTIFIERS for a in self.activations):
                return "its rule is for ReLU, and this model has none"
        if need == "rescale rule" and self.unruled:
            return f"it uses {', '.join(self.unruled)}"
        if need == RANDOM_LABELS and need not in self.twins:
            return "no weights of the same network that were trained on random labels are known (twins)"
        return None


RECTIFIERS = frozenset({"relu", "relu6", "leaky_relu", "rrelu", "prelu", "threshold"})
SMOOTH = frozenset({"gelu", "silu", "mish", "hardswish", "elu", "selu", "celu", "softplus", "hardtanh", "tanh"})
RANDOM_LABELS = "random labels"
"""What a twin was trained on: the training images, their labels permuted."""
