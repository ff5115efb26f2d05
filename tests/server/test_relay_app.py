"""A relay has the page that watches, and says whether it is of use."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from house import OpenHouse
from server import upstream
from server.relay_app import relaying
from server.settings import Settings, SettingsError


async def test_it_has_the_page_that_watches_and_no_other(house: OpenHouse) -> None:
    async with house() as home, relaying(Settings(port=0), home.address) as (_, address):
        async with home.http.get(f"{address}/view") as response:
            assert response.content_type == "text/html"
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        async with home.http.get(f"{address}/web/style.css") as response:
            assert response.status == 200
        for path in ("/", "/workshop", "/v1/characters"):
            async with home.http.get(address + path) as response:
                assert response.status == 404
                assert (await response.json())["error"]["message"].endswith(".")


async def test_it_is_ready_as_long_as_the_server_answers(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "_ASKED_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(upstream, "_ANSWER_SECONDS", 0.5)
    async with aiohttp.ClientSession() as http:
        async with house() as home:
            running = relaying(Settings(port=0), home.address)
            _, address = await running.__aenter__()
            async with http.get(f"{address}/readyz") as response:
                assert (response.status, await response.text()) == (200, "ready\n")
        async with http.get(f"{address}/readyz") as response:
            assert response.status == 503
        async with http.get(f"{address}/healthz") as response:
            assert response.status == 200
        await running.__aexit__(None, None, None)


async def test_its_metrics_are_those_of_the_server(house: OpenHouse) -> None:
    async with (
        house() as home,
        relaying(Settings(port=0), home.address) as (_, address),
        home.http.get(f"{address}/metrics") as response,
    ):
        found = {family.name for family in text_string_to_metric_families(await response.text())}
    assert {"bunraku_sessions", "bunraku_frames", "bunraku_drops"} <= found


async def test_what_is_no_server_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match="is not the address of a server"):
        async with relaying(Settings(port=0), "nowhere"):
            pass
