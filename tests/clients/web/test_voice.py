from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

# A room at -60 dB for a second, speech at -25 dB for a quarter of one, and the room again.
SPEECH = """(m, bands) => {
    const voice = new m.Voice();
    const run = (steps, level) => Array.from({length: steps}, () => voice.step(level, bands));
    return [run(60, -60), run(15, -25), run(30, -60)];
}"""


async def test_the_mouth_is_shut_in_a_quiet_room_opens_with_speech_and_shuts_after(call: Call) -> None:
    room, speech, after = await call("voice.js", SPEECH, [1, 2, 1, 0])
    assert not any(step["speaking"] for step in room)
    assert speech[2]["open"] > 0.7  # within 50 ms
    assert speech[-1]["open"] > 0.9
    assert not after[-1]["speaking"]


async def test_bright_sounds_are_wide_dark_ones_round_and_an_aaa_neither(call: Call) -> None:
    widths = await call("voice.js", "m => [[2, 0, 0, 1], [10, 0.5, 0, 0], [1, 2, 1, 0]].map(m.width)")
    assert widths[0] > 0.5
    assert widths[1] < -0.5
    assert widths[2] == 0


@pytest.mark.parametrize(("opened", "wide"), [(0, 0), (1, 0), (0.5, 1), (0.7, -0.6), (1, -1)])
async def test_vowels_are_never_negative_and_together_at_most_one(
    call: Call, opened: float, wide: float
) -> None:
    vowels = await call("voice.js", "(m, open, wide) => m.vowels(open, wide)", opened, wide)
    assert min(vowels.values()) >= 0
    assert sum(vowels.values()) <= 1


async def test_a_tracked_face_keeps_all_but_its_mouth_while_a_voice_is_heard(call: Call) -> None:
    face = {"values": {"jawOpen": 0.1, "eyeBlinkLeft": 0.7}, "head": [1, 2, 3]}
    source = "(m, face, mouth) => m.spoken(face, mouth)"
    assert await call("voice.js", source, face, None) == face
    spoken = await call("voice.js", source, face, {"open": 1, "wide": 0})
    assert spoken["head"] == [1, 2, 3]
    assert (spoken["values"]["jawOpen"], spoken["values"]["eyeBlinkLeft"]) == (0.6, 0.7)
