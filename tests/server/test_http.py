import asyncio
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from prometheus_client.parser import text_string_to_metric_families

from house import House, OpenHouse
from models.character import save_character
from models.sample import sample_character
from server.certificate import own_certificate
from server.settings import SettingsError

ADMIN = {"Authorization": "Bearer boss"}


@pytest.fixture
def characters(tmp_path: Path) -> Path:
    save_character(sample_character("ada"), tmp_path / "characters" / "ada")
    return tmp_path / "characters"


@pytest.fixture
def upload(tmp_path: Path) -> dict[str, bytes]:
    save_character(sample_character("new", 5), tmp_path / "new")
    return {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}


async def answer(home: House, method: str, path: str, **options: Any) -> tuple[int, Any]:
    async with home.http.request(method, home.address + path, **options) as response:
        body = await response.json() if response.content_type == "application/json" else await response.text()
        return response.status, body


async def test_characters_are_listed_and_told_of(house: OpenHouse) -> None:
    async with house() as home:
        status, listed = await answer(home, "GET", "/v1/characters")
        assert (status, [entry["id"] for entry in listed]) == (200, ["ada", "bea"])
        assert listed[0] == {
            "id": "ada",
            "name": "Sample 0",
            "kind": "student",
            "preview": "/v1/characters/ada/preview.png",
        }
        await (await home.peer()).perform("ada")
        _, ada = await answer(home, "GET", "/v1/characters/ada")
        assert (ada["resident"], ada["sessions"]) == (True, 1)


async def test_a_preview_is_a_png_that_is_not_sent_twice(house: OpenHouse) -> None:
    async with house() as home:
        async with home.http.get(f"{home.address}/v1/characters/ada/preview.png") as response:
            assert response.content_type == "image/png"
            assert (await response.read()).startswith(b"\x89PNG")
            tag = response.headers["ETag"]
        again = await answer(home, "GET", "/v1/characters/ada/preview.png", headers={"If-None-Match": tag})
        assert again[0] == 304


async def test_without_an_admin_token_nobody_from_elsewhere_is_admin(house: OpenHouse) -> None:
    async with house() as home:
        for method, path in (
            ("POST", "/v1/characters"),
            ("DELETE", "/v1/characters/ada"),
            ("GET", "/v1/sessions"),
        ):
            headers = {**ADMIN, "Origin": "https://elsewhere.example"}
            status, body = await answer(home, method, path, headers=headers)
            assert (status, body["error"]["code"]) == (403, "no_admin")


async def test_on_a_server_for_one_machine_its_user_is_admin(house: OpenHouse) -> None:
    async with house() as home:
        assert await answer(home, "GET", "/v1/sessions") == (200, [])


async def test_admin_doors_want_the_admin_token(house: OpenHouse) -> None:
    async with house(admin_tokens=("boss",)) as home:
        assert (await answer(home, "GET", "/v1/sessions"))[0] == 401
        assert (await answer(home, "DELETE", "/v1/characters/ada", headers={"Authorization": "Bearer x"}))[
            0
        ] == 401
        session = (await (await home.peer()).perform())["session"]
        status, sessions = await answer(home, "GET", "/v1/sessions", headers=ADMIN)
        assert status == 200
        assert (sessions[0]["session"], sessions[0]["performing"], sessions[0]["watchers"]) == (
            session,
            True,
            0,
        )
        assert sessions[0]["streams"][0]["codec"] == "raw"


async def test_a_character_is_uploaded_as_a_form_and_performs(
    house: OpenHouse, characters: Path, upload: dict[str, bytes]
) -> None:
    async with house(characters=characters, admin_tokens=("boss",)) as home:
        form = aiohttp.FormData({"id": "new", "name": "The New One"})
        for name, data in upload.items():
            form.add_field("file", io.BytesIO(data), filename=name)
        status, entry = await answer(home, "POST", "/v1/characters", data=form, headers=ADMIN)
        assert (status, entry["name"]) == (201, "The New One")
        assert (await (await home.peer()).perform("new"))["character"]["name"] == "The New One"


async def test_a_character_is_uploaded_as_a_zip(
    house: OpenHouse, characters: Path, upload: dict[str, bytes]
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in upload.items():
            archive.writestr(f"new/{name}", data)
    headers = {**ADMIN, "Content-Type": "application/zip"}
    async with house(characters=characters, admin_tokens=("boss",)) as home:
        sent = {"headers": headers}
        assert (await answer(home, "POST", "/v1/characters?id=new", data=io.BytesIO(out.getvalue()), **sent))[
            0
        ] == 201
        assert (await answer(home, "POST", "/v1/characters?id=new", data=io.BytesIO(out.getvalue()), **sent))[
            0
        ] == 409


async def test_a_picture_is_uploaded_and_posed_by_a_full_system(
    house: OpenHouse, characters: Path, system_folder: Path
) -> None:
    settings = {"characters": characters, "teachers": system_folder.parent, "admin_tokens": ("boss",)}
    async with house(**settings, load_limit=0.0) as home:
        form = aiohttp.FormData({"id": "new", "name": "The New One", "head": "256,128,128"})
        form.add_field(
            "file", io.BytesIO((characters / "ada" / "character.png").read_bytes()), filename="a.png"
        )
        status, entry = await answer(home, "POST", "/v1/characters", data=form, headers=ADMIN)
        assert (status, entry["name"], entry["kind"]) == (201, "The New One", "teacher")
        assert entry["done"] and entry["wrong"]
        peer = await home.peer()
        await peer.say("hello", role="perform", character="new")
        await peer.hear("welcome", seconds=120)
        assert home.service.cost.seconds(512**2, "teacher") > 0


async def test_a_picture_needs_a_full_system(house: OpenHouse, characters: Path, tmp_path: Path) -> None:
    async with house(characters=characters, teachers=tmp_path / "none", admin_tokens=("boss",)) as home:
        form = aiohttp.FormData({"id": "new"})
        form.add_field(
            "file", io.BytesIO((characters / "ada" / "character.png").read_bytes()), filename="a.png"
        )
        status, body = await answer(home, "POST", "/v1/characters", data=form, headers=ADMIN)
        assert (status, body["error"]["code"]) == (422, "no_teacher")


async def test_bad_uploads_are_one_sentence(house: OpenHouse, characters: Path) -> None:
    async with house(characters=characters, admin_tokens=("boss",), max_upload_bytes=100_000) as home:
        headers = {**ADMIN, "Content-Type": "application/zip"}
        for data, status in ((b"garbage", 422), (bytes(200_000), 413)):
            got, body = await answer(home, "POST", "/v1/characters?id=x", data=data, headers=headers)
            assert got == status
            assert body["error"]["message"].endswith(".")
        assert (await answer(home, "POST", "/v1/characters", data="{}", headers=ADMIN))[0] == 415
        headers["Content-Type"] = "multipart/form-data"
        _, body = await answer(home, "POST", "/v1/characters", data="x", headers=headers)
        assert body["error"]["code"] == "bad_form"


async def test_deleting_a_character_ends_its_sessions(house: OpenHouse, characters: Path) -> None:
    async with house(characters=characters, admin_tokens=("boss",)) as home:
        peer = await home.peer()
        await peer.perform("ada")
        assert (await answer(home, "DELETE", "/v1/characters/ada", headers=ADMIN))[0] == 204
        assert (await peer.hear("bye"))["reason"] == "The character was deleted."
        assert await peer.hear_close() == 1000
        assert (await answer(home, "GET", "/v1/characters"))[1] == []
        assert (await answer(home, "DELETE", "/v1/characters/ada", headers=ADMIN))[0] == 404


async def test_characters_that_come_later_are_found(house: OpenHouse, characters: Path) -> None:
    async with house(characters=characters, scan_seconds=0.1) as home:
        save_character(sample_character("late"), characters / "late")
        for _ in range(50):
            if len((await answer(home, "GET", "/v1/characters"))[1]) == 2:
                break
            await asyncio.sleep(0.1)
        peer = await home.peer()
        await peer.perform("late")


async def test_health_and_readiness(house: OpenHouse) -> None:
    async with house(max_sessions=1) as home:
        assert (await answer(home, "GET", "/healthz"))[0] == 200
        assert (await answer(home, "GET", "/readyz"))[0] == 200
        await (await home.peer()).perform()
        assert await answer(home, "GET", "/readyz") == (503, "full\n")


async def test_metrics_are_valid_and_tell_of_every_stage(house: OpenHouse) -> None:
    async with house() as home:
        peer = await home.peer()
        await peer.perform()
        await peer.hear("frame")
        await peer.say("pose", seq=1, values={"head_x": 0.5})
        await peer.hear("frame")
        families = {
            f.name: f for f in text_string_to_metric_families((await answer(home, "GET", "/metrics"))[1])
        }
        counts = {
            sample.labels["stage"]: sample.value
            for sample in families["bunraku_stage_seconds"].samples
            if sample.name.endswith("_count")
        }
        assert {"queue": 2, "render": 2, "encode": 2, "send": 2}.items() <= counts.items()
        bounds = {
            float(s.labels["le"])
            for s in families["bunraku_pose_to_frame_seconds"].samples
            if "le" in s.labels
        }
        assert {0.0083, 0.0167, 0.0333, 0.05, 0.1} <= bounds
        (latency,) = [
            s for s in families["bunraku_pose_to_frame_seconds"].samples if s.name.endswith("_count")
        ]
        assert latency.value == 1
        assert await home.metric('bunraku_sessions{role="perform"}') == 1
        assert await home.metric("bunraku_resident_characters") == 1
        assert await home.metric('bunraku_frames_total{codec="raw"}') == 2
        assert await home.metric('bunraku_frame_bytes_total{codec="raw"}') == 2 * 128 * 128 * 4


async def test_a_server_that_starts_says_so_instead_of_having_no_characters(house: OpenHouse) -> None:
    async with house() as home:
        home.service.registry.scanned = False
        for path in ("/v1/characters", "/v1/characters/ada", "/v1/characters/ada/preview.png"):
            status, body = await answer(home, "GET", path)
            assert (status, body["error"]["code"]) == (503, "not_ready")
            assert body["error"]["message"] == "The server is starting."


async def test_an_authority_is_given_to_anybody_where_there_is_one(house: OpenHouse, tmp_path: Path) -> None:
    own = own_certificate(tmp_path, ("localhost",), datetime.now(UTC))
    async with house() as home, home.http.get(f"{home.address}/authority.crt") as response:
        assert response.status == 404
    async with (
        house(tls_authority=str(own.authority)) as home,
        home.http.get(f"{home.address}/authority.crt") as response,
    ):
        found = x509.load_der_x509_certificate(await response.read())
        assert found == x509.load_pem_x509_certificate(own.authority.read_bytes())


async def test_an_authority_that_is_none_is_refused_at_the_start(house: OpenHouse, tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("none")
    with pytest.raises(SettingsError, match=r"a\.pem is no certificate in PEM form"):
        async with house(tls_authority=str(tmp_path / "a.pem")):
            pass
