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
    why=(
        "On digits the images agree on nearly every metric: the warning of its authors that results on one data "
        "set do not carry over, and with 28 pixels a random set of pixels says much (see the pages on signal and "
        "noise: on digits the ratio of sensitivity-n is in the hundreds, on photographs it is not). Insertion "
        "from the least relevant pixels on and sensitivity-n, which ImageNet rejects, are as reliable here as the "
        "others. Impact coverage is the one that is not: a patch of a tenth of a digit seldom changes the class, "
        "and failed attacks are kept, as in the published code. Random weights: guided backprop, guided Grad-CAM, "
        "VarGrad and XRAI fail as published. Grad-CAM keeps .25 with a standard deviation of .28 over the images, "
        "Kernel SHAP .11 with .17: one random network and 16 digits settle such means to within .07 at best, so a "
        "limit of .05 divides by luck. Deconvnet, Grad-CAM++ and Score-CAM pass on a network with one hidden "
        "convolution and fail on ResNet-18."
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
