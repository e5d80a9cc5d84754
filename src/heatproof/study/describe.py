"""What a reader of a run needs to know about one model, its images, methods and metrics, as plain values."""

from __future__ import annotations

import math
from typing import Any

from heatproof.spec.entry import Entry
from heatproof.study.cases import Case
from heatproof.study.subject import Subject


def described(subject: Subject) -> dict[str, Any]:
    """Everything of a subject but its tensors."""
    classifier, facts = subject.classifier, subject.session.preflight.facts
    names = classifier.classes or tuple(str(i) for i in range(facts.outputs))
    return {
        "name": classifier.name,
        "facts": {
            "source": classifier.source,
            "images from": subject.images_from,
            "outputs": facts.outputs,
            "layers": list(facts.layers),
            "spatial layer": facts.spatial_layer,
            "activations": list(facts.activations),
            "fingerprint": facts.fingerprint,
            "device": str(subject.session.room.device),
            "micro-batch": subject.session.batch,
            "seed": subject.session.seed,
        },
        "images": [_image(case, names) for case in subject.cases],
        "methods": [_formula(row.entry, row.key, row.control) for row in subject.rows],
        "metrics": [_formula(column.entry, column.key, False) for column in subject.columns],
    }


def _image(case: Case, names: tuple[str, ...]) -> dict[str, Any]:
    def name(index: int | None) -> str | None:
        return None if index is None else names[index] if index < len(names) else str(index)

    return {
        "id": case.id,
        "key": case.key,
        "target": case.target,
        "target_name": name(case.target),
        "predicted": case.predicted,
        "predicted_name": name(case.predicted),
        "probability": None if math.isnan(case.probability) else case.probability,
        "label_name": name(case.label),
    }


def _formula(entry: Entry, key: str, control: bool) -> dict[str, Any]:
    claims = entry.formula.claims
    (written,) = [v for k, v in entry.written().items() if k != "label"]
    return {
        "key": key,
        "label": entry.label,
        "name": entry.name,
        "settings": written,
        "family": claims.family,
        "summary": entry.formula.summary,
        "bibtex": claims.paper.bibtex if claims.paper else "",
        "control": control,
        "better": entry.formula.better(entry.settings),
        "version": claims.version,
    }
