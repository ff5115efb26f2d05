"""The command, as its user types it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from bunraku_client import Track, write_track
from bunraku_client.cli import main

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer

Captured = pytest.CaptureFixture[str]


async def _run(*argv: str) -> int:
    return await asyncio.to_thread(main, argv)


async def test_characters_are_listed(server: FakeServer, capsys: Captured) -> None:
    assert await _run("characters", server.url) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["mika", "student", "Mika"],
        ["rei", "student", "Rei"],
    ]


async def test_a_name_is_shown_as_far_as_the_output_has_its_letters(server: FakeServer) -> None:
    server.characters = ("mika", "ツバキ")
    code = "import sys; from bunraku_client.cli import main; sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, "characters", server.url),
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert out.split() == [b"mika", b"student", b"Mika", b"???", b"student", b"???"]


async def test_a_shot_is_the_png_of_its_pose(server: FakeServer, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    argv = ["shot", "-o", str(out), "--url", server.url, "--character", "mika", "--size", "128"]
    assert await _run(*argv, "--pose", '{"p3": 0.5}', "--background", "#336699") == 0
    picture = Image.open(io.BytesIO(out.read_bytes()))
    assert (picture.format, picture.size) == ("PNG", (128, 128))
    assert picture.getpixel((0, 0)) == (2, 20, 30, 255)  # the second frame: the first shows no pose
    assert server.of_type("pose")[0]["values"] == {"p3": 0.5}
    assert server.hellos[0]["video"]["background"] == "#336699"
    assert server.hellos[0]["video"]["codecs"] == ["png"]


async def test_a_shot_of_a_session_watches_it(server: FakeServer, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    assert await _run("shot", "-o", str(out), "--url", server.url, "--session", "s7") == 0
    assert server.hellos[0]["role"] == "watch"
    assert out.read_bytes().startswith(b"\x89PNG")


async def test_a_track_is_played(server: FakeServer, tmp_path: Path, capsys: Captured) -> None:
    write_track(tmp_path / "a.npz", Track(np.arange(1) * 50.0, (np.full(45, 0.5, np.float32),)))
    status = await _run(
        "play", str(tmp_path / "a.npz"), "--url", server.url, "--character", "mika", "--fps", "40"
    )
    assert status == 0
    assert "1 poses sent" in capsys.readouterr().out
    assert server.of_type("pose")[0]["values"] == np.full(45, 0.5, "<f4").tobytes()
    assert server.hellos[0]["video"]["codecs"] == ["h264-alpha", "webp"]


async def test_watching_saves_the_pictures(server: FakeServer, tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "frames"
    argv = ["watch", "--url", server.url, "--session", "s7", "--save", str(folder), "--seconds", "1.5"]
    assert await _run(*argv, "--codec", "png") == 0
    assert [path.name for path in folder.iterdir()] == ["000001.png"]
    out = capsys.readouterr().out
    assert "fps" in out and "KiB/s" in out
    assert "1 frames" in out


async def test_pictures_after_a_cut_take_the_place_of_none_before_it(
    server: FakeServer, tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    argv = ["watch", "--url", server.url, "--session", "s7", "--save", str(folder), "--seconds", "2"]
    watching = asyncio.create_task(_run(*argv))
    await server.until(lambda: len(server.of_type("ack")) == 1)
    server.cut()
    assert await watching == 0
    assert len(server.hellos) == 2
    assert sorted(path.name for path in folder.iterdir()) == ["000001.webp", "000002.webp"]


async def test_a_load_prints_its_figures(server: FakeServer, capsys: Captured) -> None:
    argv = ["load", "1", "--url", server.url, "--seconds", "0.3", "--fps", "20"]
    assert await _run(*argv, "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["worked"] == 1
    assert figures["latency_p50_ms"] > 0
    assert await _run(*argv, "--characters", "rei", "--size", "256", "--codec", "webp") == 0
    assert "p95" in capsys.readouterr().out
    assert server.hellos[-1]["character"] == "rei"
    assert server.hellos[-1]["video"]["max_fps"] == 20


async def test_a_load_that_nobody_was_let_into_fails(server: FakeServer, capsys: Captured) -> None:
    server.refusals = [({"code": "full", "message": "Full."}, 4013)]
    assert await _run("load", "1", "--url", server.url, "--seconds", "0.2") == 1
    assert "refused    1 x Full. (full)" in capsys.readouterr().out


async def test_a_load_without_a_character_fails(server: FakeServer, capsys: Captured) -> None:
    server.characters = ()
    assert await _run("load", "1", "--url", server.url) == 1
    assert capsys.readouterr().err == "The server has no character to perform.\n"


async def test_an_error_is_one_sentence_on_stderr(
    server: FakeServer, tmp_path: Path, capsys: Captured
) -> None:
    server.refusals = [({"code": "no_character", "message": "There is no character 'x'."}, 4004)]
    argv = ["shot", "-o", str(tmp_path / "out.png"), "--url", server.url, "--character", "x"]
    assert await _run(*argv) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "There is no character 'x'. (no_character)\n")
    assert not (tmp_path / "out.png").exists()


async def test_what_the_system_refuses_is_a_sentence_too(
    server: FakeServer, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "absent" / "out.png"
    assert await _run("shot", "-o", str(out), "--url", server.url, "--character", "mika") == 1
    assert capsys.readouterr().err == f"{out}: No such file or directory.\n"
    assert await _run("play", str(out), "--url", server.url, "--character", "mika") == 2
    assert capsys.readouterr().err == f"The track {out} cannot be read: No such file or directory.\n"


@pytest.mark.parametrize(
    "argv",
    [
        ["shot", "-o", "x.png", "--character", "mika", "--pose", "{"],
        ["shot", "-o", "x.png", "--character", "mika", "--pose", "[1, 2]"],
        ["shot", "-o", "x.png", "--character", "mika", "--background", "green"],
        ["shot", "-o", "x.png", "--session", "s1", "--pose", "{}"],
        ["characters", "ftp://nowhere"],
        ["characters", "https://127.0.0.1:9", "--fingerprint", "zz"],
        ["characters", "127.0.0.1:9", "--insecure"],
        ["play", "absent.jsonl", "--character", "mika"],
    ],
)
async def test_what_was_asked_wrongly_is_status_two(argv: list[str], capsys: Captured) -> None:
    assert await _run(*argv) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


async def test_the_token_is_taken_from_the_environment(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUNRAKU_TOKEN", "from-environment")
    await _run("shot", "-o", str(tmp_path / "x.png"), "--url", server.url, "--character", "mika")
    assert server.hellos[0]["token"] == "from-environment"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_to_end_ends_with_bye(
    server: FakeServer, tmp_path: Path, ending: signal.Signals
) -> None:
    write_track(tmp_path / "a.jsonl", Track(np.array([0.0, 50.0]), ({"p0": 0.5}, {"p0": 0.1})))
    code = "import sys; from bunraku_client.cli import main; sys.exit(main())"
    argv = ["play", str(tmp_path / "a.jsonl"), "--url", server.url, "--character", "mika", "--loop"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        await server.until(lambda: len(server.of_type("pose")) >= 3)
        process.send_signal(ending)
        _, stderr = await process.communicate()
        await server.closed.wait()
    assert process.returncode == 130
    assert stderr == b""
    assert server.received[-1] == {"type": "bye"}
