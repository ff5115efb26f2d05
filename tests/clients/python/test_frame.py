import io

import numpy as np
import pytest
from PIL import Image

from bunraku_client.errors import DecodeError, WireError
from bunraku_client.frame import Frame
from bunraku_client.welcome import Stream


def _frame(codec: str, data: bytes, key: bool = True) -> Frame:
    stream = Stream(codec, 2, 1, 30.0, "transparent", True)
    return Frame.read({"type": "frame", "frame": 1, "key": key, "data": data}, stream, arrived_ms=0.0)


def test_raw_pixels_are_rgba_row_by_row() -> None:
    pixels = _frame("raw", bytes([1, 2, 3, 4, 5, 6, 7, 8])).pixels()
    assert pixels.tolist() == [[[1, 2, 3, 4], [5, 6, 7, 8]]]


@pytest.mark.parametrize("codec", ["png", "webp", "jpeg"])
def test_an_encoded_picture_opens_as_rgba(codec: str) -> None:

    out = io.BytesIO()
    Image.new("RGB", (2, 1), (200, 100, 50)).save(out, codec, quality=100)
    frame = _frame(codec, out.getvalue())
    assert frame.image().mode == "RGBA"
    assert np.abs(frame.pixels()[0, 0].astype(int) - [200, 100, 50, 255]).max() <= 6


def test_pixels_keep_their_places_and_their_alpha() -> None:
    out = io.BytesIO()
    colours = [[[255, 0, 0, 255], [0, 0, 255, 40]]]
    Image.fromarray(np.array(colours, np.uint8)).save(out, "png")
    frame = _frame("png", out.getvalue())
    assert frame.pixels().tolist() == colours
    assert frame.image().getpixel((1, 0)) == (0, 0, 255, 40)


def test_h264_says_that_it_needs_a_decoder() -> None:
    with pytest.raises(DecodeError, match="h264 needs a video decoder: connect with decode=True"):
        _frame("h264", b"\x00\x00\x00\x01").image()


@pytest.mark.parametrize(
    ("codec", "data"), [("raw", b"123"), ("png", b"no picture"), ("png", b"\x89PNG\r\n\x1a\n")]
)
def test_broken_bytes_are_a_decode_error(codec: str, data: bytes) -> None:
    with pytest.raises(DecodeError):
        _frame(codec, data).pixels()


def test_only_a_delta_of_a_video_codec_leans_on_others() -> None:
    assert not _frame("h264-alpha", b"x", key=False).alone
    assert _frame("h264-alpha", b"x", key=True).alone
    assert _frame("webp", b"x", key=False).alone


def test_the_servers_time_is_the_sum_of_its_stages() -> None:
    stream = Stream("png", 2, 1, 30.0, "transparent", True)
    message = {"type": "frame", "frame": 1, "data": b"", "stages": {"queue": 1, "render": 2.5}}
    assert Frame.read(message, stream, arrived_ms=0.0).server_ms == 3.5
    with pytest.raises(WireError, match="milliseconds"):
        Frame.read(message | {"stages": {"queue": "long"}}, stream, arrived_ms=0.0)
