"""A voice shapes the mouth: vowels made by rule are told apart, and silence closes it."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bunraku_client.cli import main
from bunraku_client.voice import HOP, RATE, WINDOW, Samples, Voice, formants, loudness, mouth, vowels

if TYPE_CHECKING:
    from clients.python.conftest import FakeServer

SPOKEN = {"a": (780, 1250), "i": (290, 2400), "u": (340, 900), "e": (470, 1950), "o": (480, 830)}


def vowel(name: str, seconds: float = 0.5, pitch: float = 120, level: float = 0.2) -> Samples:
    """A vowel: pulses through the resonances of a mouth."""
    sound = np.zeros(int(seconds * RATE))
    sound[:: int(RATE / pitch)] = 1
    for hertz, breadth in zip((*SPOKEN[name], 3000), (80, 100, 150), strict=True):
        radius = np.exp(-np.pi * breadth / RATE)
        once, twice = 2 * radius * np.cos(2 * np.pi * hertz / RATE), -(radius**2)
        for n in range(2, len(sound)):
            sound[n] += once * sound[n - 1] + twice * sound[n - 2]
    spoken: Samples = (level * sound / np.sqrt(np.mean(sound**2))).astype(np.float32)
    return spoken


@pytest.mark.parametrize("name", SPOKEN)
def test_a_vowel_is_known_by_its_formants(name: str) -> None:
    heard = [formants(vowel(name)[place : place + WINDOW]) for place in range(2000, 6000, HOP)]
    weights = [vowels(*found)[name] for found in heard if found and vowels(*found)]
    assert len(weights) >= 0.7 * len(heard)
    assert np.median(weights) > 0.5


def test_an_open_vowel_opens_the_jaw_and_a_round_one_the_lips() -> None:
    shapes = {name: mouth(vowel(name)[3000 : 3000 + WINDOW]) for name in "aiu"}
    assert shapes["a"]["jawOpen"] > 0.4 > shapes["i"]["jawOpen"]
    assert shapes["i"]["mouthStretchLeft"] > 0.3
    assert shapes["u"]["mouthPucker"] > 0.3


def test_silence_closes_the_mouth_within_a_quarter_of_a_second() -> None:
    voice = Voice()
    sound = vowel("a")
    for place in range(0, 4096, HOP):
        look = voice.hear(sound[place : place + HOP])
    assert look.blendshapes["jawOpen"] > 0.4
    for _ in range(RATE // 4 // HOP):
        look = voice.hear(np.zeros(HOP, np.float32))
    assert max(look.blendshapes.values()) < 0.02


def test_the_mouth_opens_within_48_milliseconds() -> None:
    voice, sound = Voice(), vowel("a")
    for place in range(0, 3 * HOP, HOP):
        look = voice.hear(sound[place : place + HOP])
    assert look.blendshapes["jawOpen"] > 0.2


def test_loudness_has_two_ends() -> None:
    assert loudness(np.zeros(WINDOW, np.float32)) == 0
    assert loudness(np.full(WINDOW, 0.001, np.float32)) == 0
    assert loudness(np.full(WINDOW, 0.5, np.float32)) == 1


@pytest.mark.parametrize("level", [0.001, 0.3, 1.0])
def test_noise_of_any_loudness_stays_within_the_shapes_range(level: float) -> None:
    voice, noise = Voice(), np.random.default_rng(1)
    for _ in range(40):
        sound = np.clip(level * noise.standard_normal(HOP), -1, 1).astype(np.float32)
        assert all(0 <= value <= 1 for value in voice.hear(sound).blendshapes.values())


async def test_a_file_is_spoken_and_the_mouth_ends_shut(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("av")
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((vowel("a", 0.4) * 32767).clip(-32767, 32767).astype("<i2").tobytes())
    argv = ["speak", str(tmp_path / "a.wav"), "--url", server.url, "--character", "mika"]
    assert await asyncio.to_thread(main, argv) == 0
    assert re.match(r"session \S+ performs Mika\n", capsys.readouterr().out)
    jaws = [message["values"]["jawOpen"] for message in server.of_type("blendshapes")]
    assert 25 <= len(jaws) <= 50
    assert max(jaws) > 0.4
    assert jaws[-1] < 0.02


def test_what_is_no_sound_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("av")
    (tmp_path / "a.wav").write_text("no sound")
    assert main(["speak", str(tmp_path / "a.wav"), "--character", "mika"]) == 2
    assert "cannot be read as sound" in capsys.readouterr().err


async def test_control_c_does_not_wait_for_a_pipe_that_is_silent() -> None:
    pytest.importorskip("av")
    code = "import sys; from bunraku_client.cli import main; print('here', flush=True); sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, "speak", "-", "--character", "mika"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    async with asyncio.timeout(30):
        await process.stdout.readline()
        await asyncio.sleep(1)
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130
        assert await process.stderr.read() == b""
    process.stdin.close()


def test_where_nothing_can_be_piped_in_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("av")
    monkeypatch.setattr("sys.stdin", None)
    assert main(["speak", "-", "--character", "mika"]) == 2
    assert capsys.readouterr().err == "Nothing is piped in.\n"
