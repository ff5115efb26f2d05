"""What tests in more than one folder use."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
import torch
from playwright.async_api import Browser, Page, async_playwright

from models.character import Character
from models.pictures import write_picture
from models.teachers.files import write_system
from models.teachers.rule import by_rule
from models.teachers.system import System

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def pytest_configure() -> None:
    """Where tests run in several processes, each has one thread, and so has what it starts."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ["OMP_NUM_THREADS"] = "1"
        torch.set_num_threads(1)


def tfjs_network(weights: dict[str, torch.Tensor], path: Path) -> None:
    """Write a state dict as a TensorFlow.js manifest with one binary file."""
    entries, data = [], b""
    for key, tensor in weights.items():
        prefix, _, kind = key.rpartition(".")
        numbers = tensor.permute(2, 3, 1, 0).contiguous() if kind == "weight" else tensor
        name = f"{prefix}/{'kernel' if kind == 'weight' else 'bias'}"
        entries.append({"name": name, "shape": list(numbers.shape), "dtype": "float32"})
        data += numbers.numpy().astype("<f4").tobytes()
    binary = f"{path.stem}.weights.bin"
    (path.parent / binary).write_bytes(data)
    path.write_text(json.dumps({"weightsManifest": [{"paths": [binary], "weights": entries}]}))


@pytest.fixture
def write_tfjs() -> Callable[[Character, Path], None]:
    """Writes a character into a new folder in the form of the paper's web demos."""

    def write(character: Character, folder: Path) -> None:
        folder.mkdir()
        write_picture(character.picture, folder / "character.png")
        tfjs_network(character.face, folder / "face_morpher.json")
        tfjs_network(character.body, folder / "body_morpher.json")

    return write


@pytest.fixture(scope="session")
def separable() -> System:
    """The smallest of the full systems."""
    return by_rule("tha3-separable").requires_grad_(False)


@pytest.fixture(scope="session")
def system_folder(separable: System, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teachers") / "separable"
    write_system(separable, folder)
    return folder


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The system's own Chromium. Without it, Playwright's may be there."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser(chromium: str | None) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = chromium or shutil.which(playwright.chromium.executable_path)
        if found is None:
            pytest.skip("No Chromium is installed.")
        running = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A fresh page, with a storage of its own."""
    context = await browser.new_context(reduced_motion="reduce")
    yield await context.new_page()
    await context.close()
