"""Sound files and streams, decoded to what a voice is heard from; needs PyAV."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bunraku_client.errors import DecodeError, InvalidInputError
from bunraku_client.voice import HOP, RATE, Samples


def hops(path: Path) -> Iterator[Samples]:
    """`HOP` samples of `RATE` Hz mono at a time, as they are decoded; `-` reads what is piped in.

    Raises `DecodeError` where there is no PyAV and `InvalidInputError` for what is no sound.
    """
    try:
        import av
    except ImportError as error:
        raise DecodeError("Sound needs PyAV: install bunraku-client[video].") from error
    try:
        with av.open(sys.stdin.buffer if str(path) == "-" else str(path)) as sound:
            if not sound.streams.audio:
                raise InvalidInputError(f"{path} holds no sound.")
            yield from _cut(_decoded(av, sound))
    except (av.FFmpegError, OSError) as error:
        raise InvalidInputError(f"{path} cannot be read as sound: {error}.") from error


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
