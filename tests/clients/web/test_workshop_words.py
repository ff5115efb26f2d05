from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

PROGRESS = {"phase": "learning, 1 of 3", "step": 1240, "steps": 25000, "rate": 26.4, "psnr": 31.52}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (59, "59 s"),
        (90, "2 min"),
        (3599, "1 h"),
        (5400, "1 h 30 min"),
        (200_000, "2 days"),
    ],
)
async def test_a_time_is_as_coarse_as_it_matters(call: Call, seconds: float, words: str) -> None:
    assert await call("workshop_words.js", "(m, seconds) => m.duration(seconds)", seconds) == words


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ({"state": "queued", "ahead": 2}, "Waiting; 2 before it"),
        ({"state": "queued", "ahead": 0}, "Beginning…"),
        ({"state": "running", "progress": None}, "Getting ready"),
        ({"state": "running", "progress": PROGRESS}, "Learning, 1 of 3"),
        (
            {"state": "running", "progress": {**PROGRESS, "remaining_seconds": 600}},
            "Learning, 1 of 3 · 10 min left",
        ),
        ({"state": "stopped", "progress": PROGRESS}, "Stopped"),
        ({"state": "failed", "why": "There is no teacher."}, "There is no teacher."),
        ({"state": "done", "began": 100, "ended": 700}, "Done after 10 min"),
    ],
)
async def test_how_a_job_stands_is_one_line(call: Call, job: dict[str, Any], words: str) -> None:
    assert await call("workshop_words.js", "(m, job) => m.standing(job)", job) == words


async def test_figures_are_told_as_far_as_they_are_known(call: Call) -> None:
    figures = "(m, progress) => m.figures(progress)"
    assert await call("workshop_words.js", figures, PROGRESS) == [
        "31.5 dB",
        "step 1,240 of 25,000",
        "26 poses a second",
    ]
    assert await call("workshop_words.js", figures, {"psnr": None, "step": 0, "steps": 0}) == []
    assert await call("workshop_words.js", figures, None) == []


async def test_the_job_at_work_comes_first_then_those_that_wait_then_the_newest(call: Call) -> None:
    jobs = [
        {"id": "old", "state": "done", "made": 1},
        {"id": "new", "state": "failed", "made": 5},
        {"id": "second", "state": "queued", "made": 3, "ahead": 2},
        {"id": "first", "state": "queued", "made": 4, "ahead": 1},
        {"id": "running", "state": "running", "made": 2},
    ]
    ids = await call("workshop_words.js", "(m, jobs) => m.ordered(jobs).map(({ id }) => id)", jobs)
    assert ids == ["running", "first", "second", "new", "old"]


async def test_how_far_a_job_is(call: Call) -> None:
    part = "(m, job) => m.part(job)"
    assert await call("workshop_words.js", part, {"state": "running", "progress": PROGRESS}) == 0.0496
    assert await call("workshop_words.js", part, {"state": "running", "progress": None}) is None
    assert await call("workshop_words.js", part, {"state": "done", "progress": None}) == 1


@pytest.mark.parametrize(
    ("state", "usable", "actions"),
    [
        ("queued", False, ["stop", "remove"]),
        ("running", True, ["stop", "drive", "open", "remove"]),
        ("stopping", True, ["drive", "open"]),
        ("stopped", True, ["go-on", "drive", "open", "remove"]),
        ("failed", False, ["go-on", "remove"]),
        ("done", True, ["drive", "open", "remove"]),
    ],
)
async def test_what_may_be_done_to_a_job(call: Call, state: str, usable: bool, actions: list[str]) -> None:
    job = {"state": state, "usable": usable}
    assert await call("workshop_words.js", "(m, job) => m.actions(job)", job) == actions


@pytest.mark.parametrize(
    ("name", "taken", "id"),
    [
        ("Kaede", [], "kaede"),
        ("Tsubaki\u2019s student", [], "tsubakis-student"),
        ("Éléonore 2!", [], "eleonore-2"),
        ("楓", [], "character"),
        ("Kaede", ["KAEDE", "kaede-2"], "kaede-3"),
        ("../..", [], "character"),
        ("x" * 90, [], "x" * 56),
    ],
)
async def test_a_name_makes_an_id_that_is_free(call: Call, name: str, taken: list[str], id: str) -> None:
    assert await call("workshop_words.js", "(m, name, taken) => m.idOf(name, taken)", name, taken) == id
