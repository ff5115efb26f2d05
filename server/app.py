"""The server from start to stop: engine, warm-up, listener."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from models.cast import Cast
from models.engine import Engine
from models.engines import build_engine
from models.folders import BUILT_IN
from models.sample import sample_character
from models.teachers.running import usual
from models.view import View
from server.admin import is_loopback
from server.device import Device
from server.http import application
from server.listener import listening, signalled
from server.load import CostModel
from server.places import state_folder
from server.registry import Registry
from server.service import Service
from server.settings import Settings
from server.warmup import warm_up
from server.workshop import Workshop

log = structlog.get_logger()


@asynccontextmanager
async def serving(settings: Settings, engine: Engine | None = None) -> AsyncIterator[tuple[Service, str]]:
    """Serve as long as the context lasts; gives the service and its address (`http://host:port`, or https).

    The listener answers at once; sessions are taken, and `/readyz` says so, once the characters are found,
    the engine is warm and its speed is measured. Leaving drains.
    """
    students = engine or build_engine(settings.engine, settings.device, skip=settings.skip)
    running = usual(students.device, settings.teacher_precision, compiled=settings.teacher_compiled)
    device = Device(Cast(students, settings.teachers, running))
    cost = CostModel()
    own = state_folder() / "characters" if settings.characters == BUILT_IN else None
    service = Service(settings, Registry(settings.characters, settings.teachers, own), device, cost)
    workshop = Workshop(service.registry)
    try:
        async with listening(application(service, workshop), settings) as address:
            try:
                if not is_loopback(settings.host) and not settings.performer_tokens:
                    log.warning("anybody who reaches this address may perform; set performer_tokens")
                await _warm(device, cost)
                await service.start()
                await workshop.start()
                log.info(
                    "serving", address=address, engine=device.engine.name, device=str(device.engine.device)
                )
                yield service, address
            finally:
                await asyncio.gather(service.drain(), workshop.close(settings.drain_seconds))
    finally:
        device.close()


async def _warm(device: Device, cost: CostModel) -> None:
    stranger = sample_character("warm-up")
    try:
        await device.load(stranger)
        await warm_up(device, cost, stranger)
        await device.unload(stranger.id)
    except RuntimeError as error:  # what torch says of a device that is full, or broken
        reason = str(error).split("\n")[0].rstrip(".")
        raise DeviceError(f"The device {device.engine.device} cannot draw: {reason}.") from error
    log.info("engine warm", seconds_per_picture=round(cost.seconds(View().width ** 2), 4))


class DeviceError(ValueError):
    """A device that cannot draw, or no more; the message is one plain sentence."""


async def serve(settings: Settings, opened: Callable[[str], None] = lambda _: None) -> None:
    """Serve until SIGTERM or SIGINT, then drain. `opened` is told the address.

    Raises DeviceError where the device cannot draw; or, drained as well, where it will not any more: only who
    starts the server anew can help.
    """
    told_to_stop = signalled()
    async with serving(settings) as (service, address):
        opened(address)
        # What is there now stays; looking through all of it again and again would hold up frames.
        gc.collect()
        gc.freeze()
        ends = [asyncio.ensure_future(end) for end in (told_to_stop(), service.lost())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        lost = ends[1].done()
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
    if lost:
        raise DeviceError("The device draws no more, whatever is tried; start the server again.")
    log.info("stopped")
