"""What a client asks of the picture."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from bunraku_client.errors import InvalidInputError

CODECS = ("h264-alpha", "h264", "webp", "jpeg", "png", "raw")
SIZES = (512, 256, 128)


@dataclass(frozen=True)
class Video:
    """Settings of the picture, as the protocol's `video`; raises `InvalidInputError` out of range.

    `codecs` in order of preference; the default ones open as pictures without a video decoder. `max_fps`
    1..60; `size` 512, 256 or 128; `crop` (x, y, width, height) in the 512-space;
    `background` `"transparent"` or `"#rrggbb"`; `quality` 0..1; `fit` whether a smaller picture
    will do, where the server cannot draw one of `size` smoothly.
    """

    codecs: tuple[str, ...] = ("webp", "png")
    max_fps: float = 30
    size: int = 512
    crop: tuple[int, int, int, int] = (0, 0, 512, 512)
    background: str = "transparent"
    quality: float = 0.7
    fit: bool = False

    def __post_init__(self) -> None:
        unknown = [codec for codec in self.codecs if codec not in CODECS]
        if unknown or not self.codecs:
            raise InvalidInputError(f"A codec is one of {', '.join(CODECS)}, not {unknown or 'none'}.")
        if not 1 <= self.max_fps <= 60:
            raise InvalidInputError(f"max_fps is 1 to 60, not {self.max_fps}.")
        if self.size not in SIZES:
            raise InvalidInputError(f"size is 512, 256 or 128, not {self.size}.")
        if not 0 <= self.quality <= 1:
            raise InvalidInputError(f"quality is 0 to 1, not {self.quality}.")
        if not re.fullmatch("transparent|#[0-9a-fA-F]{6}", self.background):
            raise InvalidInputError(f"background is 'transparent' or '#rrggbb', not {self.background!r}.")
        if not _inside(self.crop):
            raise InvalidInputError(f"crop is x, y, width, height inside 512 by 512, not {self.crop}.")

    def as_message(self) -> dict[str, Any]:
        """The map that `hello` and `set` carry."""
        return asdict(self)


def _inside(crop: tuple[int, int, int, int]) -> bool:
    x, y, width, height = crop
    return x >= 0 and y >= 0 and width > 0 and height > 0 and x + width <= 512 and y + height <= 512
