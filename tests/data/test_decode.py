"""One image file -> an upright RGB picture in [0, 1], or a reason."""

import contextlib
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from heatproof.data.decode import Unreadable, decode

RED_LEFT = np.zeros((4, 6, 3), np.uint8)
RED_LEFT[:, :3, 0] = 255


def reason(path: Path) -> str:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(Unreadable) as caught:
            decode(path)
    assert not heard
    text = str(caught.value)
    assert text
    assert "\n" not in text
    assert str(path) not in text
    return text


def png(width: int, height: int, *, extra: bytes = b"") -> bytes:
    """A PNG that only claims its size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_turn_is_applied(tmp_path, orientation):
    turned = {
        1: RED_LEFT,
        2: RED_LEFT[:, ::-1],
        3: RED_LEFT[::-1, ::-1],
        4: RED_LEFT[::-1],
        5: RED_LEFT.transpose(1, 0, 2),
        6: np.rot90(RED_LEFT, 1),
        7: np.rot90(RED_LEFT[:, ::-1], -1),
        8: np.rot90(RED_LEFT, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(turned)).save(tmp_path / "x.png", exif=exif)
    upright = decode(tmp_path / "x.png")
    assert upright.shape == (3, 4, 6)
    assert torch.equal(upright, torch.from_numpy(RED_LEFT / np.float32(255)).permute(2, 0, 1))


def test_sixteen_bits_of_grey_are_scaled_not_clipped(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "x.png")
    Image.fromarray(ramp).save(tmp_path / "x.tif")
    for name in ("x.png", "x.tif"):
        pixels = decode(tmp_path / name)
        assert pixels.shape == (3, 16, 16)
        assert torch.equal(pixels[1], torch.from_numpy(ramp / np.float32(65535)))


def test_float_grey_is_taken_as_it_is_and_refused_outside_its_range(tmp_path):
    values = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    Image.fromarray(values).save(tmp_path / "good.tif")
    assert torch.equal(decode(tmp_path / "good.tif")[0], torch.from_numpy(values))
    Image.fromarray(values * 300).save(tmp_path / "bad.tif")
    assert "outside the range" in reason(tmp_path / "bad.tif")
    values[0, 0] = np.nan
    Image.fromarray(values).save(tmp_path / "nan.tif")
    assert "outside the range" in reason(tmp_path / "nan.tif")


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "YCbCr", "1"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    grey = Image.fromarray(np.tile(np.uint8([[0, 255]]), (4, 2)))
    name = "x.jpg" if mode in ("CMYK", "YCbCr") else "x.png"
    grey.convert("RGB").convert(mode).save(tmp_path / name)
    pixels = decode(tmp_path / name)
    assert pixels.shape == (3, 4, 4)
    wanted = torch.tensor([0.0, 1.0]).repeat(2).expand(3, 4, 4)
    assert torch.allclose(pixels, wanted, atol=0.06)


def test_transparency_lies_on_white(tmp_path):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[..., 0], pixels[0, 0, 3], pixels[1, 1, 3] = 255, 255, 51
    Image.fromarray(pixels).save(tmp_path / "rgba.png")
    seen = decode(tmp_path / "rgba.png")
    assert seen[:, 0, 0].tolist() == [1, 0, 0]
    assert seen[:, 0, 1].tolist() == [1, 1, 1]
    assert seen[:, 1, 1].tolist() == pytest.approx([1, 0.8, 0.8])
    palette = Image.new("P", (2, 2), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((1, 1), 1)
    palette.save(tmp_path / "p.png", transparency=0)
    assert decode(tmp_path / "p.png")[:, 0, 0].tolist() == [1, 1, 1]
    assert decode(tmp_path / "p.png")[:, 1, 1].tolist() == [0, 0, 1]


@pytest.mark.parametrize("suffix", ["gif", "webp", "tif"])
def test_the_first_frame_of_an_animation(tmp_path, suffix):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / f"x.{suffix}", save_all=True, append_images=frames[1:])
    assert torch.allclose(decode(tmp_path / f"x.{suffix}")[:, 4, 4], torch.tensor([1.0, 0, 0]), atol=0.03)


@pytest.mark.parametrize(("width", "height"), [(10_000, 10_000), (16_000, 16_000), (7_072, 7_071)])
def test_more_than_fifty_million_pixels_are_refused_before_decoding(tmp_path, width, height):
    (tmp_path / "x.png").write_bytes(png(width, height))
    assert "50 million" in reason(tmp_path / "x.png")


def test_an_endless_text_chunk_is_refused(tmp_path):
    data = b"k\0\0" + zlib.compress(b"a" * 80_000_000, 9)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    (tmp_path / "x.png").write_bytes(png(4, 4, extra=chunk))
    assert "damaged" in reason(tmp_path / "x.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tif"])
@pytest.mark.parametrize("share", [0.01, 0.6, 0.95])
def test_a_truncated_file_has_a_reason(tmp_path, suffix, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = tmp_path / f"whole.{suffix}"
    Image.fromarray(noise).save(whole)
    data = whole.read_bytes()
    (tmp_path / f"x.{suffix}").write_bytes(data[: int(len(data) * share)])
    reason(tmp_path / f"x.{suffix}")


def test_files_that_are_no_images_have_a_reason(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("<html>404</html>")
    (tmp_path / "drawing.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    for name in ("empty.png", "text.jpg", "drawing.png"):
        assert "not an image" in reason(tmp_path / name)
    assert "no such file" in reason(tmp_path / "missing.png")


def test_random_damage_never_escapes_as_another_error(tmp_path):
    random = np.random.default_rng(1)
    Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    for n in range(60):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 5):
            data[place] = random.integers(0, 256)
        (tmp_path / "x.png").write_bytes(bytes(data))
        with contextlib.suppress(Unreadable):
            assert decode(tmp_path / "x.png").isfinite().all(), n
