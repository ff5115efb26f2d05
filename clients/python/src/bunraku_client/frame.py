"""One frame: an encoded picture, when it came and what it shows."""

import io
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bunraku_client.errors import DecodeError, WireError
from bunraku_client.planes import to_rgba
from bunraku_client.welcome import Stream
from bunraku_client.wire import Message, optional
from bunraku_client.wire import field as required

STILL = ("webp", "jpeg", "png", "raw")
"""Codecs whose frames are pictures by themselves."""


def now_ms() -> float:
    """Milliseconds of this process's monotonic clock, which `time` in messages is given in."""
    return time.monotonic() * 1000


@dataclass(frozen=True)
class Frame:
    """One picture of a stream.

    `number` counts up by one except where the server dropped frames. `seq` is that of the newest pose shown.
    `latency_ms` runs from sending that pose to the arrival here; it is None for a watcher, and for every
    frame but the first that shows a pose. `stages` holds the server's `queue`, `render` and `encode`
    milliseconds. `arrived_ms` is on the clock of `now_ms`. `planes` is the decoded picture of H.264, where
    the session decodes: I420, uint8.
    """

    number: int
    key: bool
    seq: int | None
    latency_ms: float | None
    stages: dict[str, float]
    arrived_ms: float
    stream: Stream
    data: bytes
    planes: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def read(
        cls, message: Message, stream: Stream, *, arrived_ms: float, latency_ms: float | None = None
    ) -> "Frame":
        """From the message `frame`; raises `WireError`."""
        return cls(
            number=required(message, "frame", int),
            key=bool(message.get("key", False)),
            seq=optional(message, "seq", int),
            latency_ms=latency_ms,
            stages=_stages(message),
            arrived_ms=arrived_ms,
            stream=stream,
            data=required(message, "data", bytes),
        )

    @property
    def alone(self) -> bool:
        """Whether it can be decoded without the frames before it."""
        return self.key or self.stream.codec in STILL

    @property
    def server_ms(self) -> float:
        """Milliseconds the frame spent in the server's stages."""
        return sum(self.stages.values())

    def image(self) -> Image.Image:
        """The picture as a PIL image, RGBA with straight alpha; raises as `pixels` does."""
        return Image.fromarray(self.pixels())

    def pixels(self) -> NDArray[np.uint8]:
        """The picture as uint8 (height, width, 4), RGBA with straight alpha in sRGB.

        Raises `DecodeError` for bytes that do not open, and for H.264 where the session does not decode: it
        is no picture by itself.
        """
        if self.planes is not None:
            return to_rgba(self.planes, stacked=self.stream.codec == "h264-alpha")
        if self.stream.codec not in STILL:
            raise DecodeError(
                f"{self.stream.codec} needs a video decoder: connect with decode=True, or ask for webp."
            )
        return _raw(self.data, self.stream) if self.stream.codec == "raw" else _opened(self.data)


def _stages(message: Message) -> dict[str, float]:
    stages: dict[str, Any] = optional(message, "stages", dict) or {}
    try:
        return {str(name): float(value) for name, value in stages.items()}
    except (TypeError, ValueError) as error:
        raise WireError("The stages of a frame are not milliseconds.") from error


def _raw(data: bytes, stream: Stream) -> NDArray[np.uint8]:
    if len(data) != stream.height * stream.width * 4:
        raise DecodeError(f"{len(data)} bytes are no raw frame of {stream.width} by {stream.height}.")
    return np.frombuffer(data, np.uint8).reshape(stream.height, stream.width, 4).copy()


def _opened(data: bytes) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return np.array(picture.convert("RGBA"))
    except (OSError, ValueError, SyntaxError) as error:
        raise DecodeError(f"The frame is not a picture: {error}.") from error
