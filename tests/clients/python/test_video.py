from typing import Any

import pytest

from bunraku_client.errors import InvalidInputError
from bunraku_client.video import Video


def test_the_message_holds_every_setting() -> None:
    assert Video(codecs=("png",), size=256, background="#00ff00").as_message() == {
        "codecs": ("png",),
        "max_fps": 30,
        "size": 256,
        "crop": (0, 0, 512, 512),
        "background": "#00ff00",
        "quality": 0.7,
        "fit": False,
    }


@pytest.mark.parametrize(
    "bad",
    [
        {"codecs": ("gif",)},
        {"codecs": ()},
        {"max_fps": 0},
        {"max_fps": 61},
        {"size": 300},
        {"quality": 1.1},
        {"background": "green"},
        {"background": "#00ff00\n"},
        {"crop": (500, 0, 20, 20)},
    ],
)
def test_a_setting_out_of_range_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(bad)).removesuffix("s")):
        Video(**bad)
