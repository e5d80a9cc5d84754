"""One colour and one dash per method, the same in every chart of the page."""

from __future__ import annotations

from heatproof.study.view import RunView

HUES = 12
DASHES = 4


def styles(view: RunView) -> dict[str, str]:
    """Label of the method -> CSS classes. Controls are grey; the others keep the order of the study."""
    methods = {m.label: m.control for model in view.models for m in model.methods}
    controls = [label for label, control in methods.items() if control]
    others = [label for label, control in methods.items() if not control]
    grey = {label: f"control d{i % DASHES}" for i, label in enumerate(controls)}
    return grey | {label: f"c{i % HUES} d{i // HUES % DASHES}" for i, label in enumerate(others)}
