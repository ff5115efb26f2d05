"""A connection that outlives its sockets: when one is cut, another takes the session over."""

import asyncio
import contextlib
import random
from collections.abc import Sequence

import aiohttp

from bunraku_client.address import Address
from bunraku_client.errors import BunrakuError, ConnectionLost, EndError
from bunraku_client.link import Link
from bunraku_client.reconnect import NEVER, Reconnect, absent
from bunraku_client.standing import Standing
from bunraku_client.welcome import Welcome
from bunraku_client.wire import Message

_BYE_SECONDS = 2
_MOVES = 3
"""So often in a row a server may send us on to another before we have seen anything."""


class Connection:
    """Sends and receives over the present `Link`, and replaces it as `Reconnect` allows.

    `hello` is what each new link begins with; the secret of the newest welcome is kept in it. After the
    welcome follows what stood before: nobody says whether the session was kept or begins anew. Once the
    connection is over, both directions raise the `BunrakuError` that ended it.
    """

    def __init__(
        self, address: Address, hello: Message, *, offered: Sequence[str], reconnect: Reconnect
    ) -> None:
        self.hello = dict(hello)
        self._address = self._elsewhere = address
        self._offered, self._reconnect = offered, reconnect
        self._standing = Standing()
        self._http: aiohttp.ClientSession
        self._link: Link
        self._up = asyncio.Event()
        self._failure: BunrakuError | None = None

    @property
    def welcome(self) -> Welcome:
        """The newest welcome."""
        return self._link.welcome

    async def open(self) -> None:
        """Connect for the first time, in one try; raises what `Link.open` raises.

        A server that sends us on to another is followed.
        """
        self._http = aiohttp.ClientSession()
        try:
            await self._arrive()
        except BaseException:
            await self._http.close()
            raise

    async def close(self) -> None:
        """Say `bye` and close; never raises."""
        with contextlib.suppress(BunrakuError, TimeoutError):
            async with asyncio.timeout(_BYE_SECONDS):
                await self._link.send({"type": "bye"})
        await self._link.close()
        await self._http.close()

    async def send(self, message: Message) -> None:
        """Send, after the connection has come back where it is cut just now."""
        while not await self._sent(message):
            pass

    async def offer(self, message: Message) -> None:
        """Send where the connection is up; a message of the moment is not worth waiting for."""
        with contextlib.suppress(ConnectionLost):
            await self._link.send(message)

    async def receive(self) -> Message:
        """The next message; the first after a cut is the new `welcome`."""
        try:
            return await self._link.receive(2 * self.welcome.heartbeat_seconds)
        except EndError as end:
            return await self._come_back(end)
        except BunrakuError as error:
            self.give_up(error)
            raise

    def give_up(self, error: BunrakuError) -> None:
        """From here on, sending raises `error`."""
        self._failure = error
        self._up.set()

    async def leave(self) -> None:
        """Send `bye` and let the server close: no coming back."""
        self._reconnect = NEVER
        await self.send({"type": "bye"})

    async def _sent(self, message: Message) -> bool:
        await self._up.wait()
        if self._failure is not None:
            raise self._failure
        link = self._link
        try:
            await link.send(message)
        except ConnectionLost:
            # The receiving side will notice too; until then, or until it has a new link, nothing can be sent.
            if link is self._link and self._failure is None:
                self._up.clear()
            return False
        self._standing.note(message, self.welcome.parameters.names)
        return True

    async def _arrive(self) -> None:
        for _ in range(_MOVES):
            try:
                return await self._begin()
            except ConnectionLost as end:
                if end.bye is None or not end.bye.reconnect or end.bye.url is None:
                    raise
                self._move(end.bye.url)
        return await self._begin()

    def _move(self, url: str) -> None:
        self._address, self._elsewhere = self._address.moved(url), self._address

    async def _begin(self) -> None:
        self._link = await Link.open(self._http, self._address, self.hello, self._offered)
        if self.welcome.resume is not None:
            self.hello["resume"] = self.welcome.resume
        for message in self._standing.messages():
            await self._link.send(message)
        self._up.set()

    async def _come_back(self, end: EndError) -> Message:
        self._up.clear()
        await self._link.close()
        try:
            return await self._try_again(end)
        except BunrakuError as error:
            self.give_up(error)
            raise

    async def _try_again(self, end: EndError) -> Message:
        attempt, found = 0, False
        while (seconds := self._delay(end, attempt)) is not None:
            if end.bye is not None and end.bye.url is not None:
                self._move(end.bye.url)
            elif attempt:  # nobody is at home: where we came from, or were sent to, there may be somebody
                self._address, self._elsewhere = self._elsewhere, self._address
            await asyncio.sleep(seconds)
            try:
                await self._begin()
                return {"type": "welcome"}
            except EndError as again:
                end, attempt = again, attempt + 1
            if absent(end) and not found:  # the server is back: its performer has as long again to come back
                attempt, found = 0, True
        raise end

    def _delay(self, end: EndError, attempt: int) -> float | None:
        return self._reconnect.delay(end, attempt, random.random, watching=self.hello["role"] == "watch")
