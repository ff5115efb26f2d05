from fractions import Fraction

import av
import numpy as np
import pytest
import structlog
from av.video.codeccontext import VideoCodecContext

from house import OpenHouse
from server import nvenc, video
from server.nvenc import best, trouble
from server.video import VideoEncoder

GREY = np.full((192, 128), 128, np.uint8)


def refusing(width: int, height: int, quality: float) -> VideoCodecContext:
    raise av.FFmpegError(1, "no card")


def test_an_encoder_that_keeps_to_the_protocol_is_taken() -> None:
    opened: list[tuple[int, int]] = []

    def card(width: int, height: int, quality: float) -> VideoCodecContext:
        opened.append((width, height))
        return video.opened(width, height, quality)

    with structlog.testing.capture_logs() as logs:
        chosen = best(card)
    assert [line["event"] for line in logs] == ["video by the graphics card"]
    assert VideoEncoder(0.7, chosen).encode(GREY, key=False).key
    assert opened == [(256, 256), (128, 128)]


def test_where_there_is_no_card_the_log_says_so_in_one_line() -> None:
    with structlog.testing.capture_logs() as logs:
        assert best(refusing) is video.opened
    (line,) = logs
    assert line["event"] == "video by libx264"
    assert "cannot be opened" in line["reason"]


def test_a_card_that_takes_no_more_streams_leaves_the_rest_to_libx264() -> None:
    left = iter([video.opened, refusing])
    chosen = best(lambda *wanted: next(left)(*wanted))
    assert VideoEncoder(0.7, chosen).encode(GREY, key=False).key


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"keyint": 1}, "no keyframe when it is asked"),
        ({"repeat-headers": 0}, "no keyframe when it is asked"),
        ({"level": 31}, "makes avc1.42C01F"),
    ],
)
def test_one_that_does_not_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, int], told: str
) -> None:
    monkeypatch.setattr(video, "_PARAMETERS", {**video._PARAMETERS, **changes})
    assert told in trouble(video.opened)


def test_one_that_holds_pictures_back_is_not_taken() -> None:
    def late(width: int, height: int, quality: float) -> VideoCodecContext:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
        context.options = {"profile": "baseline", "x264-params": "annexb=1:rc-lookahead=10:sync-lookahead=10"}
        context.open()
        return context

    assert "no picture at once" in trouble(late)


async def test_a_server_encodes_by_what_it_chose(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[float] = []

    def card(width: int, height: int, quality: float) -> VideoCodecContext:
        opened.append(quality)
        return video.opened(width, height, quality)

    monkeypatch.setattr(nvenc, "best", lambda: card)
    async with house() as home:
        peer = await home.peer()
        await peer.perform(video={"size": 128, "codecs": ["h264"]})
        assert (await peer.hear("frame"))["key"]
    assert opened == [0.7]
