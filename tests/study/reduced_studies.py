"""The packaged studies with every method and metric of theirs, cut down to seconds: what `--set` is given."""

_IMAGES = "data.images=2"
_FEW = ["methods.smoothgrad.n=4", "methods.integrated_gradients.steps=4"]
_DIGITS = "data: mnist5k, epochs: 1, images: 500"
_SUBSETS = "{fill: {sweep: [zero, noise]}, sizes: 2, subsets: 8}"
_DRAWS = "{fill: zero, sizes: 2, subsets: 8, draw: {sweep: [0, 1]}}"
_BENCHMARK = [
    _IMAGES,
    *_FEW,
    f"models.basic-cnn.train={{network: basic-cnn, {_DIGITS}}}",
    "data.patches.train={targets: [0, 1], epochs: 1, images: 200}",
    *(f"methods.{name}.n=4" for name in ("vargrad", "deepshap", "expected_gradients")),
    *(f"methods.{name}.n=40" for name in ("kernel_shap", "lime")),
    *(f"metrics.{name}.steps=4" for name in ("deletion", "insertion", "irof", "minimal_subset")),
    "metrics.irof.segments=20",
    f"metrics.sensitivity_n={_SUBSETS}",
    f"metrics.segment_sensitivity_n={_SUBSETS}",
    "metrics.infidelity.n=8",
    "metrics.max_sensitivity.n=2",
]
_TWINS = [
    setting
    for name in ("mnist-mlp", "mnist-cnn")
    for setting in (
        f"models.{name}.train={{network: {name}, {_DIGITS}}}",
        f"models.{name}.twins.random labels.train={{random_labels: true, epochs: 1, images: 500}}",
    )
]
REDUCED: dict[str, list[str]] = {
    "sanity_checks": [_IMAGES, *_FEW, *_TWINS, "methods.vargrad.n=4", "methods.ig_smoothgrad={n: 2, steps: 3}"],
    "model_noise": [_IMAGES, *_FEW, _TWINS[0], "methods.ig_smoothgrad={n: 2, steps: 3}"],
    "gevaert2022": _BENCHMARK,
    "gevaert2024": [*_BENCHMARK, "methods.xrai.steps=4"],
    "sens_n_variance": [
        "data.images=1",
        _FEW[1],
        f"metrics.sensitivity_n={_DRAWS}",
        f"metrics.segment_sensitivity_n={_DRAWS}",
    ],
    "sens_n_variance_digits": [_IMAGES, _FEW[1], "methods.deepshap.n=4"],
    "sam": [
        _IMAGES,
        _FEW[0],
        "models.digits-cnn-robust.train={network: digits-cnn, adversarial: l2, epsilon: 1.5, epochs: 2, images: 500}",
        "methods.lime.n=30",
        "methods.meaningful_perturbation.iterations=5",
    ],
    "smooth_taylor": ["data.images=1", *_FEW, "methods.smooth_taylor.n=4"],
}
