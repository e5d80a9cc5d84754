"""Gevaert et al. 2024."""

from beside import Page
from gevaert import findings_of

KEPT = (
    "impact_coverage",
    "max_sensitivity",
    "deletion",
    "irof",
    "segment_sensitivity_n",
    "infidelity",
    "minimal_subset",
)
PASS = {
    "deepshap",
    "expected_gradients",
    "deeplift",
    "grad_cam",
    "kernel_shap",
    "lime",
    "smoothgrad",
    "integrated_gradients",
    "input_x_gradient",
    "gradient",
}
FAIL = {"grad_cam_plus_plus", "score_cam", "xrai", "vargrad", "guided_backprop", "guided_grad_cam", "deconvnet"}

PAGE = Page(
    title="Evaluating feature attribution methods in the image domain (2024)",
    claimed=(
        "Gevaert et al. (2024) judge 17 methods by ten kinds of metrics with three fills. Metrics measure "
        "different things: their scores hardly correlate. Results on one data set do not carry over to another. A "
        "method that is right in theory (DeepSHAP) need not beat a cheaper one. Their case study, on ImageNet, "
        "keeps the metrics on which images agree (alpha of Krippendorff above .3) and the methods whose maps "
        "change with random weights (mean rank correlation within .05), and compares what is left. The published "
        "facts below are those of ImageNet and ResNet-18."
    ),
    findings=lambda view: findings_of(view, KEPT, PASS, FAIL),
    figures=(
        "krippendorff_alpha",
        "metric_correlation",
        "randomization_table",
        "significance_summary",
        "case_study",
        "cluster_map",
        "convergence",
    ),
)
