"""Maps of a clean and of a noisy image: models side by side."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.albums import NONE_KEPT
from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import coloured, photo
from heatproof.report.drawing.plates import Absent, Drawing, Row, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.study.view import FormulaView, ImageView, ModelView, RunView

METRIC = "input_noise_sensitivity"
IMAGES = 2


@figure(
    title="Maps of a clean and a noisy image",
    caption="Maps ({method}) of {image}, clean and with normal noise on its pixels (the first noisy image of the "
    "metric), by each model. Every map on a scale of its own.",
    needs=(METRIC,),
)
def noisy_maps(run: RunView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per method and image; the report has only the gradient."""
    pairs = [(model, metric) for model in run.models for metric in model.metrics if metric.name == METRIC]
    if not pairs:
        raise Absent(f"needs the metric {METRIC}")
    known = {model.name: (model, metric) for model, metric in reversed(pairs)}
    subjects = [known[model.name] for model in run.models if model.name in known]
    labels = dict.fromkeys(m.label for model, _ in subjects for m in model.methods if not m.control)
    if sheet.brief:
        labels = dict.fromkeys([label for label in labels if label == "gradient"] or list(labels)[:1])
    found = [
        drawing
        for label in labels
        for image in subjects[0][0].images[: 1 if sheet.brief else IMAGES]
        if (drawing := _drawing(subjects, sheet, label, image))
    ]
    if not found:
        raise Absent(NONE_KEPT)
    yield from found


def _drawing(
    subjects: list[tuple[ModelView, FormulaView]], sheet: Sheet, label: str, image: ImageView
) -> Drawing | None:
    grid = Grid(["clean", "noisy"], ["input", *(model.name for model, _ in subjects)])
    rows: list[Row] = []
    for j, (model, metric) in enumerate(subjects, 1):
        method = next((m for m in model.methods if m.label == label), None)
        if method is None or all(x.id != image.id for x in model.images):
            continue
        clean = model.load_map(method.key, image.id)
        noisy = next(iter(model.pictures(metric.key, method.key, image.id).values()), None)
        for i, phi in enumerate((clean, noisy)):
            if phi is not None and noisy is not None:
                grid.pictures[i, j] = coloured(phi, "signed", sheet.pixels)
                rows.append({"model": model.name, "image": image.id, "method": label, "row": grid.rows[i]})
    if not rows:
        return None
    grid.pictures[0, 0] = photo(image.pixels(), sheet.pixels)
    said = {"method": label, "image": image.id}
    return Drawing(grid.figure(sheet, "signed"), rows, part=f"{label}-{image.id}", words=said)
