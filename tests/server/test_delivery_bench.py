"""Benches of delivery start a server of their own, and open no more sockets than the system allows."""

import resource

import pytest

from played_plan import moving
from server.delivery_bench import watched
from server.settings import SettingsError


async def test_too_many_watchers_for_the_system_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 1024))
    with pytest.raises(
        SettingsError, match=r"^5000 watchers need 5200 open files; the system allows 1024\.$"
    ):
        await watched((), moving(), [0, 5000])
