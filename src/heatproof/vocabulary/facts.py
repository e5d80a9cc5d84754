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
    activations: tuple[str, ...] = ()
    """Names of the activation functions that a forward calls, modules and functions alike."""
    probabilities: bool = False
    """True when the outputs are probabilities already."""
    fingerprint: str = ""
    """Hash of architecture, weights and buffers."""

    def lacks(self, need: str) -> str | None:
        """Why this model cannot give what a formula needs, or None: needs are "spatial layer" and "relu"."""
        if need == "spatial layer" and self.spatial_layer is None:
            return "the model has no layer with a map per channel (no convolution)"
        if need == "relu":
            smooth = [a for a in self.activations if a in SMOOTH]
            if smooth:
                return f"its rule is for ReLU, and this model uses {', '.join(smooth)}"
            if not any(a in RECTIFIERS for a in self.activations):
                return "its rule is for ReLU, and this model has none"
        return None


RECTIFIERS = frozenset({"relu", "relu6", "leaky_relu", "rrelu", "prelu", "threshold"})
SMOOTH = frozenset({"gelu", "silu", "mish", "hardswish", "elu", "selu", "celu", "softplus", "hardtanh", "tanh"})
