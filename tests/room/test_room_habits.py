"""What the pre-flight notices: chance, company, layouts, writing into the input."""

from collections.abc import Callable

import pytest
import torch
from room_lab import CPU, answering, built, linear, look, pictures
from torch import Tensor, nn
from torch.nn import functional as F

import heatproof as hp
from heatproof.models.classifier import Normalised
from heatproof.models.input import InputSpec
from heatproof.models.preflight import fingerprint, preflight
from heatproof.models.prepare import prepared


def test_a_well_behaved_model_gets_no_warning() -> None:
    assert look(linear()).warnings == ()


@pytest.mark.parametrize("chance", [lambda z: F.dropout(z, 0.5), lambda z: z + 0.1 * torch.randn_like(z)])
def test_a_random_answer_is_said(chance: Callable[[Tensor], Tensor]) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        found = look(answering(chance))
    assert any("differently each time" in w for w in found.warnings)
    assert not found.gradient_brings_logits


@pytest.mark.parametrize("company", [lambda z: z - z.mean(0), lambda z: F.batch_norm(z, None, None, training=True)])
def test_answers_that_depend_on_the_batch_are_said(company: Callable[[Tensor], Tensor]) -> None:
    assert any("other images of its batch" in w for w in look(answering(company)).warnings)


def test_batch_norm_without_statistics_of_its_own_is_said() -> None:
    net = built(lambda: nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), linear()))
    assert any("other images of its batch" in w for w in look(net).warnings)


class Views(nn.Module):
    """Reshapes activations of convolutions with view(), which channels-last layouts do not allow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(1024, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).relu().view(len(x), -1))


def test_models_that_reshape_with_view_run_contiguous() -> None:
    net, x = built(Views), pictures(2)
    with prepared(net, CPU) as room:
        preflight(room, pictures(4))
        assert room.memory_format == torch.contiguous_format
        assert all(p.is_contiguous() for p in net.parameters())
    z = x.clone().requires_grad_()
    (want,) = torch.autograd.grad(net.eval()(z)[:, 0].sum(), z)
    torch.testing.assert_close(hp.explain(net, x, "gradient", target=0, batch=4), want)


def test_other_convolutional_models_run_channels_last_and_are_given_back() -> None:
    net = built(lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    with prepared(net, CPU) as room:
        preflight(room, pictures(4))
        assert room.memory_format == torch.channels_last
    assert net[0].weight.is_contiguous()


def test_a_model_without_convolutions_stays_as_it_is() -> None:
    with prepared(nn.Sequential(nn.Flatten(), nn.Linear(768, 5)), CPU) as room:
        preflight(room, pictures(4))
        assert room.memory_format == torch.contiguous_format


class Writes(nn.Module):
    """Changes its input in place before it looks at it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = linear()

    def forward(self, x: Tensor) -> Tensor:
        x.sub_(0.5).mul_(2)
        return self.net(x)


def test_a_model_that_writes_into_its_input_leaves_the_images_alone() -> None:
    x = pictures(2)
    kept = x.clone()
    assert look(Writes(), x).warnings == ()
    found = hp.explain(Writes(), x, "input_x_gradient", batch=4, target=0)
    assert torch.equal(x, kept)
    z = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(linear()((z - 0.5) * 2)[:, 0].sum(), z)
    torch.testing.assert_close(found, x * g)


def test_the_outputs_of_a_gradient_are_the_bits_of_a_forward() -> None:
    assert look(linear()).gradient_brings_logits


class OtherWithGrad(nn.Module):
    """Takes another path when gradients are recorded, as checkpointing and fused kernels do."""

    def __init__(self) -> None:
        super().__init__()
        self.net = linear()

    def forward(self, x: Tensor) -> Tensor:
        z = self.net(x)
        return z * (1 + 1e-6) if torch.is_grad_enabled() else z


def test_where_they_are_not_forwards_are_made_anew() -> None:
    assert not look(OtherWithGrad()).gradient_brings_logits


def test_the_fingerprint_knows_the_normalisation() -> None:
    specs = [InputSpec(3, 8, 8, mean, std) for mean in ((0.5,), (0.4,)) for std in ((0.2,), (0.3,))]
    assert len({fingerprint(Normalised(linear(), spec)) for spec in specs}) == 4


def test_the_fingerprint_is_of_architecture_weights_and_buffers() -> None:
    def net() -> nn.Module:
        return built(lambda: nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3), nn.ReLU()))

    first, others = net(), [net() for _ in range(4)]
    assert fingerprint(first) == fingerprint(others[0])
    with torch.no_grad():
        others[0][1].weight[0, 0, 0, 0] += 1e-7
        others[1][0].running_var[1] += 1e-6
        others[2][1].weight.copy_(others[2][1].weight.flip(0))
    others[3][2] = nn.ReLU6()
    assert len({fingerprint(n) for n in [first, *others]}) == 5
    assert fingerprint(first.to(memory_format=torch.channels_last)) == fingerprint(net())
