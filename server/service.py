"""The house: who performs, who watches, what they see. Every rule of joining and leaving meets here."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

import structlog

from models.pose import DEFAULT, MAXIMUM, MINIMUM, NAMES
from models.profiles import find_profile
from server import __version__, nvenc
from server.access import Access
from server.client import Client
from server.device import Device
from server.fan import Fan
from server.fitting import Fitting
from server.guests import REJOIN_AFTER, Guests
from server.load import CostModel
from server.metrics import Metrics
from server.protocol import ClientMessage, CloseCode, Hello, ProtocolError, VideoSettings
from server.ratecontrol import lowered
from server.registry import Changes, Registry
from server.relays import Relays
from server.renderer import Renderer
from server.residents import Residents, unknown_character
from server.room import Room
from server.rounds import TICK_SECONDS, Rounds
from server.session_table import SessionTable
from server.sessions import Session
from server.settings import Settings
from server.stage import Stage
from server.streams import StreamKey, described, stream_key
from server.tokens import is_resume
from server.trace import Trace
from server.tracking import Tracking
from server.tracking_expressions import Expressions

log = structlog.get_logger()


class Service:
    """Sessions and characters of one device. All methods run on the event loop."""

    def __init__(self, settings: Settings, registry: Registry, device: Device, cost: CostModel) -> None:
        self.settings = settings
        self.registry = registry
        self._trace = Trace(Path(settings.trace)) if settings.trace else None
        self.metrics = Metrics(self._trace)
        self.table = SessionTable(settings.linger_seconds)
        self.access = Access(
            settings.performer_tokens,
            settings.watcher_tokens,
            settings.admin_tokens,
            settings.allowed_origins,
        )
        self.residents = Residents(
            registry, device, cost, settings.resident_bytes, lambda: {s.character for s in self.table}
        )
        self.ready = False
        self._device = device
        self.cost = cost
        self.room = Room(self.table, cost, settings.load_limit, settings.smooth_fps)
        self._renderer = Renderer(
            self.table,
            device,
            cost,
            self.metrics,
            max_batch=settings.max_batch,
            batch_seconds=settings.batch_seconds,
            encoder_threads=settings.encoder_threads,
        )
        self.tracking = Tracking(
            settings.face_model, settings.tracker_processes, self.metrics, self._renderer.wake
        )
        self._stage = Stage(self.tracking, Expressions(settings.expressions), self._renderer.wake)
        self.profile = find_profile(settings.tracking_profile)
        self.clients = Guests()
        self.fan = Fan()
        self._relays = Relays(settings.relays)
        self._rounds = Rounds(self.clients, self.given, self.restream)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to draw and to look after sessions."""
        await asyncio.to_thread(self.registry.scan)
        log.info("characters found", count=len(self.registry))
        self._renderer.video = await asyncio.to_thread(nvenc.best)
        await self.residents.rehearse()
        await self.tracking.start()
        for work in (self._renderer.run, self._tick, self._rounds.pace, self._scan, self._relays.look):
            self._tasks.append(asyncio.create_task(work()))
        self.ready = True

    async def lost(self) -> None:
        """Return when the device is lost to this process, so that nobody can be served by it any more."""
        await self._renderer.lost.wait()

    async def drain(self) -> None:
        """Refuse newcomers, send what was begun, say `bye` to everybody, and stop; in `drain_seconds`."""
        self.ready = False
        log.info("draining", sessions=len(self.table), clients=len(self.clients))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.drain_seconds):
                await self._renderer.stop()
                await self.tracking.stop()
                await self.clients.dismiss()
        self.clients.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._trace is not None:
            self._trace.close()

    @property
    def has_place(self) -> bool:
        """Whether one more session has a place; a performer who is there is never sent away for it."""
        return len(self.table) < self.settings.max_sessions or self.table.longest_cut_off() is not None

    # Joining and leaving

    async def join(self, client: Client, hello: Hello) -> None:
        """Give a client the role that it asks for, and tell it so. Raises ProtocolError, mostly fatal."""
        self._check_ready()
        self.access.check_role(hello.role, hello.token)
        video = client.video.changed(hello.video)
        stream_key(video, self.settings.max_fps)  # raises, before anybody is sent away
        if hello.role == "watch":
            self._watch(client, hello, video)
        elif (session := self.table.resumed(hello.resume or "")) is not None:
            self._resume(client, hello, video, session)
        else:
            await self._perform(client, hello, video)
        self.clients.add(client)

    def leave(self, client: Client, *, said_bye: bool) -> None:
        """A client is gone. A performer's session waits for it, unless it said `bye`."""
        self.clients.discard(client)
        session = client.session
        if session is None:
            return
        log.info("client left", session=session.id, role=client.role, said_bye=said_bye)
        session.detach(client)
        session.watchers.discard(client)
        if session.performer is client:
            session.performer = None
            session.cut_off = time.monotonic()
            if said_bye:
                self.end(session, "The performer left.")
        client.session = client.stream = None

    def end(self, session: Session, reason: str) -> None:
        """End a session; everybody who sees it is told why."""
        self.table.end(session)
        self.tracking.forget(session)
        for client in session.everybody():
            client.finish(CloseCode.DONE, reason, {"type": "bye", "reason": reason, "reconnect": False})
        log.info("session ended", session=session.id, reason=reason)

    def given(self, client: Client) -> StreamKey | None:
        """The stream that a client is to have now; None where it has no session."""
        session = client.session
        if session is None or client.stream is None:
            return None
        fitted = self.room.fitted(client.video, session.kind, session)
        return stream_key(lowered(fitted, client.rate.rung), self.settings.max_fps)

    def restream(self, client: Client, video: VideoSettings) -> None:
        """Change a client's stream. Raises ProtocolError, not fatal, where there is no room for it."""
        session = client.session
        assert session is not None
        fitted = self.room.fitted(video, session.kind, session, without=client.stream)
        given = lowered(fitted, client.rate.rung)
        key = stream_key(given, self.settings.max_fps)
        try:
            self.room.check(session, session.kind, key, fit=video.fit, without=client.stream)
        except ProtocolError as error:
            raise ProtocolError(error.code, error.message, retry_after=error.retry_after) from None
        client.video = video
        session.detach(client)
        client.restream({"type": "config", "video": described(given, key)})
        self._attach(client, session, fitted, key)

    def perform(self, client: Client, session: Session, message: ClientMessage) -> None:
        """Do what a performer says. Raises ProtocolError, or PoseError for a pose that is none."""
        self._stage.act(client, session, message)

    def wake(self) -> None:
        """A session has something new to show."""
        self._renderer.wake()

    async def delete(self, character: str) -> None:
        """Delete a character; sessions that show it end. RegistryError where there is none."""
        await asyncio.to_thread(self.registry.delete, character)
        await self._follow(Changes(frozenset(), frozenset(), frozenset({character})))

    def observe(self) -> None:
        """Bring the gauges up to date."""
        gauges = self.metrics
        roles = [client.role for client in self.clients]
        for role in ("perform", "watch"):
            gauges.sessions.labels(role).set(roles.count(role))
        gauges.lingering.set(sum(session.cut_off is not None for session in self.table))
        gauges.resident.set(len(self.residents))
        gauges.resident_bytes.set(self.residents.bytes)
        gauges.device_bytes.set(self._device.memory_bytes())
        gauges.load.set(self.room.booked)

    async def _perform(self, client: Client, hello: Hello, video: VideoSettings) -> None:
        if hello.resume is not None and (hello.character is None or not is_resume(hello.resume)):
            raise ProtocolError("no_session", "The session to resume has ended.", close=CloseCode.NOT_FOUND)
        if hello.character is None:
            raise ProtocolError("bad_message", "A performer's `hello` names a `character`.")
        entry = self.registry.find(hello.character)
        if entry is None:
            raise unknown_character(hello.character)
        self._check_places()
        self._admitted(video, entry.kind)
        await self.residents.bring(hello.character)
        # Others may have come in the meantime, who has the same secret among them, or the end.
        self._check_ready()
        if (session := self.table.resumed(hello.resume or "")) is not None:
            self._resume(client, hello, video, session)
            return
        self._check_places()
        fitted = self._admitted(video, entry.kind)
        now = time.monotonic()
        session = self.table.open(
            entry.id, now, idle=hello.idle is not False, kind=entry.kind, resume=hello.resume
        )
        session.face.profile = self.profile
        log.info("session opened", session=session.id, character=session.character)
        self._enter(client, "perform", session, video, fitted)

    def _resume(self, client: Client, hello: Hello, video: VideoSettings, session: Session) -> None:
        fitted = self.room.fitted(video, session.kind, session)
        if session.performer is not None:
            session.detach(session.performer)
            session.performer.finish(
                CloseCode.REPLACED, "replaced", {"type": "bye", "reason": "replaced", "reconnect": False}
            )
        if hello.idle is not None:
            session.set_idle(hello.idle, time.monotonic())
        log.info("session resumed", session=session.id)
        self._enter(client, "perform", session, video, fitted)

    def _watch(self, client: Client, hello: Hello, video: VideoSettings) -> None:
        if hello.session is None:
            raise ProtocolError("bad_message", "A watcher's `hello` names a `session`.")
        session = self.table.find(hello.session)
        if session is None:
            raise ProtocolError(
                "no_session", f"There is no session {hello.session!r}.", close=CloseCode.NOT_FOUND
            )
        if not hello.relay and (address := self._relays.next()) is not None:
            moved = {"type": "bye", "reason": "moved", "reconnect": True, "url": f"{address}/v1/stream"}
            client.finish(CloseCode.DONE, "moved", moved)
            return
        if len(session.watchers) >= self.settings.max_watchers:
            raise _full("The session has all the watchers that it may have.")
        self._enter(client, "watch", session, video, self._admitted(video, session.kind, session))

    def _admitted(self, video: VideoSettings, kind: str, session: Session | None = None) -> VideoSettings:
        """What a newcomer gets for `video`. Raises ProtocolError where there is no room for it."""
        fitted = self.room.fitted(video, kind, session)
        self.room.check(session, kind, stream_key(fitted, self.settings.max_fps), fit=video.fit)
        return fitted

    def _enter(
        self, client: Client, role: str, session: Session, video: VideoSettings, fitted: VideoSettings
    ) -> None:
        key = stream_key(fitted, self.settings.max_fps)
        client.video = video
        client.role = role
        client.session = session
        if role == "perform":
            session.performer = client
            session.cut_off = None
        else:
            session.watchers.add(client)
        log.info("client joined", session=session.id, role=role, codec=key.codec, size=fitted.size)
        client.tell(self._welcome(client, session, described(fitted, key)))
        self._attach(client, session, fitted, key)

    def _attach(self, client: Client, session: Session, fitted: VideoSettings, key: StreamKey) -> None:
        if fitted.fit and session.fitting is None:
            session.fitting = Fitting(fitted.size)
        client.stream = session.attach(client, key, time.monotonic())
        self._renderer.attached(client.stream)

    def _welcome(self, client: Client, session: Session, video: dict[str, Any]) -> dict[str, Any]:
        entry = self.registry.find(session.character)
        welcome = {
            "type": "welcome",
            "session": session.id,
            "character": {"id": session.character, "name": entry.name if entry else session.character},
            "video": video,
            "pose": {
                "names": list(NAMES),
                "min": MINIMUM.tolist(),
                "max": MAXIMUM.tolist(),
                "default": DEFAULT.tolist(),
            },
            "idle": session.idle,
            "heartbeat_seconds": self.settings.heartbeat_seconds,
            "limits": self.settings.limits,
            "server": __version__,
        }
        if client.role == "perform":
            welcome["resume"] = session.resume
        return welcome

    def _check_ready(self) -> None:
        if not self.ready:
            raise ProtocolError(
                "not_ready",
                "The server is starting or about to stop.",
                close=CloseCode.DRAINING,
                retry_after=REJOIN_AFTER,
            )

    def _check_places(self) -> None:
        if len(self.table) < self.settings.max_sessions:
            return
        if (cut_off := self.table.longest_cut_off()) is None:
            raise _full("The server has all the sessions that it may have; try again later.")
        self.end(cut_off, "The performer was cut off, and its place was needed.")

    # What goes on by itself

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for session in self.table.abandoned(time.monotonic()):
                self.end(session, "The performer was cut off and did not come back.")
            await self._rounds.fit(list(self.table), lambda s: self.room.refit(s, time.monotonic()))
            await self._rounds.tell(len(self.table))

    async def _scan(self) -> None:
        while True:
            await asyncio.sleep(self.settings.scan_seconds)
            with contextlib.suppress(OSError):
                if changes := await asyncio.to_thread(self.registry.scan):
                    await self._follow(changes)

    async def _follow(self, changes: Changes) -> None:
        log.info(
            "characters changed",
            added=sorted(changes.added),
            changed=sorted(changes.changed),
            removed=sorted(changes.removed),
        )
        for character in changes.removed:
            for session in self.table.of_character(character):
                self.end(session, "The character was deleted.")
        await self.residents.follow(changes)
        for character in changes.changed:
            entry = self.registry.find(character)
            for session in self.table.of_character(character):
                session.version += 1
                session.kind = entry.kind if entry else session.kind
        self._renderer.wake()


def _full(message: str) -> ProtocolError:
    return ProtocolError("full", message, close=CloseCode.FULL, retry_after=5.0)
