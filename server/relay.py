"""A relay: a house of watchers only, who see sessions of a server elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from functools import partial

import structlog

from server import __version__
from server.access import Access
from server.client import Client
from server.fan import Fan
from server.feeds import Feed, FeedKey
from server.guests import REJOIN_AFTER, Guests
from server.metrics import Metrics
from server.pacing import Beat
from server.protocol import ClientMessage, CloseCode, Hello, ProtocolError, VideoSettings
from server.ratecontrol import lowered
from server.rounds import TICK_SECONDS, Rounds
from server.sessions import Session, Stream
from server.settings import Settings
from server.streams import stream_key
from server.upstream import End, Pull, Upstream

log = structlog.get_logger()

_KEPT_SECONDS = 10.0
"""A feed that nobody receives is kept so long: clients that lag go from one to another and back."""

Place = tuple[str, str | None]
"""A session's id, and the token that its watchers show: it is the server that judges it."""
Wish = tuple[Place, FeedKey]
"""What the server is asked for."""


@dataclass
class _Seat:
    """What one client has: where it belongs, what it receives, for which wishes, and what it goes to."""

    place: Place
    feed: Feed
    video: VideoSettings
    rung: int = 0
    move: asyncio.Task[None] | None = None


class Relay:
    """Sessions of the server behind it, for any number who watch. All methods run on the event loop."""

    def __init__(self, settings: Settings, upstream: Upstream) -> None:
        self.settings = settings
        self.metrics = Metrics()
        # Pages of the server are sent here, by whatever name they know it. Sessions' ids are secrets enough.
        self.access = Access(origins=settings.allowed_origins or ("*",))
        self.fan = Fan()
        self.clients = Guests()
        self.ready = True
        self._upstream = upstream
        self._sessions: dict[Place, Session] = {}
        self._feeds: dict[Wish, Feed] = {}
        self._seats: dict[Client, _Seat] = {}
        self._rounds = Rounds(self.clients, self.given, self._pace)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to look after clients."""
        self._tasks += [asyncio.create_task(self._tick()), asyncio.create_task(self._rounds.pace())]

    async def drain(self) -> None:
        """Refuse newcomers, say `bye` to everybody, and stop; in `drain_seconds`."""
        self.ready = False
        log.info("draining", clients=len(self.clients))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.drain_seconds):
                await self.clients.dismiss()
        self.clients.cut()
        for feed in self._feeds.values():
            feed.close()
        moves = [seat.move for seat in self._seats.values() if seat.move is not None]
        for task in (*self._tasks, *moves):
            task.cancel()
        await asyncio.gather(*self._tasks, *moves, return_exceptions=True)

    async def join(self, client: Client, hello: Hello) -> None:
        """Give a client the session that it wants to watch. Raises ProtocolError as the server refuses it."""
        if not self.ready:
            raise ProtocolError(
                "not_ready", "The relay is about to stop.", close=CloseCode.DRAINING, retry_after=REJOIN_AFTER
            )
        if hello.role != "watch":
            raise ProtocolError(
                "not_allowed",
                "This is a relay, for those who watch: perform at the server itself.",
                close=CloseCode.PROTOCOL_ERROR,
            )
        if hello.session is None:
            raise ProtocolError("bad_message", "A watcher's `hello` names a `session`.")
        video = client.video.changed(hello.video)
        place = hello.session, hello.token
        feed = self._feed(place, self._key(video, client.rate.rung))
        welcome = await feed.opened()
        session = feed.stream.session
        if len(session.watchers) >= self.settings.max_watchers:
            raise ProtocolError(
                "full",
                "The session has all the watchers that this relay may give it.",
                close=CloseCode.FULL,
                retry_after=5.0,
            )
        client.video, client.role, client.session = video, "watch", session
        session.watchers.add(client)
        log.info("client joined", session=session.id, role="watch", codec=feed.stream.key.codec)
        client.tell(
            {
                "type": "welcome",
                "session": session.id,
                "character": welcome.character,
                "video": feed.video,
                "pose": welcome.pose,
                "idle": welcome.idle,
                "heartbeat_seconds": self.settings.heartbeat_seconds,
                "limits": self.settings.limits,
                "server": __version__,
            }
        )
        self._seats[client] = _Seat(place, feed, video)
        self._attach(client, feed)
        self.clients.add(client)

    def leave(self, client: Client, *, said_bye: bool) -> None:
        """A client is gone."""
        self.clients.discard(client)
        session, seat = client.session, self._seats.pop(client, None)
        if session is None or seat is None:
            return
        log.info("client left", session=session.id, role=client.role, said_bye=said_bye)
        if seat.move is not None:
            seat.move.cancel()
        self._detach(client, seat.feed)
        session.watchers.discard(client)
        client.session = client.stream = None

    def given(self, client: Client) -> FeedKey | None:
        """The stream that a client is to have now; None where it has no session."""
        return None if client.session is None else self._key(client.video, client.rate.rung)

    def restream(self, client: Client, video: VideoSettings) -> None:
        """Change a client's stream, once the server gives the other one; else all stays as it was."""
        seat = self._seats[client]
        rung = client.rate.rung
        feed = self._feed(seat.place, self._key(video, rung))
        if seat.move is not None:
            seat.move.cancel()
        client.video = video  # already now: what it changes next is changed over this
        seat.move = asyncio.create_task(self._move(client, seat, feed, rung))

    def perform(self, client: Client, session: Session, message: ClientMessage) -> None:
        """Nobody performs here."""
        raise ProtocolError("not_allowed", "A relay is for those who watch.")

    def wake(self) -> None:
        """A client needs another picture."""
        for feed in self._feeds.values():
            feed.attend()

    async def answers(self) -> bool:
        """Whether it is of use: it is not about to stop, and the server behind it lives."""
        return self.ready and await self._upstream.answers()

    def observe(self) -> None:
        """Bring the gauges up to date."""
        self.metrics.sessions.labels("watch").set(len(self.clients))

    def _key(self, video: VideoSettings, rung: int) -> FeedKey:
        key = stream_key(lowered(video, rung), self.settings.max_fps)
        return FeedKey(key.view, key.background, key.codec, key.quality, key.fps, video.fit)

    def _feed(self, place: Place, key: FeedKey) -> Feed:
        """The feed of a session that has that key: one that is there, or a new one."""
        feed = self._feeds.get((place, key))
        if feed is None:
            now = time.monotonic()
            session = self._sessions.get(place)
            if session is None:
                session = self._sessions[place] = Session(place[0], "", "", now, idle=False)
            hello = {"session": place[0], "token": place[1], "video": key.video}
            feed = self._feeds[place, key] = Feed(
                Stream(session, key, Beat(key.fps, now)),
                lambda hear: Pull(self._upstream, hello, hear, self.settings.linger_seconds),
                partial(self._over, (place, key)),
            )
            feed.alone_since = now
        return feed

    def _attach(self, client: Client, feed: Feed) -> None:
        client.stream = feed.stream
        feed.alone_since = None
        feed.stream.welcome(client, time.monotonic())
        feed.attend()

    def _detach(self, client: Client, feed: Feed) -> None:
        feed.stream.leave(client)
        feed.attend()
        if not feed.stream.audience:
            feed.alone_since = time.monotonic()

    def _pace(self, client: Client, video: VideoSettings) -> None:
        """As `restream`, for a client's pace. What is under way comes first, and is then judged anew."""
        if self._seats[client].move is None:
            self.restream(client, video)

    async def _move(self, client: Client, seat: _Seat, feed: Feed, rung: int) -> None:
        try:
            await feed.opened()
        except ProtocolError as error:
            asked, client.video, client.rate.rung = client.video != seat.video, seat.video, seat.rung
            if asked:
                client.fail(ProtocolError(error.code, error.message, retry_after=error.retry_after))
        else:
            self._detach(client, seat.feed)
            client.restream({"type": "config", "video": feed.video})
            self._attach(client, feed)
            seat.feed, seat.video, seat.rung = feed, client.video, rung
        seat.move = None
        if client.rate.rung != seat.rung:
            self.restream(client, client.video)

    def _over(self, wish: Wish, feed: Feed, end: End) -> None:
        """The server has ended a stream, or is gone: so it is for all who receive it."""
        if self._feeds.get(wish) is feed:
            del self._feeds[wish]
        for client in [client for client, seat in self._seats.items() if seat.feed is feed]:
            if end.bye is None:
                client.fail(end.error)
            else:
                client.finish(end.error.close or CloseCode.DONE, end.error.message, end.bye)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._forget(time.monotonic())
            await self._rounds.tell(len(self._sessions))

    def _forget(self, now: float) -> None:
        for wish, feed in list(self._feeds.items()):
            if feed.alone_since is not None and now - feed.alone_since >= _KEPT_SECONDS:
                feed.close()
                del self._feeds[wish]
        for place in self._sessions.keys() - {place for place, _ in self._feeds}:
            del self._sessions[place]
