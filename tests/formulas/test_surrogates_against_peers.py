"""LIME and Kernel SHAP of captum and of the package lime, on the same samples; where they differ, who is right."""

import numpy as np
import pytest
import torch
from captum import attr
from captum._utils.models.linear_model import SkLearnLasso, SkLearnRidge
from captum.attr._core.lime import get_exp_kernel_similarity_function
from small_cases import case, close

import heatproof as hp
from heatproof.methods.lime import WIDER
from heatproof.vocabulary.coalitions import Halves, ShapleyCoalitions
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.segments import segmented

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.parametrize("number", [0, 2, 6])]
N = 70
ROUGH = 1e-4
"""Captum computes its regressions in float32, and its lasso to a tolerance of 1e-4."""


def pieces(c, asked=12):
    cut = segmented(Image.of(c.x), asked)
    assert 2**cut.count > N
    return cut


def captums_lime(c, cut, model, kind, width):
    rows = iter(Halves(Image.of(c.x), cut, N).present(0, N).double())
    near = get_exp_kernel_similarity_function(kind, width)
    lime = attr.Lime(c.model, model, near, perturb_func=lambda _, **__: next(rows)[None])
    return lime.attribute(c.images, 0.0, c.target, feature_mask=cut.labels, n_samples=N)


@pytest.mark.parametrize("kind", ["cosine", "euclidean"])
def test_lime_of_captum(number, kind):
    c = case(number, convolutional=True)
    cut = pieces(c)
    how = {"target": c.target, "segments": cut.labels, "n": N, "distance": kind}
    for width in (0.25, 1.0) if kind == "cosine" else (2.0, 5.0):
        theirs = captums_lime(c, cut, SkLearnLasso(alpha=0.01), kind, width)
        close(hp.explain(c.model, c.images, "lime", preset="captum", width=width * WIDER, **how), theirs, ROUGH)
        theirs = captums_lime(c, cut, SkLearnRidge(alpha=0.5), kind, width)
        ridge = {"surrogate": "ridge", "alpha": 0.5, "width": width * WIDER}
        close(hp.explain(c.model, c.images, "lime", preset="captum", **ridge, **how), theirs, ROUGH)


def test_both_profiles_of_attribench(number):
    c = case(number, convolutional=True)
    cut = pieces(c)
    how = {"target": c.target, "segments": cut.labels, "n": N}
    theirs = captums_lime(c, cut, SkLearnLasso(alpha=0.01), "euclidean", 0.75 * c.x.numel() ** 0.5)
    close(hp.explain(c.model, c.images, "lime", preset="attribench2022", **how), theirs, ROUGH)
    theirs = captums_lime(c, cut, SkLearnLasso(alpha=0.01), "cosine", 0.25)
    close(hp.explain(c.model, c.images, "lime", preset="attribench2024", **how), theirs, ROUGH)


def captums_kernel_shap(c, cut, vectors):
    def ours(_, **__):
        for v in vectors:
            yield v[None]

    shap = attr.KernelShap(c.model)
    shap.perturb_func = ours
    return shap.attribute(c.images, 0.0, c.target, feature_mask=cut.labels, n_samples=len(vectors))


def test_kernel_shap_of_captum(number):
    c = case(number, convolutional=True)
    cut = pieces(c)
    ends = torch.ones(1, cut.count).double(), torch.zeros(1, cut.count).double()
    for preset, n in (("captum", 25), ("attribench2024", N)):
        sets = ShapleyCoalitions(Image.of(c.x), cut, n - 2, False).present(0, n - 2).double()
        theirs = captums_kernel_shap(c, cut, torch.cat([*ends, sets]))
        how = {"preset": preset, "target": c.target, "segments": cut.labels, "n": n}
        close(hp.explain(c.model, c.images, "kernel_shap", **how), theirs, ROUGH)


def test_the_shapley_values_of_captum(number):
    c = case(number, convolutional=True)
    labels = segmented(Image.of(c.x), 4).labels
    theirs = attr.ShapleyValues(c.model).attribute(c.images, 0.4, c.target, feature_mask=labels)
    how = {"target": c.target, "segments": labels, "baseline": 0.4, "spread": "copied"}
    close(hp.explain(c.model, c.images, "kernel_shap", **how), theirs, 1e-6)


def test_captums_kernel_shap_is_not_complete_where_segments_have_many_pixels(number):
    """We are right: a map is what its pixels are worth. Captum's gives every pixel the worth of its whole segment."""
    c = case(number, convolutional=True)
    cut = pieces(c)
    change = float((c.model(c.images.clone()) - c.model(0 * c.images))[0, c.target].detach())
    how = {"target": c.target, "segments": cut.labels, "n": N}
    ours = hp.explain(c.model, c.images, "kernel_shap", **how)
    assert float(ours.sum()) == pytest.approx(change, rel=1e-9)
    vectors = torch.cat([torch.ones(1, cut.count), torch.zeros(1, cut.count)]).double()
    sets = ShapleyCoalitions(Image.of(c.x), cut, N, False).present(0, N).double()
    theirs = captums_kernel_shap(c, cut, torch.cat([vectors, sets]))
    assert abs(float(theirs.sum()) - change) > 0.1 * abs(change)


def test_the_package_lime(number):
    image = pytest.importorskip("lime.lime_image")
    pairwise_distances = pytest.importorskip("sklearn.metrics").pairwise_distances
    c = case(number, convolutional=True)
    cut = pieces(c)
    rows = np.vstack([np.ones(cut.count), Halves(Image.of(c.x), cut, N - 1).present(0, N - 1).numpy()])
    points = torch.where(torch.tensor(rows).bool()[:, cut.labels], c.x, cut.colours(c.x))
    answers = c.model(points).softmax(1).detach().numpy()
    far = pairwise_distances(rows, rows[:1], metric="cosine").ravel()
    explainer = image.LimeImageExplainer()
    _, found, *_ = explainer.base.explain_instance_with_data(rows, answers, far, c.target, cut.count)
    theirs = torch.tensor([worth for _, worth in sorted(found)], dtype=torch.float64)
    how = {"preset": "lime", "segments": cut.labels, "n": N, "target": c.target}
    close(hp.explain(c.model, c.images, "lime", **how)[0], theirs[cut.labels].expand_as(c.x))
