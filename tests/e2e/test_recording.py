"""What the page records is taken: the film by any player, the track of poses by `bunraku render`."""

import asyncio
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.async_api import Download, Page, expect

from models.character import save_character
from models.pose import INDEX
from models.sample import sample_character
from models.tracks import read_poses
from server.cli import main

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 20_000  # milliseconds


async def recorded(page: Page, folder: Path) -> dict[str, Path]:
    """Record while a slider is moved; the files by their suffix."""
    files: list[Download] = []
    page.on("download", lambda file: files.append(file))
    await page.click("[data-pane=record]")
    await page.click("#record")
    await page.click("[data-pane=pose]")
    for value in ("0.25", "0.5", "1"):
        await page.locator('input[data-parameter="head_x"]').fill(value)
        await asyncio.sleep(0.5)
    await page.click("[data-pane=record]")
    await page.click("#record")
    await expect(page.locator("#record-note")).to_contain_text("is saved.", timeout=PATIENT)
    kept = {}
    for file in files:
        path = folder / file.suggested_filename
        await file.save_as(path)
        kept[path.suffix] = path
    return kept


async def test_a_recording_on_the_page_is_rendered_again_by_its_track(
    page: Page, address: str, tmp_path: Path
) -> None:
    await page.goto(f"{address}/?character=ada&size=128&codec=png")
    await expect(page.locator("html")).to_have_attribute("data-state", "live", timeout=PATIENT)
    await page.locator('#settings [name="idle"]').set_checked(False, force=True)
    kept = await recorded(page, tmp_path)
    assert set(kept) == {".webm", ".jsonl"}
    poses = read_poses(kept[".jsonl"], fps=10)
    assert 10 <= len(poses) <= 100
    assert (poses[0, INDEX["head_x"]], poses[-1, INDEX["head_x"]]) == (0, 1)
    with av.open(str(kept[".webm"])) as film:
        assert {(frame.width, frame.height) for frame in film.decode(video=0)} == {(512, 512)}
    save_character(sample_character("ada", 0), tmp_path / "ada")
    frames = tmp_path / "frames.npz"
    command = ["render", str(tmp_path / "ada"), "--poses", str(kept[".jsonl"]), "-o", str(frames)]
    assert await asyncio.to_thread(main, [*command, "--size", "128", "--fps", "10"]) == 0
    with np.load(frames) as drawn:
        assert all(len(drawn[name]) == len(poses) for name in drawn.files if drawn[name].ndim == 4)
