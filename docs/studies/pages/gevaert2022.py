"""Gevaert et al. 2022."""

from beside import Page
from gevaert import findings_of

KEPT = ("impact_coverage", "max_sensitivity", "deletion", "irof", "segment_sensitivity_n", "minimal_subset")

PAGE = Page(
    title="Evaluating feature attribution methods in the image domain (2022)",
    claimed=(
        "The first version of the benchmark: 14 methods, absolute gradients, LIME with the Euclidean kernel, "
        "patches pasted once per batch, and no check with random weights. The published facts below are those of "
        "ImageNet and ResNet-18."
    ),
    why=(
        "As on the page of 2024: digits agree where photographs of ImageNet do not, and patches of a tenth of a "
        "digit seldom change its class."
    ),
    findings=lambda view: findings_of(view, KEPT, set(), set()),
    figures=("krippendorff_alpha", "metric_correlation", "significance_summary", "variant_correlation"),
)
