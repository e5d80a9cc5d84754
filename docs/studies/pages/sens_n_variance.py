"""Signal and noise of sensitivity-n, on photographs."""

from beside import Finding, Page, signal

from heatproof.study.view import RunView


def findings(view: RunView) -> list[Finding]:
    """Pixels and segments, method by method."""
    return signal(view, published="segments higher")


PAGE = Page(
    title="Signal and noise of sensitivity-n: photographs",
    claimed=(
        "Gevaert et al. (2024, section 7.5): repeated with other random sets, sensitivity-n with single pixels "
        "hardly agrees with itself on large images, since a random set of pixels says little; with sets of "
        "segments it does. The ratio is mean^2 / variance over the repeats, per image; higher is better."
    ),
    findings=findings,
    figures=("noise",),
)
