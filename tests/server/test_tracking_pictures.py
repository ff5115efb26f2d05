import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from server.tracking_pictures import FORMATS, WebcamError, read_picture


def encoded(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", colour: object = "red") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, FORMATS[kind])  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_becomes_rgb_of_its_own_size(kind: str) -> None:
    picture = read_picture(encoded(kind), kind)
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture[20, 30].astype(int) - (255, 0, 0)).max() < 5


@pytest.mark.parametrize("kind", FORMATS)
def test_a_wide_picture_is_drawn_down_to_640(kind: str) -> None:
    assert read_picture(encoded(kind, (1920, 1080)), kind).shape == (360, 640, 3)


def test_grey_and_transparent_pictures_become_rgb() -> None:
    assert read_picture(encoded("png", mode="L", colour=9), "png").shape == (48, 64, 3)
    assert read_picture(encoded("webp", mode="RGBA", colour=(1, 2, 3, 4)), "webp").shape == (48, 64, 3)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_that_is_cut_short_is_refused(kind: str) -> None:
    data = encoded(kind, (400, 300))
    for length in (0, 1, 20, len(data) // 2):
        with pytest.raises(WebcamError, match=rf"^The picture is not a whole {kind} picture\.$"):
            read_picture(data[:length], kind)


def test_a_picture_of_another_format_than_it_says_is_refused() -> None:
    with pytest.raises(WebcamError, match="not a whole jpeg"):
        read_picture(encoded("png"), "jpeg")


@pytest.mark.parametrize("side", [4097, 20_000, 200_000])
def test_a_header_that_claims_too_much_is_refused_before_a_pixel_is_decoded(side: int) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(b"")
    chunks = b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (header, pixels)
    )
    with pytest.raises(WebcamError, match="4096 by 4096 is the most"):
        read_picture(b"\x89PNG\r\n\x1a\n" + chunks, "png")
