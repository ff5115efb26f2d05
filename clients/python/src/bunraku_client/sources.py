"""Where tracked faces come from: sockets that listen, and recordings that are replayed."""

import asyncio
import contextlib
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from aiohttp import WSMsgType, web

from bunraku_client.bridge import Bridge
from bunraku_client.errors import BunrakuError, reason
from bunraku_client.mocap import ifacialmocap, livelink, openseeface, vmc, vtubestudio
from bunraku_client.mocap.tracked import PacketError, Tracked

Read = Callable[[bytes], Tracked | None]
PORTS = {
    "ifacialmocap": ifacialmocap.PORT,
    "openseeface": openseeface.PORT,
    "vmc": vmc.PORT,
    "vtubestudio": vtubestudio.PORT,
}
_GREET_SECONDS = 2.0
_MOST_TEXT = 256 * 1024


def reader(name: str) -> Read:
    """What reads one packet of the tracker `name` that speaks UDP."""
    readers: dict[str, Callable[[], Read]] = {
        "ifacialmocap": lambda: ifacialmocap.read,
        "openseeface": lambda: openseeface.read,
        "vmc": lambda: vmc.Vmc().read,
    }
    return readers[name]()


@contextlib.asynccontextmanager
async def listening(
    bridge: Bridge, read: Read, host: str, port: int, sender: str | None = None
) -> AsyncIterator[asyncio.DatagramTransport]:
    """Take packets on a UDP port while the block runs; with `sender`, only those of that address.

    Raises `BunrakuError` where the port cannot be had, as `plugins` does.
    """
    loop = asyncio.get_running_loop()
    with _told(host, port):
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Packets(bridge, read, sender), local_addr=(host, port)
        )
    try:
        yield transport
    finally:
        transport.close()


async def greet(transport: asyncio.DatagramTransport, phone: str, port: int = ifacialmocap.PORT) -> None:
    """Ask a phone to send, again and again: it forgets when its app goes to the background."""
    while True:
        transport.sendto(ifacialmocap.HANDSHAKE, (phone, port))
        await asyncio.sleep(_GREET_SECONDS)


@contextlib.asynccontextmanager
async def plugins(bridge: Bridge, host: str, port: int, sender: str | None = None) -> AsyncIterator[int]:
    """Answer plugins as VTube Studio does while the block runs; gives the port that was taken."""
    app = web.Application()
    app[_BRIDGE], app[_SENDER] = bridge, sender
    app.router.add_get("/", _plugin)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        with _told(host, port):
            await web.TCPSite(runner, host, port).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def announce(port: int) -> None:
    """Tell plugins on this network every two seconds where the API is; silent where there is no network."""
    instance, loop = uuid.uuid4().hex, asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.setblocking(False)
        while True:
            with contextlib.suppress(OSError):
                where = ("255.255.255.255", vtubestudio.DISCOVERY_PORT)
                await loop.sock_sendto(sender, vtubestudio.discovery(port, instance), where)
            await asyncio.sleep(_GREET_SECONDS)


async def replay(bridge: Bridge, path: Path, *, loop: bool = False) -> None:
    """Offer a recording of LiveLink Face at its own pace; returns after the last row, with `loop` never."""
    rows = await asyncio.to_thread(livelink.read_file, path)
    began, shown = time.monotonic(), -1
    while True:
        place = int((time.monotonic() - began) * livelink.FPS)
        if place >= len(rows) and not loop:
            return
        if place != shown:
            bridge.offer(rows[place % len(rows)])
            shown = place
        await asyncio.sleep(0.5 / livelink.FPS)


@contextlib.contextmanager
def _told(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BunrakuError(f"Nobody can be heard at {host}, port {port}: {reason(error)}.") from error


class _Packets(asyncio.DatagramProtocol):
    def __init__(self, bridge: Bridge, read: Read, sender: str | None) -> None:
        self._bridge, self._read, self._sender = bridge, read, sender

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._sender is not None and addr[0] != self._sender:
            self._bridge.refuse(f"A packet came from {addr[0]}, not from {self._sender}.")
            return
        try:
            tracked = self._read(data)
        except PacketError as error:
            self._bridge.refuse(str(error))
            return
        if tracked is not None:
            self._bridge.offer(tracked)


_BRIDGE = web.AppKey("bridge", Bridge)
_SENDER: web.AppKey[str | None] = web.AppKey("sender")


async def _plugin(request: web.Request) -> web.StreamResponse:
    bridge, sender = request.app[_BRIDGE], request.app[_SENDER]
    if sender is not None and request.remote != sender:
        bridge.refuse(f"A plugin came from {request.remote}, not from {sender}.")
        raise web.HTTPForbidden(text="Plugins are taken from one address only.")
    if "Origin" in request.headers:
        raise web.HTTPForbidden(text="Pages of a browser are no plugins.")
    peer, studio = web.WebSocketResponse(max_msg_size=_MOST_TEXT), vtubestudio.VtubeStudio(time.monotonic)
    await peer.prepare(request)
    async for message in peer:
        if message.type is not WSMsgType.TEXT:
            bridge.refuse("A plugin sent something that is not text.")
            continue
        answer, changed = studio.answer(message.data)
        await peer.send_str(answer)
        if changed:
            bridge.offer(studio.tracked())
    return peer
