"""Sound files and streams, decoded to what a voice is heard from; needs PyAV."""

import asyncio
import io
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np

from bunraku_client.errors import DecodeError, InvalidInputError, reason
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
        with av.open(_piped() if str(path) == "-" else str(path)) as sound:
            if not sound.streams.audio:
                raise InvalidInputError(f"{path} holds no sound.")
            yield from _cut(_decoded(av, sound))
    except (av.FFmpegError, OSError) as error:
        raise InvalidInputError(f"{path} cannot be read as sound: {reason(error)}.") from error


async def heard(path: Path) -> AsyncIterator[Samples]:
    """What `hops` gives, with its errors, read beside the loop.

    Who leaves is not kept waiting by a pipe that is silent.
    """
    source = hops(path)
    while (samples := await _beside_the_loop(source)) is not None:
        yield samples


async def _beside_the_loop(source: Iterator[Samples]) -> Samples | None:
    # The loop's own threads, those of `asyncio.to_thread`, are waited for at the end.
    future: Future[Samples | None] = Future()
    future.set_running_or_notify_cancel()

    def read() -> None:
        try:
            future.set_result(next(source, None))
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=read, daemon=True).start()
    return await asyncio.wrap_future(future)


def _piped() -> io.FileIO:
    if sys.stdin is None:
        raise InvalidInputError("Nothing is piped in.")
    # Not `sys.stdin.buffer`, which a thread that is left behind would hold locked at the interpreter's end.
    return io.FileIO(sys.stdin.fileno(), closefd=False)


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
