import asyncio
import io
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from house import House, OpenHouse
from models.character import save_character
from models.pictures import read_picture
from models.sample import sample_character
from server import teaching
from server.workshop import Workshop

PLAYED = Path(__file__).parents[1] / "played_apprentice.py"
ADMIN = {"Authorization": "Bearer boss"}


@pytest.fixture
def characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(teaching, "PROGRAM", (sys.executable, str(PLAYED)))
    save_character(sample_character("ada"), tmp_path / "characters" / "ada")
    return tmp_path / "characters"


async def answer(home: House, method: str, path: str, **options: Any) -> tuple[int, Any]:
    async with home.http.request(method, home.address + path, **options) as response:
        json = response.content_type == "application/json"
        return response.status, await (response.json() if json else response.read())


async def job_in(home: House, job: str, *states: str) -> dict[str, Any]:
    for _ in range(1500):
        status, row = await answer(home, "GET", f"/v1/jobs/{job}")
        if status == 200 and row["state"] in states and (row["state"] != "running" or row["pictures"]):
            assert isinstance(row, dict)
            return row
        await asyncio.sleep(0.02)
    raise AssertionError(f"the job is {row}")


def picture() -> aiohttp.FormData:
    image = Image.new("RGBA", (200, 300))
    image.paste((200, 80, 80, 255), (60, 40, 140, 300))
    out = io.BytesIO()
    image.save(out, "PNG")
    form = aiohttp.FormData()
    form.add_field("file", out.getvalue(), filename="me.png")
    return form


async def test_the_page_is_for_everybody_and_all_else_for_admins(house: OpenHouse, characters: Path) -> None:
    async with house(characters=characters, admin_tokens=("boss",)) as home:
        status, page = await answer(home, "GET", "/workshop")
        assert status == 200
        assert b"workshop.js" in page
        for method, path in (
            ("GET", "/v1/workshop"),
            ("POST", "/v1/drawings"),
            ("GET", "/v1/drawings/x"),
            ("GET", "/v1/jobs"),
            ("POST", "/v1/jobs"),
            ("GET", "/v1/jobs/x"),
            ("DELETE", "/v1/jobs/x"),
            ("POST", "/v1/jobs/x/stop"),
            ("POST", "/v1/jobs/x/go-on"),
            ("GET", "/v1/jobs/x/samples.png"),
        ):
            status, body = await answer(home, method, path)
            assert (status, body["error"]["code"]) == (401, "unauthorised"), path
        assert await answer(home, "GET", "/v1/jobs", headers=ADMIN) == (200, [])


async def test_no_jobs_are_told_before_it_is_known_which_there_are(
    house: OpenHouse, characters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_: Workshop) -> None: ...

    monkeypatch.setattr(Workshop, "start", nothing)
    async with house(characters=characters) as home:
        for method, path in (("GET", "/v1/jobs"), ("GET", "/v1/jobs/x"), ("POST", "/v1/jobs/x/go-on")):
            status, body = await answer(home, method, path)
            assert (status, body["error"]["code"]) == (503, "not_ready"), path
        assert (await answer(home, "GET", "/v1/workshop"))[0] == 200


async def test_what_the_workshop_offers(house: OpenHouse, characters: Path, system_folder: Path) -> None:
    async with house(characters=characters, teachers=system_folder.parent) as home:
        _, offer = await answer(home, "GET", "/v1/workshop")
        assert offer["systems"] == ["separable"]
        assert {"fast", "paper"} <= set(offer["recipes"])


async def test_a_character_learns_from_another_and_is_there_before_it_has_finished(
    house: OpenHouse, characters: Path
) -> None:
    async with house(characters=characters, scan_seconds=0.05) as home:
        order = {"id": "pupil", "name": "The Pupil", "character": "ada"}
        status, row = await answer(home, "POST", "/v1/jobs", json=order)
        assert (status, row["state"], row["source"]) == (201, "queued", {"character": "ada"})
        running = await job_in(home, row["id"], "running")
        assert running["progress"]["psnr"] == 31.5
        status, sheet = await answer(home, "GET", f"/v1/jobs/{row['id']}/samples.png")
        assert (status, sheet[:4]) == (200, b"\x89PNG")
        assert (await answer(home, "GET", f"/v1/jobs/{row['id']}/curves.svg"))[0] == 404
        assert (await answer(home, "GET", f"/v1/jobs/{row['id']}/training.pt"))[0] == 404
        for _ in range(100):
            if home.service.registry.find("pupil"):
                break
            await asyncio.sleep(0.05)
        await (await home.peer()).perform("pupil")
        assert (await answer(home, "DELETE", "/v1/characters/pupil"))[0] == 409
        status, stopped = await answer(home, "POST", f"/v1/jobs/{row['id']}/stop")
        assert (status, stopped["state"]) == (200, "stopping")
        await job_in(home, row["id"], "stopped")
        assert (await answer(home, "POST", f"/v1/jobs/{row['id']}/stop"))[0] == 409
        assert (await answer(home, "POST", f"/v1/jobs/{row['id']}/go-on"))[1]["state"] == "queued"
        await job_in(home, row["id"], "running")
        assert (await answer(home, "DELETE", f"/v1/jobs/{row['id']}"))[0] == 204


async def test_a_drawing_is_placed_and_taught_by_a_full_system(
    house: OpenHouse, characters: Path, system_folder: Path
) -> None:
    async with house(characters=characters, teachers=system_folder.parent) as home:
        status, drawing = await answer(home, "POST", "/v1/drawings", data=picture())
        assert status == 201
        assert {"id", "head", "done", "wrong", "picture"} == set(drawing)
        where = f"/v1/drawings/{drawing['id']}?head=100,70,50&remove_background=true"
        _, placed = await answer(home, "GET", where)
        assert placed["head"] == {"x": 100, "y": 70, "size": 50}
        assert placed["picture"] != drawing["picture"]
        order = {"id": "me", "drawing": drawing["id"], "head": [100, 70, 50], "examples": 2}
        _, row = await answer(home, "POST", "/v1/jobs", json=order)
        kept = characters / ".workshop" / row["id"] / "picture.png"
        assert read_picture(kept).shape == (4, 512, 512)


async def test_bad_wishes_are_one_sentence(house: OpenHouse, characters: Path, tmp_path: Path) -> None:
    async with house(characters=characters, teachers=tmp_path / "none") as home:
        form = aiohttp.FormData()
        form.add_field("file", b"nothing", filename="me.png")
        text = aiohttp.FormData()
        text.add_field("file", b"nothing", filename="me.txt")
        _, drawing = await answer(home, "POST", "/v1/drawings", data=picture())
        for status, method, path, options in (
            (422, "POST", "/v1/drawings", {"data": form}),
            (422, "POST", "/v1/drawings", {"data": text}),
            (415, "POST", "/v1/drawings", {"data": b"raw"}),
            (404, "GET", "/v1/drawings/0123456789abcdef.png", {}),
            (422, "GET", f"/v1/drawings/{drawing['id']}?head=1,2", {}),
            (422, "GET", f"/v1/drawings/{drawing['id']}?head=1000,1000,20", {}),
            (422, "POST", "/v1/jobs", {"data": b"{"}),
            (422, "POST", "/v1/jobs", {"json": {"id": "x", "drawing": drawing["id"]}}),
            (404, "POST", "/v1/jobs", {"json": {"id": "x", "character": "nobody"}}),
            (409, "POST", "/v1/jobs", {"json": {"id": "ada", "character": "ada"}}),
            (422, "POST", "/v1/jobs", {"json": {"id": "a/b", "character": "ada"}}),
            (404, "GET", "/v1/jobs/nothing", {}),
            (404, "DELETE", "/v1/jobs/nothing", {}),
        ):
            got, body = await answer(home, method, path, **options)
            assert got == status, (path, body)
            assert body["error"]["message"].endswith("."), path
        assert not list((characters / ".workshop").glob("*/job.json"))
