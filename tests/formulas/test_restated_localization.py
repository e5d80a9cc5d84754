"""Localization error: numbers of the original, loops over pixels, and shapes whose overlap is known."""

import numpy as np
import pytest
import torch
from small_cases import TWENTY, case

from heatproof.metrics.localization_error import localization_error
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.evidence import box_around, boxes_around, inside, largest_part, overlap

ALPHAS = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]
SAM = [0.494385, 0.601962, 0.720897, 0.809485, 0.806522, 0.800186, 0.772616, 0.676049, 0.604938]


def boxes(*each):
    return torch.tensor(each)


def gaussian():
    i, j = np.mgrid[:224, :224]
    return torch.tensor(np.exp(-((i - 100) ** 2 + (j - 120) ** 2) / (2 * 30**2)))[None]


def test_golden_overlaps_of_sam():
    reading = localization_error(gaussian(), boxes((60, 70, 150, 160)), border="sam")
    assert reading.curves["iou"].x == tuple(ALPHAS)
    assert reading.curves["iou"].y == pytest.approx(SAM, abs=5e-7)
    assert reading.curves["error"].y == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert reading.value == pytest.approx(1 / 9)


def test_the_same_without_the_row_and_column_that_sam_leaves_out():
    found = localization_error(gaussian(), boxes((60, 70, 150, 160))).curves["iou"].y
    for alpha, iou in zip(ALPHAS, found, strict=True):
        radius = int(30 * np.sqrt(-2 * np.log(alpha)))
        rows = (max(100 - radius, 0), 101 + radius)
        columns = (max(120 - radius, 0), 121 + radius)
        shared = (min(rows[1], 150) - max(rows[0], 60)) * (min(columns[1], 160) - max(columns[0], 70))
        box = (rows[1] - rows[0]) * (columns[1] - columns[0])
        assert iou == pytest.approx(shared / (box + 90 * 90 - shared))


def restated(phi, truth, alpha, largest=False, absolute=False):
    """IoU of the box around what is at least alpha times the maximum with the union of the boxes, pixel by pixel."""
    h, w = phi.shape[1:]
    heat = [[float(phi[:, i, j].sum()) for j in range(w)] for i in range(h)]
    heat = [[abs(v) if absolute else max(v, 0.0) for v in row] for row in heat]
    top = max(map(max, heat))
    left = {(i, j) for i in range(h) for j in range(w) if heat[i][j] >= alpha * top and heat[i][j] > 0}
    if largest:
        left = max(parts(left), key=len, default=set())
    rows, columns = [i for i, _ in left], [j for _, j in left]
    box = {(i, j) for i in range(h) for j in range(w) if left and min(rows) <= i <= max(rows)}
    box = {(i, j) for i, j in box if min(columns) <= j <= max(columns)}
    objects = {
        (i, j) for top, left, bottom, right in truth.tolist() for i in range(top, bottom) for j in range(left, right)
    }
    objects = {(i, j) for i, j in objects if 0 <= i < h and 0 <= j < w}
    return len(box & objects) / len(box | objects)


def parts(pixels):
    """Connected sets, neighbours sharing a side, in the order of their first pixels."""
    pixels, found = set(pixels), []
    while pixels:
        todo, part = [min(pixels)], set()
        pixels -= set(todo)
        while todo:
            i, j = todo.pop()
            part.add((i, j))
            near = {(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)} & pixels
            pixels -= near
            todo += near
        found.append(part)
    return found


@TWENTY
def test_against_loops_over_pixels(number):
    c = case(number)
    _, h, w = c.phi.shape
    truth = boxes((0, 1, h - 2, w - 1), (h // 2, w // 2, h + 3, w))[: 1 + number % 2]
    settings = {"component": ["all", "largest"][number // 10], "sign": ["signed", "absolute"][number % 3 == 0]}
    given = (settings["component"] == "largest", settings["sign"] == "absolute")
    phi = c.phi**3 if number % 4 == 0 else c.phi
    expected = [restated(phi, truth, a, *given) for a in ALPHAS]
    reading = localization_error(phi, truth, **settings)
    assert reading.curves["iou"].y == pytest.approx(expected, rel=1e-12)
    assert reading.value == pytest.approx(sum(iou <= 0.5 for iou in expected) / 9)
    alone = localization_error(phi, truth, alpha=0.7, accepted=0.2, **settings)
    assert alone.value == float(restated(phi, truth, 0.7, *given) <= 0.2)


def test_the_best_and_the_worst_map():
    phi = torch.zeros(3, 9, 8)
    phi[:, 2:5, 3:7] = 1
    assert localization_error(phi, boxes((2, 3, 5, 7))).value == 0
    assert localization_error(-phi, boxes((2, 3, 5, 7))).value == 1
    assert localization_error(phi, boxes((5, 0, 9, 3))).value == 1
    assert localization_error(-phi, boxes((2, 3, 5, 7)), sign="absolute").value == 0


def test_half_of_the_box_is_not_enough():
    phi = torch.zeros(1, 9, 8)
    phi[:, :2] = 1
    half, more = boxes((0, 0, 4, 8)), boxes((0, 0, 3, 8))
    assert localization_error(phi, half, alpha=0.5).curves["iou"].y == [0.5]
    assert localization_error(phi, half, alpha=0.5).value == 1
    assert localization_error(phi, more, alpha=0.5).value == 0


def test_a_pixel_at_the_threshold_counts():
    phi = torch.zeros(1, 4, 4)
    phi[0, 0, 0], phi[0, 3, 3] = 1.0, 0.25
    assert localization_error(phi, boxes((0, 0, 4, 4)), alpha=0.25).curves["iou"].y == [1.0]
    assert localization_error(phi, boxes((0, 0, 4, 4)), alpha=0.26).curves["iou"].y == [1 / 16]


def test_one_far_pixel_spoils_the_box_of_all_and_not_that_of_the_largest_part():
    phi = torch.zeros(1, 12, 12)
    phi[:, 1:5, 1:5], phi[:, 11, 11] = 1, 1
    truth = boxes((1, 1, 5, 5))
    assert localization_error(phi, truth).value == 1
    assert localization_error(phi, truth, component="largest").value == 0


def test_boxes_that_overlap_count_once_and_what_lies_outside_does_not():
    phi = torch.zeros(1, 6, 6)
    phi[:, 0:4, 0:4] = 1
    assert localization_error(phi, boxes((0, 0, 4, 3), (0, 1, 4, 4), (9, 9, 12, 12))).curves["iou"].y[0] == 1
    assert localization_error(phi, boxes((-5, -5, 4, 4))).curves["iou"].y[0] == 1


@pytest.mark.parametrize("none", [torch.zeros(0, 4, dtype=torch.long), boxes((6, 0, 9, 3)), boxes((2, 2, 2, 5))])
def test_without_a_box_in_the_image_there_is_no_value(none):
    with pytest.raises(Undefined, match="no box"):
        localization_error(torch.ones(1, 6, 6), none)


def test_strange_maps():
    truth = boxes((0, 0, 6, 6))
    assert localization_error(torch.zeros(1, 6, 6), truth).value == 1
    assert localization_error(torch.full((1, 6, 6), 0.1), truth).value == 0
    assert localization_error(torch.full((1, 6, 6), 1e-300, dtype=torch.float64), truth).value == 0
    assert localization_error(torch.full((1, 6, 6), 1e300, dtype=torch.float64), truth).value == 0


def test_boxes_and_pixels():
    pixels = torch.zeros(6, 7, dtype=torch.bool)
    pixels[1:3, 1:3] = pixels[4, 4:] = True
    pixels[3, 3] = True  # touches only at corners
    assert box_around(pixels).tolist() == [[1, 1, 5, 7]]
    assert boxes_around(pixels).tolist() == [[1, 1, 3, 3], [3, 3, 4, 4], [4, 4, 5, 7]]
    assert torch.equal(inside(boxes_around(pixels), (6, 7)), pixels)
    assert torch.equal(largest_part(pixels), inside(boxes((1, 1, 3, 3)), (6, 7)))
    nothing = pixels & False
    assert box_around(nothing).shape == boxes_around(nothing).shape == (0, 4)
    assert not largest_part(nothing).any()
    assert overlap(pixels, ~pixels) == overlap(nothing, nothing) == 0
