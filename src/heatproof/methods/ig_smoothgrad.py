"""IG-SmoothGrad: integrated gradients averaged over noisy copies of the image, all from one baseline."""

from torch import Tensor

from heatproof.methods.integrated_gradients import PAIR, integrated_gradients
from heatproof.methods.smoothgrad import SMILKOV
from heatproof.vocabulary.averages import mean_of
from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Baseline, Rule, Samples, Scale, Sigma, Steps


@method(
    family="path",
    paper=SMILKOV,
    axioms=("linearity", "dummy", "implementation invariance"),
    presets={"sanity_checks": PAIR | {"sigma": 0.15, "n": 25, "scale": "normalised_range", "steps": 50}},
)
async def ig_smoothgrad(
    f: Score,
    *,
    sigma: Sigma = 0.15,
    n: Samples = 25,
    scale: Scale = "range",
    baseline: Baseline = 0.0,
    steps: Steps = 50,
    rule: Rule = "gauss-legendre",
) -> Tensor:
    """E[IG(x + sigma e)], e ~ N(0, 1), where IG(z) = (z - b) * integral of grad f(b + a (z - b)) da."""
    b, cloud = fill_for(f.image, baseline).pixels, around(f.image, sigma, n, scale)
    return await mean_of(integrated_gradients(f.at(cloud, i), baseline=b, steps=steps, rule=rule) for i in range(n))
