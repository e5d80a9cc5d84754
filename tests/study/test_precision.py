"""Maps in one type, the plain forwards of metrics in another: who is computed in which, and what shares with what."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from study_kit import SmallNet, images
from torch import Tensor

import heatproof as hp
from heatproof.check.families import network
from heatproof.models.room import Room
from heatproof.vocabulary.errors import HeatproofError

COARSE = "bfloat16"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Batches by kind and type: "logits ", "logits bfloat16", "gradient"."""
    seen: Counter[str] = Counter()
    logits, gradient = Room.logits, Room.gradient

    def count_logits(room: Room, z: Tensor, precision: str = "") -> Tensor:
        seen[f"logits {precision}"] += 1
        return logits(room, z, precision)

    def count_gradient(room: Room, *args: Any) -> Any:
        seen[f"gradient {torch.is_autocast_enabled('cpu')}"] += 1
        return gradient(room, *args)

    monkeypatch.setattr(Room, "logits", count_logits)
    monkeypatch.setattr(Room, "gradient", count_gradient)
    return seen


def _score(metric: str, **words: Any) -> Tensor:
    net, x = network("plain cnn"), images(4).repeat(1, 3, 1, 1)
    maps = torch.linspace(-1, 1, x.numel()).view_as(x)
    return hp.score(net, x, maps, metric, batch=4, **words)


def test_scores_in_a_shorter_type_are_near_and_not_equal() -> None:
    fine, coarse, half = (_score("deletion", scores=s) for s in (None, COARSE, "float16"))
    assert torch.equal(fine, _score("deletion", scores="float32"))
    for other in (coarse, half):
        assert not torch.equal(other, fine)
        torch.testing.assert_close(other, fine, rtol=0.05, atol=0.01)


def test_only_the_metrics_own_forwards_are_coarse(asked: Counter[str]) -> None:
    _score("deletion", scores=COARSE)
    assert asked["logits bfloat16"] > 1
    before = dict(asked)
    _score("max_sensitivity", method="occlusion", method_settings={"window": 4, "stride": 4}, n=2, scores=COARSE)
    assert asked["logits "] > before["logits "] + 4
    assert asked["logits bfloat16"] == before["logits bfloat16"] + 4  # looks at the probe: twice whole, once in halves


def test_explanations_made_again_are_those_in_the_type_of_maps() -> None:
    words = {"method": "occlusion", "method_settings": {"window": 4, "stride": 4}, "n": 2}
    assert torch.equal(_score("max_sensitivity", scores=COARSE, **words), _score("max_sensitivity", **words))


def test_outputs_of_gradients_answer_fine_questions_only() -> None:
    """completeness asks at x and at the baseline: x comes with the gradient in one type, not in the other."""
    assert _planned() == 4
    assert _planned(scores=COARSE) == 8


def _planned(**options: Any) -> int:
    study = hp.Study(
        SmallNet(), images(4), methods=["gradient"], metrics=["completeness"], controls=[], batch=8, workers=1,
        **options,
    )  # fmt: skip
    return study.plan().forwards


def test_a_score_has_another_key_and_a_map_the_same(tmp_path: Any) -> None:
    def keys(name: str, **options: Any) -> tuple[list[str], list[str]]:
        study = hp.Study(
            SmallNet(), images(2), methods=["gradient"], metrics=["deletion", "gini"], controls=[], batch=4,
            workers=1, **options,
        )  # fmt: skip
        (model,) = study.run(tmp_path / name).view.models
        return [m.key for m in model.methods], [m.key for m in model.metrics]

    fine, same, coarse = keys("a"), keys("b", scores="float32"), keys("c", scores=COARSE)
    assert fine == same
    assert coarse[0] == fine[0]
    assert coarse[1][0] != fine[1][0]
    assert coarse[1][1] == fine[1][1]  # gini asks the model nothing
    assert keys("d", maps=COARSE)[0] != fine[0]


def test_maps_in_bfloat16_are_warned_about_everywhere(tmp_path: Any) -> None:
    from heatproof.report.terminal import summary

    study = hp.Study(
        SmallNet(), images(2), methods=["gradient"], metrics=["gini"], controls=[], batch=4, maps=COARSE, workers=1
    )
    assert any("bfloat16" in w for w in study.plan().warnings)
    view = study.run(tmp_path / "run").view
    assert any("maps are computed in bfloat16" in t for t in view.habits)
    assert any(t.startswith("warning: ") and "maps are computed in bfloat16" in t for t in summary(view))
    calm = hp.Study(
        SmallNet(), images(2), methods=["gradient"], metrics=["gini"], controls=[], batch=4, scores=COARSE, workers=1
    )
    assert not calm.plan().warnings


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"scores": "float64"}, "HP240"),
        ({"scores": COARSE, "precision": "float64"}, "HP240"),
        ({"scores": "half"}, "HP105"),
    ],
)
def test_types_that_do_not_go_together(words: dict[str, Any], code: str) -> None:
    with pytest.raises(HeatproofError) as caught:
        _score("deletion", **words)
    assert caught.value.code == code


def test_fine_scores_beside_coarse_maps() -> None:
    assert torch.equal(_score("deletion", precision=COARSE, scores="float32"), _score("deletion"))


def test_a_type_that_loses_answers_is_refused() -> None:
    class Loud(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = network("plain cnn")
            self.last = torch.nn.Linear(1, 1)

        def forward(self, x: Tensor) -> Tensor:
            y = self.inside(x)
            return y + (torch.nn.functional.linear(torch.full_like(y[:, :1], 3e4), self.last.weight * 0 + 8)) * 1e-9

    x = images(2).repeat(1, 3, 1, 1)
    with pytest.raises(HeatproofError) as caught:
        hp.score(Loud(), x, torch.ones_like(x), "deletion", scores="float16", batch=2)
    assert caught.value.code == "HP241"
    assert hp.score(Loud(), x, torch.ones_like(x), "deletion", scores=COARSE, batch=2).isfinite().all()
