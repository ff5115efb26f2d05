"""Performing a recorded track at its own pace."""

import asyncio
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bunraku_client.frame import now_ms
from bunraku_client.session import Session
from bunraku_client.track import Track


async def play(
    session: Session,
    track: Track,
    *,
    loop: bool = False,
    clock_ms: Callable[[], float] = now_ms,
    told: Callable[[float, NDArray[np.float32]], None] | None = None,
) -> int:
    """Send the track's poses when they are due and return how many were sent; `told` when, and which.

    Where sending was held up, the poses that are past are left out and the present one is sent; the last one
    always is. Returns one step after it; with `loop`, never.
    """
    poses, times = track.poses(session.welcome.parameters), track.times - track.times[0]
    began_ms, sent, shown = clock_ms(), 0, (-1.0, -1)
    while True:
        lap, moment = divmod(clock_ms() - began_ms, track.length_ms)
        over = lap > 0 and not loop
        now = (0.0, len(times) - 1) if over else (lap, int(np.searchsorted(times, moment, "right")) - 1)
        if now != shown:
            await session.pose(poses[now[1]])
            if told is not None:
                told(clock_ms(), poses[now[1]])
            shown, sent = now, sent + 1
            continue
        if over:
            return sent
        place = now[1]
        due_ms = times[place + 1] if place + 1 < len(times) else track.length_ms
        await asyncio.sleep(max(0.0, due_ms - moment) / 1000 + 1e-4)
