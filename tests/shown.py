"""What a client is shown, for the tests of the real server."""

import asyncio

import numpy as np

from bunraku_client import Session


async def picture(session: Session, seq: int) -> np.ndarray:
    """The pixels of the frame that shows a pose."""
    async with asyncio.timeout(60):
        async for frame in session.frames():
            if frame.seq == seq:
                return frame.pixels()
    raise AssertionError("the frames ended")
