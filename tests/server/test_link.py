import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.link import Link, Shape

OPEN = Shape(1e9)


@asynccontextmanager
async def echoing(link: Link) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through the link to a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, link.carrying(*server.sockets[0].getsockname()[:2]) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        yield reader, writer
        writer.close()


async def round_trip(link: Link, data: bytes) -> float:
    async with echoing(link) as (reader, writer):
        begun = time.monotonic()
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
        return time.monotonic() - begun


async def test_what_goes_in_comes_out_in_order() -> None:
    await round_trip(Link(OPEN), bytes(range(256)) * 1000)


async def test_a_far_link_takes_its_time_there_and_back() -> None:
    assert await round_trip(Link(Shape(1e9, delay=0.3)), b"ping") >= 0.3


async def test_a_slow_link_carries_so_many_bits_a_second() -> None:
    # Each way takes 0.4 s, one after another for the first packet, side by side for the rest.
    assert await round_trip(Link(Shape(8 * 50_000)), bytes(20_000)) >= 0.38


async def test_a_lost_packet_costs_a_round_trip() -> None:
    assert await round_trip(Link(Shape(1e9, delay=0.1, loss=1.0)), b"ping") >= 0.3


async def test_nothing_passes_a_cut_link_until_it_is_mended_and_nothing_is_lost() -> None:
    link = Link(Shape(1e9, cut=True))
    async with echoing(link) as (reader, writer):
        writer.write(b"ping")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                raise AssertionError(await reader.read(4))
        link.shape = OPEN
        assert await reader.readexactly(4) == b"ping"


async def test_an_end_at_one_side_is_an_end_at_the_other() -> None:
    async with echoing(Link(OPEN)) as (reader, writer):
        writer.write_eof()
        assert await reader.read() == b""
