"""Drive and watch Bunraku characters from Python.

`connect` performs a character and `watch` looks on; both give a `Session` to be used with `async with`.
"""

from bunraku_client.catalogue import Character, characters
from bunraku_client.connect import connect, watch
from bunraku_client.errors import (
    BunrakuError,
    ConnectionLost,
    DecodeError,
    EndError,
    InvalidInputError,
    ServerError,
    UnreachableError,
    UntrustedError,
    WireError,
)
from bunraku_client.frame import Frame
from bunraku_client.load import Load, run_load
from bunraku_client.play import play
from bunraku_client.reconnect import Reconnect
from bunraku_client.report import Report
from bunraku_client.session import Session
from bunraku_client.track import Track, read_track, write_track
from bunraku_client.video import Video

__all__ = [
    "BunrakuError",
    "Character",
    "ConnectionLost",
    "DecodeError",
    "EndError",
    "Frame",
    "InvalidInputError",
    "Load",
    "Reconnect",
    "Report",
    "ServerError",
    "Session",
    "Track",
    "UnreachableError",
    "UntrustedError",
    "Video",
    "WireError",
    "characters",
    "connect",
    "play",
    "read_track",
    "run_load",
    "watch",
    "write_track",
]
