import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.pictures import PictureError
from models.preparation.source import read_drawing


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size, and holds nothing."""
    fields = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + fields
    checked = struct.pack(">I", len(fields)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + checked + struct.pack(">I", 100) + b"IDAT" + bytes(100)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
def test_common_formats_become_rgba(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"drawing.{suffix}"
    Image.new("RGB", (64, 48), "#204060").save(path)
    pixels = read_drawing(path)
    assert pixels.shape == (48, 64, 4)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels[24, 32].astype(int) - [0x20, 0x40, 0x60, 255]).max() <= 3


def test_a_photograph_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    image = Image.new("RGB", (64, 48))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert read_drawing(tmp_path / "turned.jpg").shape == (64, 48, 4)


def test_huge_claims_are_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    for side in (8_000, 10_000, 20_000):
        path.write_bytes(png_header(side, side))
        with pytest.raises(PictureError, match="claims"):
            read_drawing(path)


def test_what_is_no_picture_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"absent\.png cannot be read: No such file"):
        read_drawing(tmp_path / "absent.png")
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(PictureError, match=r"text\.png is no picture of a known format"):
        read_drawing(tmp_path / "text.png")
    Image.new("RGB", (64, 64)).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:60])
    with pytest.raises(PictureError, match=r"cut\.png is damaged"):
        read_drawing(tmp_path / "cut.png")
    Image.new("RGB", (31, 64)).save(tmp_path / "small.png")
    with pytest.raises(PictureError, match="only 31 by 64"):
        read_drawing(tmp_path / "small.png")
