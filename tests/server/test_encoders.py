import io

import numpy as np
import pytest
from PIL import Image

from server.encoders import STILLS, Pixels


def picture() -> Pixels:
    y, x = np.mgrid[0:64, 0:96]
    channels = [2 * x, 3 * y, 255 - x, np.where(x < 48, 255, 128)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def encoded(codec: str, quality: float = 0.9) -> bytes:
    result = STILLS[codec](quality).encode(picture(), key=False)
    assert result.key
    return result.data


def decoded(codec: str, quality: float = 0.9) -> Pixels:
    with Image.open(io.BytesIO(encoded(codec, quality))) as image:
        return np.array(image.convert("RGBA"))


def test_png_and_raw_give_the_same_pixels_back() -> None:
    np.testing.assert_array_equal(decoded("png"), picture())
    raw = np.frombuffer(encoded("raw"), np.uint8).reshape(64, 96, 4)
    np.testing.assert_array_equal(raw, picture())


def test_webp_keeps_alpha_exactly_and_colour_closely() -> None:
    pixels = decoded("webp")
    np.testing.assert_array_equal(pixels[..., 3], picture()[..., 3])
    assert np.abs(pixels[..., :3].astype(int) - picture()[..., :3]).mean() < 6


def test_jpeg_is_opaque() -> None:
    pixels = decoded("jpeg")
    assert (pixels[..., 3] == 255).all()
    assert np.abs(pixels[..., :3].astype(int) - picture()[..., :3]).mean() < 6


@pytest.mark.parametrize("codec", ["webp", "jpeg"])
def test_less_quality_is_fewer_bytes(codec: str) -> None:
    assert len(encoded(codec, 0.0)) < len(encoded(codec, 0.5)) < len(encoded(codec, 1.0))
