"""pytorch-grad-cam 1.5.7 beside what `tests/formulas/test_against_grad_cam.py` says of its class activation maps."""

import pytest
import torch

import heatproof as hp

pytestmark = pytest.mark.filterwarnings("ignore")


def test_guided_backprop(pytorch_grad_cam, model, x, targets):
    found = hp.explain(model, x, "guided_backprop", target=targets)
    guided = pytorch_grad_cam.GuidedBackpropReLUModel(model, device="cpu")
    for i, target in enumerate(targets.tolist()):
        result = torch.as_tensor(guided(x[i : i + 1], target)).reshape(8, 8, 3).permute(2, 0, 1)
        torch.testing.assert_close(found[i], result, rtol=1e-4, atol=1e-6)
