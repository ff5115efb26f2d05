import sys

import numpy as np
import pytest

from bunraku_client.decoder import Decoder
from bunraku_client.errors import DecodeError
from bunraku_client.frame import Frame
from bunraku_client.welcome import Stream
from models.pictures import to_network
from models.planes import to_planes
from server.video import VideoEncoder

WIDTH, HEIGHT = 64, 32


def stream(codec: str = "h264-alpha") -> Stream:
    return Stream(codec, WIDTH, HEIGHT, 30.0, "transparent", True)


def coral(number: int) -> np.ndarray:
    """Half a coral that changes with the number, beside nothing."""
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[:, : WIDTH // 2] = (240, 100, 40 + number, 128)
    return pixels


def frames(count: int, of: Stream) -> list[Frame]:
    encoder, made = VideoEncoder(0.9), []
    for number in range(count):
        stacked = of.codec == "h264-alpha"
        packed = to_planes(to_network(coral(number))[None], stacked=stacked)[0].numpy()
        encoded = encoder.encode(packed, key=False)
        made.append(Frame(number, encoded.key, None, None, {}, 0.0, of, encoded.data))
    return made


def test_every_frame_becomes_a_picture_with_its_transparency() -> None:
    decoder = Decoder()
    for number, frame in enumerate(frames(4, stream())):
        shown = decoder.decoded(frame).pixels()
        assert shown.shape == (HEIGHT, WIDTH, 4)
        assert shown[8, 8].tolist() == pytest.approx(coral(number)[8, 8].tolist(), abs=6)
        assert shown[8, 56].tolist() == pytest.approx([0, 0, 0, 0], abs=1)
        assert frame.planes is None  # the frame given is left as it was


def test_opaque_video_is_a_picture_too() -> None:
    (frame,) = frames(1, stream("h264"))
    image = Decoder().decoded(frame).image()
    assert (image.size, image.mode) == ((WIDTH, HEIGHT), "RGBA")
    assert image.getpixel((56, 8)) == pytest.approx((255, 255, 255, 255), abs=2)


def test_another_stream_begins_anew() -> None:
    decoder = Decoder()
    first, second = frames(2, stream()), frames(1, stream("h264"))
    assert decoder.decoded(first[0]).pixels().shape == (HEIGHT, WIDTH, 4)
    assert decoder.decoded(second[0]).pixels()[0, 56].tolist() == pytest.approx([255] * 4, abs=2)
    with pytest.raises(DecodeError):
        decoder.decoded(first[1])


def test_stills_pass_as_they_are() -> None:
    still = Frame(1, True, None, None, {}, 0.0, stream("png"), b"")
    assert Decoder().decoded(still) is still


def test_bytes_that_are_no_video_are_a_decode_error() -> None:
    broken = Frame(7, True, None, None, {}, 0.0, stream(), b"no video")
    with pytest.raises(DecodeError, match="Frame 7"):
        Decoder().decoded(broken)


def test_without_pyav_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DecodeError, match=r"pip install 'bunraku-client\[video\]'"):
        Decoder()
