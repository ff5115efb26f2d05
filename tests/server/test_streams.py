import pytest

from server.packing import Packing
from server.protocol import ProtocolError, VideoSettings
from server.streams import described, packing_of, stream_key


def test_the_first_codec_that_is_served_is_chosen() -> None:
    key = stream_key(VideoSettings(codecs=("av1", "png", "webp")), 60)
    assert key.codec == "png"
    with pytest.raises(ProtocolError, match="None of these codecs"):
        stream_key(VideoSettings(codecs=("av1",)), 60)


def test_transparent_is_white_where_the_codec_carries_no_alpha() -> None:
    assert stream_key(VideoSettings(codecs=("webp",)), 60).background is None
    assert stream_key(VideoSettings(codecs=("jpeg",)), 60).background == (255, 255, 255)
    assert stream_key(VideoSettings(codecs=("webp",), background="#0A141e"), 60).background == (10, 20, 30)


def test_each_codec_has_its_packing() -> None:
    def packed(codec: str, background: str = "transparent") -> Packing:
        return packing_of(stream_key(VideoSettings(codecs=(codec,), background=background), 60))

    assert packed("png") == Packing("rgba", None)
    assert packed("h264") == Packing("planes", (255, 255, 255))
    assert packed("h264-alpha") == Packing("stacked", None)
    assert packed("h264-alpha", "#0a141e") == Packing("stacked", (10, 20, 30))


def test_video_is_described_by_the_size_of_its_picture() -> None:
    told = described(
        VideoSettings(codecs=("h264-alpha",)), stream_key(VideoSettings(codecs=("h264-alpha",)), 60)
    )
    assert (told["width"], told["height"], told["alpha"]) == (512, 512, True)
    assert told["codec_string"] == "avc1.42C020"


def test_the_frame_rate_is_capped_by_the_server() -> None:
    assert stream_key(VideoSettings(max_fps=60), 24).fps == 24


def test_what_was_chosen_is_described() -> None:
    video = VideoSettings(size=256, crop=(0, 0, 512, 256), background="#0a141e", max_fps=15)
    assert described(video, stream_key(video, 60)) == {
        "codec": "webp",
        "codec_string": "image/webp",
        "width": 256,
        "height": 128,
        "fps": 15,
        "alpha": False,
        "background": "#0a141e",
        "size": 256,
        "crop": [0, 0, 512, 256],
        "quality": 0.7,
        "fit": False,
    }
