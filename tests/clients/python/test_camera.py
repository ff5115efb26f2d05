"""The virtual camera: a session's pictures go to a device, and a missing one is told in a sentence."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from bunraku_client.cli import main

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer


class FakeCamera:
    """A device that keeps what it was sent."""

    device = "Fake"
    sent: list[NDArray[np.uint8]]

    def __init__(self, **settings: Any) -> None:
        type(self).sent = []
        self.settings = settings

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, picture: NDArray[np.uint8]) -> None:
        assert picture.flags.c_contiguous
        self.sent.append(picture)


def _no_device(**_: Any) -> None:
    raise RuntimeError("no device")


async def test_pictures_go_to_the_camera(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", SimpleNamespace(Camera=FakeCamera))
    argv = ["camera", "--session", "s1", "--url", server.url, "--size", "128", "--seconds", "0.5"]
    assert await asyncio.to_thread(main, argv) == 0
    assert [picture.shape for picture in FakeCamera.sent] == [(128, 128, 3)]
    assert server.hellos[0]["video"]["background"] == "#00ff00"


async def test_a_missing_device_is_told(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", SimpleNamespace(Camera=_no_device))
    assert await asyncio.to_thread(main, ["camera", "--session", "s1", "--url", server.url]) == 1
    assert "No virtual camera can be opened: no device." in capsys.readouterr().err


def test_a_missing_package_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    assert main(["camera", "--session", "s1"]) == 1
    assert "bunraku-client[camera]" in capsys.readouterr().err
