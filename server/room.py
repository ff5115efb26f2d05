"""What the device has room for: who may come, and how large those are drawn who take what fits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import msgspec

from models.view import SIZES, View
from server.load import Booking, CostModel, check_room
from server.protocol import VideoSettings
from server.session_table import SessionTable
from server.sessions import Session, Stream
from server.streams import StreamKey

Place = tuple[str, View]
"""A session's id, and a view of it: one picture, however many streams show it."""


class Room:
    """The device's time, and what of it is booked.

    limit: the share that sessions may book; 0 refuses nobody. smooth_fps: what is booked for those who take
    what fits, who may get more.
    """

    def __init__(self, table: SessionTable, cost: CostModel, limit: float, smooth_fps: float) -> None:
        self._table = table
        self._cost = cost
        self._limit = limit
        self._smooth = smooth_fps

    @property
    def booked(self) -> float:
        """Share of the device's time that is booked."""
        return self._cost.share(self._booked(self._table.streams()).values())

    def check(
        self,
        session: Session | None,
        kind: str,
        key: StreamKey,
        *,
        fit: bool,
        without: Stream | None = None,
    ) -> None:
        """Whether a stream can be drawn beside all others, of a session that is there or of a new one.

        without: a stream that is left for it, which it may cost as much as. Raises ProtocolError `full`.
        """
        # Those of the session who take what fits are in nobody's way: they follow.
        held = dict(self._held(session, without))
        newcomer = self._booking(key.view, key.fps, kind, fit=fit)
        if session and without and (session.id, without.key.view) not in held:
            left = self._booking(without.key.view, without.key.fps, kind, fit=without.fits)
            if self._cost.share([newcomer]) <= self._cost.share([left]):
                return
        mine = held.pop((session.id, key.view), None) if session else None
        if mine is None or mine.fps < newcomer.fps:
            check_room(self._cost, held.values(), newcomer, self._limit)

    def fitted(
        self, video: VideoSettings, kind: str, session: Session | None = None, without: Stream | None = None
    ) -> VideoSettings:
        """These settings, smaller where that is needed and will do, for a session or for one that begins.

        without: a stream that is left for it.
        """
        if not video.fit:
            return video
        if session is not None and session.fitting is not None:
            size = session.fitting.size
        else:
            held = self._held(session, without)
            size = next((s for s in SIZES if self._fits(held, session, kind, video, s)), SIZES[-1])
        return msgspec.structs.replace(video, size=min(video.size, size))

    def refit(self, session: Session, now: float) -> bool:
        """Judge how large a session is drawn; whether that has changed."""
        taking = [receiver.video for receiver in session.everybody() if receiver.video.fit]
        if not taking or session.fitting is None:
            session.fitting = None
            return False
        held, before = self._held(session), session.fitting.size
        fits = partial(self._fits, held, session, session.kind, taking[0])
        return before != session.fitting.step(now, max(video.size for video in taking), fits)

    def _held(self, session: Session | None, without: Stream | None = None) -> Mapping[Place, Booking]:
        """What is drawn but for those of a session who take what fits."""
        streams = (s for s in self._table.streams() if s is not without or s.audience > 1)
        return self._booked(s for s in streams if s.session is not session or not s.fits)

    def _fits(
        self,
        held: Mapping[Place, Booking],
        session: Session | None,
        kind: str,
        video: VideoSettings,
        size: int,
        part: float = 1.0,
    ) -> bool:
        """Whether a picture of that size can be drawn smoothly beside those held, or is one of them."""
        view = View(size, video.crop)
        if session is not None and (session.id, view) in held:
            return True
        booking = self._booking(view, video.max_fps, kind, fit=True)
        return self._cost.share([*held.values(), booking]) <= part * (self._limit or 1.0)

    def _booked(self, streams: Iterable[Stream]) -> Mapping[Place, Booking]:
        """What is drawn for whom, at its highest frame rate."""
        pictures: dict[Place, Booking] = {}
        for stream in streams:
            place = (stream.session.id, stream.key.view)
            booking = self._booking(stream.key.view, stream.key.fps, stream.session.kind, fit=stream.fits)
            if place not in pictures or pictures[place].fps < booking.fps:
                pictures[place] = booking
        return pictures

    def _booking(self, view: View, fps: float, kind: str, *, fit: bool) -> Booking:
        return Booking(view, min(fps, self._smooth) if fit else fps, kind)
