"""Every answer has its headers, and every failure is one sentence."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from house import House, OpenHouse


async def answer(home: House, method: str, path: str) -> tuple[int, Any]:
    async with home.http.request(method, home.address + path) as response:
        body = await response.json() if response.content_type == "application/json" else None
        return response.status, body


async def test_what_is_not_there_is_one_sentence_of_json(house: OpenHouse) -> None:
    async with house() as home:
        for path in ("/v1/characters/nobody", "/v1/characters/nobody/preview.png", "/nothing"):
            status, body = await answer(home, "GET", path)
            assert status == 404, path
            assert body["error"]["message"].endswith("."), path
        assert (await answer(home, "PUT", "/v1/characters"))[0] == 405
        for path in ("/web/no.js", "/web/../server/cli.py", "/web/%2e%2e/%2e%2e/pyproject.toml"):
            assert (await answer(home, "GET", path))[0] == 404, path


async def test_what_fails_inside_is_one_sentence_too(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[object]:
        raise RuntimeError("a bug")

    async with house() as home:
        monkeypatch.setattr(home.service.registry, "entries", broken)
        status, body = await answer(home, "GET", "/v1/characters")
        assert (status, body["error"]["code"]) == (500, "internal")


async def test_a_wrong_token_is_logged_with_where_it_came_from_and_not_itself(house: OpenHouse) -> None:
    async with house(admin_tokens=("hush",)) as home:
        with capture_logs() as logged:
            headers = {"Authorization": "Bearer guess"}
            async with home.http.get(f"{home.address}/v1/sessions", headers=headers) as response:
                assert response.status == 401
        (entry,) = logged
        assert (entry["event"], entry["address"]) == ("request refused", "127.0.0.1")
        assert (entry["method"], entry["path"]) == ("GET", "/v1/sessions")
        assert "guess" not in str(entry)


async def test_pages_are_served_with_a_policy(house: OpenHouse) -> None:
    async with house() as home:
        for path in ("/", "/view"):
            async with home.http.get(home.address + path) as response:
                assert response.status == 200
                assert response.content_type == "text/html"
                assert "default-src 'self'" in response.headers["Content-Security-Policy"]
