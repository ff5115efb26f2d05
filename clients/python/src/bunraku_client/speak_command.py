"""`bunraku-client speak FILE`: a voice moves a character's mouth."""

import argparse
import asyncio
from argparse import Namespace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console

from bunraku_client.connect import connect
from bunraku_client.hearing import STEP, Hearing
from bunraku_client.sound import hops
from bunraku_client.video import Video
from bunraku_client.voice import HOP, Voice

_VIDEO = Video(codecs=("webp", "jpeg", "png"), size=128, max_fps=1)
# The mouth closes by itself over the last looks.
_TAIL = 20
_SILENCE = np.zeros(HOP, np.float32)


def add_flags(one: argparse.ArgumentParser) -> None:
    """The command's own flags; those of every command are added elsewhere."""
    one.add_argument("file", type=Path, help="any sound that FFmpeg reads, or - for what is piped in")
    one.add_argument("--character", required=True, metavar="ID")


async def run(args: Namespace, out: Console) -> int:
    """Speak a file at its own pace, or a pipe as it comes."""
    hearing = Hearing(partial(hops, args.file))
    await hearing.begin()
    async with connect(args.url, args.character, token=args.token, video=_VIDEO) as session:
        out.print(f"session {session.id} performs {session.welcome.character_name}")
        if hearing.live:  # what came while nobody could show it would make the mouth late ever after
            hearing.skip()
        voice, clock, sent = Voice(), asyncio.get_running_loop().time, 0
        began, waited = clock(), False
        while (samples := await hearing.next()) is not None:
            if waited:
                began = clock() - sent * STEP
            await asyncio.sleep(max(0.0, began + sent * STEP - clock()))
            await session.blendshapes(voice.hear(samples).blendshapes)
            sent, waited = sent + 1, not hearing.waiting
        for _ in range(_TAIL):
            await session.blendshapes(voice.hear(_SILENCE).blendshapes)
            await asyncio.sleep(STEP)
    out.print(f"{sent * STEP:.1f} seconds spoken")
    return 0
