"""heatproof beside captum: maps of the same images of the same model with the same settings.

    python bench/methods.py               both sizes, about ten minutes
    python bench/methods.py --sizes 28    digits only
    python bench/methods.py --quick       fewer images and rounds, in a minute

Both sides explain the same batch of images. captum is used as its documentation recommends: all images in one call,
with internal_batch_size, nt_samples_batch_size or perturbations_per_eval such that one evaluation has as many rows as
one of heatproof's; LIME and Kernel SHAP, which fit one model per image, image by image. The values of both are compared
where nothing is drawn; sampling methods draw other numbers on each side, and only do the same amount of work.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from cases import Case, case, differ, quiet
from pairs import alternate, attempt, timed
from record import arguments, set_threads, write
from torch import Tensor

import heatproof as hp

COUNTS = {28: 64, 224: 8}
SAMPLES = {28: 50, 224: 10}
WINDOW = {28: (4, 4), 224: (32, 24)}
SLOW = ("lime", "kernel_shap", "occlusion")


@dataclass
class Row:
    """One method on both sides: what heatproof is called with, and a call of captum."""

    method: str
    peer: str
    theirs: Callable[[Case], Tensor]
    settings: dict[str, Any] = field(default_factory=dict)
    exact: bool = True
    """Nothing is drawn: the values are compared."""
    images: int | None = None
    """Fewer images, for what is slow."""
    note: str = ""


def rows(c: Case) -> list[Row]:
    """The methods that both have, with equal settings."""
    n, rows = SAMPLES[c.side], c.batch
    return [
        Row("gradient", "Saliency", partial(plain, "Saliency", abs=False)),
        Row("input_x_gradient", "InputXGradient", partial(plain, "InputXGradient")),
        Row(
            "integrated_gradients",
            "IntegratedGradients",
            partial(plain, "IntegratedGradients", n_steps=n, internal_batch_size=rows),
            {"steps": n},
            note=f"internal_batch_size {rows}",
        ),
        *(_tunnel(c, ours, theirs, n) for ours, theirs in TUNNELS.items()),
        Row("guided_backprop", "GuidedBackprop", partial(plain, "GuidedBackprop")),
        Row("deconvnet", "Deconvolution", partial(plain, "Deconvolution")),
        Row("deeplift", "DeepLift", partial(plain, "DeepLift"), note="captum: from max pooling on approximate"),
        Row("deepshap", "DeepLiftShap", deep_shap, {"reference": c.images[:8]}, images=4, note="8 references"),
        Row(
            "expected_gradients",
            "GradientShap",
            partial(gradient_shap, n=n),
            {"reference": c.images[:8], "n": n},
            exact=False,
            images=max(1, len(c.images) // 4),
            note=f"{n} samples; captum: all in one batch",
        ),
        Row("grad_cam", "LayerGradCam", grad_cam, {"layer": c.layer}, note="with LayerAttribution.interpolate"),
        Row("guided_grad_cam", "GuidedGradCam", guided_grad_cam, {"layer": c.layer}),
        *_perturbing(c, n),
    ]


TUNNELS = {"smoothgrad": "smoothgrad", "smoothgrad_squared": "smoothgrad_sq", "vargrad": "vargrad"}


def _tunnel(c: Case, ours: str, theirs: str, n: int) -> Row:
    settings = {"n": n, "sigma": 0.15, "scale": "absolute"}
    call = partial(tunnel, kind=theirs, n=n)
    return Row(ours, f"NoiseTunnel {theirs}", call, settings, False, note=f"nt_samples_batch_size {c.per_image}")


def _perturbing(c: Case, n: int) -> list[Row]:
    window, stride = WINDOW[c.side]
    several, samples = max(1, c.batch // 4), 4 * n
    surrogate = {"preset": "captum", "segments": 50, "n": samples}
    return [
        Row(
            "occlusion",
            "Occlusion",
            partial(occlusion, window=window, stride=stride),
            {"window": window, "stride": stride},
            images=max(2, len(c.images) // 2),
            note=f"perturbations_per_eval {several}",
        ),
        Row("lime", "Lime", partial(lime, n=samples), surrogate, False, images=2, note=f"{samples} samples"),
        Row("kernel_shap", "KernelShap", partial(kernel_shap, n=samples), surrogate, False, 2, f"{samples} samples"),
    ]


def plain(name: str, c: Case, **settings: Any) -> Tensor:
    """The methods of captum that are called with inputs and targets."""
    from captum import attr

    return getattr(attr, name)(c.model).attribute(c.images, target=c.targets, **settings)


def tunnel(c: Case, kind: str, n: int) -> Tensor:
    from captum.attr import NoiseTunnel, Saliency

    how = {"nt_type": kind, "nt_samples": n, "nt_samples_batch_size": c.per_image, "stdevs": 0.15}
    return NoiseTunnel(Saliency(c.model)).attribute(c.images, target=c.targets, abs=False, **how)


def deep_shap(c: Case) -> Tensor:
    from captum.attr import DeepLiftShap

    return DeepLiftShap(c.model).attribute(c.images, c.images[:8], target=c.targets)


def gradient_shap(c: Case, n: int) -> Tensor:
    from captum.attr import GradientShap

    return GradientShap(c.model).attribute(c.images, c.images[:8], n_samples=n, target=c.targets)


def grad_cam(c: Case) -> Tensor:
    from captum.attr import LayerAttribution, LayerGradCam

    small = LayerGradCam(c.model, c.module()).attribute(c.images, c.targets, relu_attributions=True)
    return LayerAttribution.interpolate(small, c.images.shape[2:], interpolate_mode="bilinear")


def guided_grad_cam(c: Case) -> Tensor:
    from captum.attr import GuidedGradCam

    return GuidedGradCam(c.model, c.module()).attribute(c.images, c.targets, interpolate_mode="bilinear")


def occlusion(c: Case, window: int, stride: int) -> Tensor:
    from captum.attr import Occlusion

    channels, several = c.images.shape[1], c.per_image
    shape, step = (channels, window, window), (channels, stride, stride)
    how = {"target": c.targets, "perturbations_per_eval": several}
    return Occlusion(c.model).attribute(c.images, shape, step, baselines=0.0, **how)


def lime(c: Case, n: int) -> Tensor:
    from captum.attr import Lime

    return _by_image(c, Lime(c.model), n)


def kernel_shap(c: Case, n: int) -> Tensor:
    from captum.attr import KernelShap

    return _by_image(c, KernelShap(c.model), n)


def _by_image(c: Case, explainer: Any, n: int) -> Tensor:
    how = {"n_samples": n, "perturbations_per_eval": c.batch}
    found = [
        explainer.attribute(x[None], 0.0, int(t), feature_mask=labels[None], **how)
        for x, t, labels in zip(c.images, c.targets, c.segments(50), strict=True)
    ]
    return torch.cat(found)


def measured(c: Case, row: Row, seconds: float) -> dict[str, Any]:
    """One row of the table: the times, and how far the values are apart where nothing is drawn."""
    c = c.first(row.images) if row.images else c

    def ours() -> Tensor:
        return hp.explain(c.model, c.images, row.method, target=c.targets, **row.settings)

    def theirs() -> Tensor:
        return row.theirs(c)

    apart = differ(ours(), theirs().expand_as(c.images)) if row.exact else None
    found = alternate(ours, theirs, seconds=seconds).row()
    return found | {"peer": row.peer, "images": len(c.images), "batch": c.batch, "differ": apart, "note": row.note}


def calls(c: Case) -> dict[str, Any]:
    """Seconds of the first call with a model, which is looked at before, and of the second."""
    work = partial(hp.explain, c.model, c.images, "gradient", target=c.targets)
    return {"model": c.name, "images": len(c.images), "first": timed(work), "second": timed(work)}


def main() -> None:
    args = arguments(__doc__, only="")
    quiet()
    threads, found, first = set_threads(args.threads), {}, {}
    for side in args.sizes:
        c = case(side, COUNTS[side] // (4 if args.quick else 1))
        print(f"{side} px, {c.name}, {len(c.images)} images, {threads} threads")
        first[str(side)] = calls(c)
        wanted = [r for r in rows(c) if args.only in r.method]
        seconds = 2.0 if args.quick else 16.0
        found[str(side)] = [attempt(r.method, partial(measured, c, r, seconds)) for r in wanted]
    write("methods", {"threads": threads, "rows": found, "calls": first}, args)


if __name__ == "__main__":
    main()
