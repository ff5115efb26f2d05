"""Sound files and streams, decoded to what a voice is heard from; needs PyAV."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bunraku_client.errors import DecodeError, InvalidInputError, reason
from bunraku_client.voice import HOP, RATE, Samples

_PIPE = "-"


def hops(path: Path, told: Callable[[], None] = lambda: None) -> Iterator[Samples]:
    """`HOP` samples of `RATE` Hz mono at a time, as they are decoded; `-` reads what is piped in.

    `told` is called each time that something came by the pipe, which is before it is known what sound it is.
    Raises `DecodeError` where there is no PyAV and `InvalidInputError` for what is no sound.
    """
    try:
        import av
    except ImportError as error:
        raise DecodeError("Sound needs PyAV: install bunraku-client[video].") from error
    try:
        with av.open(_Pipe(told) if str(path) == _PIPE else str(path)) as sound:
            if not sound.streams.audio:
                raise InvalidInputError(f"{path} holds no sound.")
            yield from _cut(_decoded(av, sound))
    except (av.FFmpegError, OSError) as error:
        raise InvalidInputError(f"{path} cannot be read as sound: {reason(error)}.") from error


class _Pipe(io.FileIO):
    """What is piped in; tells of each reading that brought something."""

    def __init__(self, told: Callable[[], None]) -> None:
        if sys.stdin is None:
            raise InvalidInputError("Nothing is piped in.")
        # Not `sys.stdin.buffer`, which a thread left behind would hold locked at the interpreter's end.
        super().__init__(sys.stdin.fileno(), closefd=False)
        self._told = told

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size) or b""
        self._told()
        return data


def _decoded(av: Any, sound: Any) -> Iterator[Samples]:
    mono = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    for frame in sound.decode(audio=0):
        for part in mono.resample(frame):
            yield part.to_ndarray()[0]
    for part in mono.resample(None):
        yield part.to_ndarray()[0]


def _cut(parts: Iterator[Samples]) -> Iterator[Samples]:
    left = np.zeros(0, np.float32)
    for part in parts:
        left = np.concatenate([left, part])
        while len(left) >= HOP:
            yield left[:HOP]
            left = left[HOP:]
    if len(left):
        yield np.append(left, np.zeros(HOP - len(left), np.float32))
