"""Pictures of maps: sign and size of a value can be read back, whatever the map holds."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from heatproof.report.colours import COLOUR_MAPS, channel_table
from heatproof.report.maps import SIDE, Picture, map_picture, photo_picture


def grey(picture: Picture) -> np.ndarray:
    raw = base64.b64decode(picture.removeprefix("data:image/webp;base64,"))
    return np.asarray(Image.open(io.BytesIO(raw)).convert("L")).astype(int)


def test_small_maps_are_exact() -> None:
    phi = np.linspace(-1, 1, 3 * 28 * 28).reshape(3, 28, 28)
    summed = phi.sum(0)
    scale = np.percentile(np.abs(summed), 99.5)
    expected = np.clip(np.rint(128 + 127 * summed / scale), 1, 255)
    found = grey(map_picture(phi))
    assert np.abs(found - expected).max() <= 1
    assert (np.sign(found - 128) == np.sign(expected - 128)).all()


def test_zero_is_the_middle() -> None:
    assert (grey(map_picture(np.zeros((1, 8, 8)))) == 128).all()


def test_a_sparse_map_keeps_its_one_point() -> None:
    phi = np.zeros((1, 40, 40))
    phi[0, 3, 4] = -7.0
    found = grey(map_picture(phi))
    assert found[3, 4] == 1
    assert (found == 128).sum() == 1599


def test_large_maps_shrink_and_keep_their_sign() -> None:
    phi = np.ones((3, 224, 300), dtype=np.float32)
    phi[:, :, :150] = -1
    picture = map_picture(phi)
    found = grey(picture)
    assert (picture.width, picture.height) == (SIDE, 84)
    assert found[:, :50].max() < 10
    assert found[:, -50:].min() > 245


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308, -1e308])
def test_no_value_breaks_a_map(bad: float) -> None:
    phi = np.full((3, 16, 16), 0.5)
    phi[:, 0, 0] = bad
    assert grey(map_picture(phi)).shape == (16, 16)


def test_photos_keep_their_colours() -> None:
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[..., 0] = 200
    raw = base64.b64decode(photo_picture(pixels).removeprefix("data:image/webp;base64,"))
    assert np.abs(np.asarray(Image.open(io.BytesIO(raw)).convert("RGB")).astype(int) - pixels).max() <= 2


def test_the_filter_table_is_the_colour_map() -> None:
    anchors = COLOUR_MAPS[0].anchors
    middle = [float(channel_table(anchors, channel).split()[len(anchors) // 2]) for channel in range(3)]
    assert middle == pytest.approx([0xF7 / 255] * 3, abs=1e-3)
    assert len({len(set(m.anchors)) == len(m.anchors) for m in COLOUR_MAPS}) == 1
