"""Signal and noise of sensitivity-n, on digits."""

from beside import Finding, Page, signal

from heatproof.study.view import RunView


def findings(view: RunView) -> list[Finding]:
    """Nothing is published for such small images beside the abstract's warning that results do not carry over."""
    return signal(view, published="-")


PAGE = Page(
    title="Signal and noise of sensitivity-n: digits",
    claimed=(
        "The same experiment on images of 28 pixels, where a segment has about ten pixels: does the advantage of "
        "segments carry over to small images?"
    ),
    findings=findings,
    figures=("noise",),
    full=False,
)
