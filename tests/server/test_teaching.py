import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from server import teaching
from server.teaching import Teaching, reason


@pytest.mark.parametrize(
    ("code", "said", "why"),
    [
        (2, "step 5\nbunraku: There is no teacher.\n", "There is no teacher."),
        (1, "Traceback ...\nRuntimeError: a bug.\n", "It failed: RuntimeError: a bug."),
        (3, "", "It failed: exit status 3."),
        (130, "bunraku: no", "It was interrupted from outside."),
        (-9, "", "The system ended it, perhaps for want of memory."),
        (-11, "", "It was ended by the signal 11."),
    ],
)
def test_why_a_command_ended_is_one_sentence(code: int, said: str, why: str) -> None:
    assert reason(code, said) == why


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a program of a few lines in the place of bunraku."""
    return lambda source: monkeypatch.setattr(teaching, "PROGRAM", (sys.executable, "-c", source))


async def test_a_command_s_last_words_are_kept(play: Callable[[str], None], tmp_path: Path) -> None:
    play("import sys; print('x' * 9000); sys.exit('bunraku: ' + sys.argv[2])")
    begun = await Teaching.begun(tmp_path / "turn", ["No."], tmp_path / "said")
    end = await begun.ended()
    assert (end.well, end.told, end.why) == (False, False, "No.")


async def test_a_command_that_does_not_hear_is_ended(play: Callable[[str], None], tmp_path: Path) -> None:
    play(
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(60)"
    )
    begun = await Teaching.begun(tmp_path / "turn", [], tmp_path / "said")
    for _ in range(500):
        if await asyncio.to_thread((tmp_path / "said").read_text):
            break
        await asyncio.sleep(0.02)
    begun.stop(0.1)
    end = await asyncio.wait_for(begun.ended(), 10)
    assert end.told
    assert end.why == reason(-signal.SIGKILL, "")
    begun.stop(0.1)  # over already: nothing to do


async def test_a_command_leaves_half_of_the_processors(play: Callable[[str], None], tmp_path: Path) -> None:
    play("import os; print(os.environ['OMP_NUM_THREADS'])")
    begun = await Teaching.begun(tmp_path / "turn", [], tmp_path / "said")
    assert (await begun.ended()).well
    assert int((tmp_path / "said").read_text()) >= 1
