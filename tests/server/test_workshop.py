"""Jobs are done one after another by processes, whatever happens to them or to the server."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from models.character import save_character
from models.sample import sample_character
from server import teaching
from server.jobs import Job
from server.orders import Order
from server.refusal import RegistryError
from server.registry import Registry
from server.workshop import FOLDER, Workshop, clear

PLAYED = Path(__file__).parents[1] / "played_apprentice.py"
Open = Callable[[], Awaitable[Workshop]]


@pytest.fixture(scope="session")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("characters") / "ada"
    save_character(sample_character("ada"), folder)
    return folder


@pytest_asyncio.fixture
async def start(ada: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """Starts a workshop on `ada`, whose characters go into tmp_path/own; a later one comes after it."""
    monkeypatch.setattr(teaching, "PROGRAM", (sys.executable, str(PLAYED)))
    opened: list[Workshop] = []

    async def begin() -> Workshop:
        registry = Registry(ada.parent, tmp_path / "teachers", tmp_path / "own")
        registry.scan()
        opened.append(Workshop(registry))
        await opened[-1].start()
        return opened[-1]

    yield begin
    for workshop in opened:
        await workshop.close(5.0)


async def until(workshop: Workshop, job: str, *states: str) -> Job:
    for _ in range(1500):
        if workshop.jobs.find(job).state in states:
            return workshop.jobs.find(job)
        await asyncio.sleep(0.02)
    raise AssertionError(f"the job is {workshop.jobs.find(job)}")


async def at_step(workshop: Workshop, job: Job, step: int) -> None:
    path = workshop.output(job.order) / "progress.json"
    for _ in range(1500):
        if path.is_file() and json.loads(path.read_text())["step"] >= step:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"no step {step}")


async def test_nothing_is_written_before_something_is_asked_for(start: Open, tmp_path: Path) -> None:
    workshop = await start()
    with pytest.raises(RegistryError):
        await workshop.order(Order(id="x", character="nobody"))
    await workshop.close(1.0)
    assert not (tmp_path / "own").exists()


async def test_jobs_run_one_after_another_and_leave_characters(start: Open, tmp_path: Path) -> None:
    workshop = await start()
    first = await workshop.order(Order(id="x", character="ada", examples=1, name="The Pupil"))
    second = await workshop.order(Order(id="y", character="ada", examples=1))
    assert workshop.jobs.ahead(second) == 1
    assert (await until(workshop, second.id, "done")).state == "done"
    done = workshop.jobs.find(first.id)
    assert (done.state, done.why) == ("done", "")
    assert "The Pupil" in (tmp_path / "own" / "x" / "character_model.yaml").read_text()


async def test_a_job_is_stopped_and_goes_on_where_it_was(start: Open) -> None:
    workshop = await start()
    job = await workshop.order(Order(id="x", character="ada"))
    await at_step(workshop, job, 4)
    assert (await workshop.stop(job.id)).state == "stopping"
    assert (await until(workshop, job.id, "stopped")).why == ""
    await workshop.go_on(job.id)
    await until(workshop, job.id, "running")
    await at_step(workshop, job, 9)


async def test_a_failure_is_told_in_the_command_s_own_sentence(start: Open) -> None:
    workshop = await start()
    job = await workshop.order(Order(id="x", character="ada", examples=2))
    assert (await until(workshop, job.id, "failed")).why == "There is no such teacher."
    crash = await workshop.order(Order(id="y", character="ada", examples=3))
    assert (await until(workshop, crash.id, "failed")).why == "It failed: RuntimeError: a bug."


async def test_the_next_server_goes_on_with_what_ran_and_what_waits(start: Open) -> None:
    workshop = await start()
    job = await workshop.order(Order(id="x", character="ada"))
    waits = await workshop.order(Order(id="y", character="ada", examples=1))
    await at_step(workshop, job, 4)
    await workshop.close(5.0)
    later = await start()
    await until(later, job.id, "running")
    await at_step(later, job, 7)
    await later.stop(job.id)
    await until(later, waits.id, "done")


async def test_a_job_that_does_not_hear_is_ended_with_the_server(start: Open) -> None:
    workshop = await start()
    job = await workshop.order(Order(id="x", character="ada", recipe="paper"))
    await at_step(workshop, job, 3)
    await asyncio.wait_for(workshop.close(0.2), 5)
    assert workshop.jobs.find(job.id).state == "queued"


async def test_a_forgotten_job_leaves_its_character_and_nothing_of_its_own(
    start: Open, tmp_path: Path
) -> None:
    workshop = await start()
    job = await workshop.order(Order(id="x", character="ada"))
    await at_step(workshop, job, 3)
    await workshop.forget(job.id)
    own = tmp_path / "own"
    for _ in range(1500):
        if not (own / FOLDER / job.id).exists() and not (own / "x" / "training.pt").exists():
            break
        await asyncio.sleep(0.02)
    assert not (own / FOLDER / job.id).exists()
    assert not (own / "x" / "training.pt").exists()
    assert (own / "x" / "character_model.yaml").exists()
    assert list(workshop.jobs) == []


async def test_a_character_that_is_there_is_not_made_again(start: Open) -> None:
    workshop = await start()
    await workshop.order(Order(id="x", character="ada"))
    for taken in ("x", "ada"):
        with pytest.raises(RegistryError) as caught:
            await workshop.order(Order(id=taken, character="ada"))
        assert caught.value.status == 409
    with pytest.raises(RegistryError):
        await workshop.order(Order(id="../x", character="ada"))


async def test_a_teacher_that_went_before_its_turn_is_told(start: Open, tmp_path: Path) -> None:
    save_character(sample_character("bea"), tmp_path / "own" / "bea")
    workshop = await start()
    first = await workshop.order(Order(id="x", character="ada"))
    await at_step(workshop, first, 2)
    second = await workshop.order(Order(id="y", character="bea"))
    await asyncio.to_thread(workshop._registry.delete, "bea")
    await workshop.stop(first.id)
    assert (await until(workshop, second.id, "failed")).why == "There is no character 'bea'."


async def test_a_second_server_on_the_folder_has_no_workshop(start: Open) -> None:
    workshop = await start()
    await workshop.order(Order(id="x", character="ada"))
    other = await start()
    assert list(other.jobs) == []
    with pytest.raises(RegistryError) as caught:
        await other.order(Order(id="y", character="ada"))
    assert caught.value.code == "busy"


def test_what_is_no_character_yet_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "progress.json").write_text("{}")
    clear(folder)
    assert not folder.exists()
    clear(folder)
