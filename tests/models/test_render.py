"""Poses become one file, whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.engine import Request, View
from models.folded import FoldedEngine
from models.render import RenderError, render
from models.sample import sample_character

POSES = np.random.default_rng(3).uniform(0, 1, (3, 45)).astype(np.float32)
VIEW = View(128, (180, 100, 120, 80))


@pytest.fixture(scope="module")
def engine() -> FoldedEngine:
    folded = FoldedEngine(torch.device("cpu"))
    folded.load(sample_character("a", 1))
    return folded


class Failing(FoldedEngine):
    """An engine that breaks at the second frame."""

    drawn = 0

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        self.drawn += 1
        if self.drawn == 2:
            raise RuntimeError("the device is gone")
        return [torch.zeros(4, VIEW.height, VIEW.width)]


def test_the_frames_are_those_that_the_engine_draws(engine: FoldedEngine, tmp_path: Path) -> None:
    render(engine, "a", POSES, tmp_path / "a.npz", view=VIEW)
    with np.load(tmp_path / "a.npz") as found:
        frames = found["frames"]
    expected = engine.draw([Request("a", pose, VIEW) for pose in POSES])
    np.testing.assert_allclose(frames, torch.stack(expected).numpy(), atol=2e-3)


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".webp", ".gif", ".mp4", ".webm"])
def test_every_kind_of_file_is_written_alone(engine: FoldedEngine, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"a{suffix}"
    render(engine, "a", POSES, out, view=VIEW, fps=10, background=(0, 128, 0), columns=1)
    assert list(tmp_path.iterdir()) == [out]
    assert out.stat().st_size > 500


def test_a_sheet_has_the_size_of_its_view(engine: FoldedEngine, tmp_path: Path) -> None:
    render(engine, "a", POSES, tmp_path / "a.png", view=VIEW, columns=3)
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.size == (3 * VIEW.width, VIEW.height)


def test_progress_is_told_after_each_frame(engine: FoldedEngine, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    render(engine, "a", POSES, tmp_path / "a.png", view=VIEW, on_frame=lambda *of: told.append(of))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("suffix", [".npz", ".png", ".webp", ".gif", ".mp4", ".webm"])
def test_what_breaks_halfway_leaves_the_old_file_as_it_was(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"a{suffix}"
    out.write_text("old")
    with pytest.raises(RuntimeError, match="device is gone"):
        render(Failing(torch.device("cpu")), "a", POSES, out, view=VIEW)
    assert list(tmp_path.iterdir()) == [out]
    assert out.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "poses", "choices", "reason"),
    [
        ("a.avi", POSES, {}, "a.avi must end in .npz, .png, .webp, .gif, .mp4, .webm"),
        ("a", POSES, {}, "a must end in"),
        ("a.png", POSES[:0], {}, "at least one pose"),
        ("a.png", POSES[0], {}, r"not \(45,\)"),
        ("a.mp4", POSES, {"fps": 0}, "above 0"),
        ("a.mp4", POSES, {"fps": float("nan")}, "above 0"),
        ("a.png", POSES, {"columns": 0}, "at least one column"),
        ("no/a.png", POSES, {}, "There is no folder"),
    ],
)
def test_what_cannot_be_rendered_is_one_sentence_before_anything_is_drawn(
    tmp_path: Path, name: str, poses: np.ndarray, choices: dict[str, float], reason: str
) -> None:
    engine = Failing(torch.device("cpu"))
    with pytest.raises(RenderError, match=reason):
        render(engine, "a", poses, tmp_path / name, view=VIEW, **choices)  # type: ignore[arg-type]
    assert engine.drawn == 0


def test_a_place_that_is_a_folder_is_refused(engine: FoldedEngine, tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(RenderError, match=r"a.png cannot be written: Is a directory"):
        render(engine, "a", POSES[:1], tmp_path / "a.png", view=VIEW)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_character_that_is_not_loaded_is_a_key_error(engine: FoldedEngine, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        render(engine, "nobody", POSES, tmp_path / "a.png", view=VIEW)
    assert not list(tmp_path.iterdir())
