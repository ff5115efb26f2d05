"""What the encoder makes is read by a decoder that is not ours."""

import re

import av
import numpy as np
import pytest
import torch
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from models.pictures import to_network
from models.planes import to_planes
from server.encoders import Encoded, Pixels
from server.video import CODEC_STRING, VideoEncoder

SIZE = 128
PARAMETERS, IDR, DELTA = {7, 8}, 5, 1


def figure(shift: int = 0) -> torch.Tensor:
    """A coloured disc with a soft edge on nothing, moved by some pixels: network space (1, 4, 128, 128)."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    alpha = np.clip(255 * (50 - np.hypot(x - 64 - shift, y - 64)) / 4, 0, 255)
    pixels = np.stack([230 - x // 2, 80 + y, 60 + x // 2, alpha], axis=2).astype(np.uint8)
    return to_network(pixels)[None]


def planes(shift: int = 0) -> Pixels:
    packed: Pixels = to_planes(figure(shift), stacked=True)[0].numpy()
    return packed


def units(data: bytes) -> list[int]:
    """The types of the units between start codes (H.264 table 7-1), Annex B."""
    return [data[start.end()] & 31 for start in re.finditer(b"\0\0\1", data)]


class Player:
    """FFmpeg's own decoder, fed one access unit at a time."""

    def __init__(self) -> None:
        context = av.CodecContext.create("h264", "r")
        assert isinstance(context, VideoCodecContext)
        self.context = context
        self.context.thread_count = 1

    def show(self, encoded: Encoded) -> list[av.VideoFrame]:
        return self.context.decode(av.Packet(encoded.data))


def luma(frame: av.VideoFrame) -> np.ndarray:
    """(height, width), as floats."""
    return frame.to_ndarray()[: frame.height].astype(np.float64)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((one - other) ** 2)))


def test_every_picture_comes_out_at_once_and_in_order() -> None:
    encoder, player = VideoEncoder(0.7), Player()
    with av.logging.Capture() as logs:
        for shift in range(12):
            (shown,) = player.show(encoder.encode(planes(shift), key=False))
            assert psnr(luma(shown), planes(shift)[: 2 * SIZE].astype(np.float64)) > 32
            assert shown.pict_type == (PictureType.P if shift else PictureType.I)
    assert [message for level, _, message in logs if level <= av.logging.WARNING] == []
    assert not player.context.has_b_frames


def test_a_keyframe_comes_first_and_when_it_is_asked_for_with_its_parameter_sets() -> None:
    encoder = VideoEncoder(0.7)
    made = [encoder.encode(planes(shift), key=shift == 3) for shift in range(6)]
    assert [one.key for one in made] == [True, False, False, True, False, False]
    for one in made:
        kinds = set(units(one.data)) - {6}  # what x264 says of itself
        assert kinds == (PARAMETERS | {IDR} if one.key else {DELTA})


def test_a_decoder_can_begin_at_any_keyframe() -> None:
    encoder, player = VideoEncoder(0.7), Player()
    made = [encoder.encode(planes(shift), key=shift == 3) for shift in range(5)]
    shown = [frame for one in made[3:] for frame in player.show(one)]
    assert len(shown) == 2
    assert psnr(luma(shown[1]), planes(4)[: 2 * SIZE].astype(np.float64)) > 32


@pytest.mark.parametrize("rows", [192, 3 * 512])
def test_the_codec_string_is_that_of_the_stream(rows: int) -> None:
    picture = np.zeros((rows, rows // 3), np.uint8)
    data = VideoEncoder(0.7).encode(picture, key=False).data
    start = re.search(b"\0\0\1\x67", data)
    assert start is not None
    assert f"avc1.{data[start.end() : start.end() + 3].hex().upper()}" == CODEC_STRING
    assert data[start.end()] == 66  # baseline
    assert data[start.end() + 1] & 0b0100_0000  # and constrained


def test_the_stream_says_what_its_samples_are() -> None:
    (shown,) = Player().show(VideoEncoder(0.7).encode(planes(), key=False))
    full, bt709, srgb = 2, 1, 13
    assert (shown.color_range, shown.colorspace, shown.color_primaries, shown.color_trc) == (
        full,
        bt709,
        bt709,
        srgb,
    )


def test_alpha_and_colour_are_kept_closely_at_the_usual_quality() -> None:
    encoder, player = VideoEncoder(0.7), Player()
    for shift in range(4):
        (shown,) = player.show(encoder.encode(planes(shift), key=False))
    given, got = planes(3)[: 2 * SIZE].astype(np.float64), luma(shown)
    assert psnr(got[SIZE:], given[SIZE:]) > 35
    clear = given[SIZE:] == 0
    assert got[SIZE:][clear].mean() < 0.5
    chroma = [shown.to_ndarray()[2 * SIZE :].astype(np.float64), planes(3)[2 * SIZE :].astype(np.float64)]
    assert psnr(*chroma) > 35


def test_less_quality_is_fewer_bytes() -> None:
    rng = np.random.default_rng(0)
    rough = np.clip(planes() + rng.normal(0, 12, planes().shape), 0, 255).astype(np.uint8)
    sizes = [len(VideoEncoder(quality).encode(rough, key=False).data) for quality in (0.0, 0.5, 1.0)]
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize(("width", "height"), [(2, 2), (34, 62), (512, 4)])
def test_every_even_size_keeps_its_measure(width: int, height: int) -> None:
    picture = np.full((height * 3 // 2, width), 90, np.uint8)
    (shown,) = Player().show(VideoEncoder(0.7).encode(picture, key=False))
    assert (shown.width, shown.height) == (width, height)


def test_what_does_not_move_costs_next_to_nothing_once_it_is_sharp() -> None:
    encoder = VideoEncoder(0.7)
    sizes = [len(encoder.encode(planes(), key=False).data) for _ in range(30)]
    assert max(sizes[1:]) < sizes[0] / 4
    assert max(sizes[20:]) < sizes[0] / 50
