"""A film of a session: WebM with its transparency kept (VP9), or MP4 (H.264), opaque; needs PyAV."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bunraku_client.errors import DecodeError, InvalidInputError, reason
from bunraku_client.frame import now_ms

_CODECS = {
    ".webm": ("libvpx-vp9", "yuva420p", {"deadline": "realtime", "cpu-used": "6", "crf": "18", "b": "0"}),
    ".mp4": ("libx264", "yuv420p", {"preset": "veryfast", "crf": "18"}),
}
_CLOCK = Fraction(1, 1000)


class Film:
    """A film being written; every picture is shown from its own time on."""

    def __init__(self, container: Any, stream: Any, library: Any) -> None:
        self.frames = 0
        self._container, self._stream, self._library = container, stream, library
        self._first_ms: float | None = None
        self._last = -1
        self._shown: Any = None

    def add(self, pixels: NDArray[np.uint8], at_ms: float) -> None:
        """Append a picture, uint8 (height, width, 4), RGBA with straight alpha, shown at `at_ms`.

        One of another size, as a server sends over a slow link, is scaled to the film's.
        """
        self._first_ms = at_ms if self._first_ms is None else self._first_ms
        frame = self._library.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgba")
        self._shown = frame.reformat(self._stream.width, self._stream.height, self._stream.pix_fmt)
        self._write(max(self._last + 1, round(at_ms - self._first_ms)))
        self.frames += 1

    def finish(self, at_ms: float) -> None:
        """Show the last picture until `at_ms`, and write what the encoder still holds."""
        if self._first_ms is None:
            return
        if (end := round(at_ms - self._first_ms)) > self._last:
            # How long a last picture stays is up to the player: written once more, it stays so long in any.
            self._write(end)
        self._container.mux(self._stream.encode())

    def _write(self, time: int) -> None:
        self._shown.pts, self._shown.time_base, self._last = time, _CLOCK, time
        self._container.mux(self._stream.encode(self._shown))


def check(path: Path) -> None:
    """Whether a film could be written there, before anything is done for it; raises as `filming` does."""
    if path.suffix.lower() not in _CODECS:
        raise InvalidInputError(f"A film is .webm or .mp4, not {path.suffix or 'without a suffix'}.")
    if not path.parent.is_dir():
        raise InvalidInputError(f"There is no folder {path.parent} to write {path.name} into.")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidInputError(f"The film {path} cannot be written.")
    _library()


def is_opaque(path: Path) -> bool:
    """Whether a film of that name has no transparency."""
    return path.suffix.lower() == ".mp4"


@contextmanager
def filming(path: Path, width: int, height: int, *, clock_ms: Callable[[], float] = now_ms) -> Iterator[Film]:
    """Write a film while the block runs; its suffix says which kind. The last picture stays until the end.

    `clock_ms` is the clock that the pictures' times are on.
    Raises `InvalidInputError` for another suffix or a file that cannot be written, and `DecodeError` where
    there is no PyAV.
    """
    check(path)
    av = _library()
    codec, pixels, options = _CODECS[path.suffix.lower()]
    try:
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(codec, rate=1000, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, pixels
            stream.codec_context.time_base = _CLOCK
            # On a full disk PyAV comes back from a header that failed, and crashes where a picture's did.
            container.start_encoding()
            film = Film(container, stream, av)
            try:
                yield film
            finally:
                film.finish(clock_ms())
    except (av.FFmpegError, OSError) as error:
        raise InvalidInputError(f"The film {path} cannot be written: {reason(error)}.") from error


def _library() -> Any:
    try:
        import av
    except ImportError as error:
        raise DecodeError("A film needs PyAV: install bunraku-client[video].") from error
    return av
