"""A performance that is kept: its film, and beside it the poses that were sent, to be played again."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bunraku_client.film import Film, check, filming, is_opaque
from bunraku_client.frame import Frame
from bunraku_client.track import Track, write_track
from bunraku_client.video import Video
from bunraku_client.welcome import Stream

_OPAQUE = "#ffffff"


def filmed_as(args: Namespace) -> Video:
    """What to ask a server for, to film it in `args.film` at `args.size`; raises as `filming` does."""
    check(args.film)
    background = _OPAQUE if is_opaque(args.film) else "transparent"
    return Video(codecs=("webp", "png"), size=args.size, quality=0.9, background=background)


class Take:
    """Takes pictures and poses as they come; without a film, neither."""

    def __init__(self, film: Film | None) -> None:
        self._film = film
        self._times: list[float] = []
        self._poses: list[NDArray[np.float32]] = []

    @property
    def track(self) -> Track | None:
        """The poses in milliseconds since the first, None where there was none."""
        return Track(np.array(self._times) - self._times[0], tuple(self._poses)) if self._poses else None

    def picture(self, frame: Frame) -> None:
        """A picture came."""
        if self._film is not None:
            self._film.add(frame.pixels(), frame.arrived_ms)

    def pose(self, at_ms: float, pose: NDArray[np.float32]) -> None:
        """A pose was sent."""
        if self._film is not None:
            self._times.append(at_ms)
            self._poses.append(pose)


@contextmanager
def taking(path: Path | None, stream: Stream) -> Iterator[Take]:
    """Keep what happens while the block runs, in `path` and the same name with `.jsonl`; None keeps nothing.

    Raises as `filming` does.
    """
    if path is None:
        yield Take(None)
        return
    with filming(path, stream.width, stream.height) as film:
        take = Take(film)
        try:
            yield take
        finally:
            if (track := take.track) is not None:
                write_track(path.with_suffix(".jsonl"), track)
