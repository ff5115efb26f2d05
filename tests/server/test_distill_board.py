import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from server.distill_board import NoBoard, find_board

ROOT = Path(__file__).parents[2]


def test_figures_go_to_tensorboard_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = str  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    assert str(find_board(tmp_path)) == str(tmp_path / "tensorboard")


def test_what_installs_it_is_named_in_the_documents() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert [line.partition(">=")[0] for line in extras["tensorboard"]] == ["tensorboard"]
    assert "`.venv/bin/pip install -e '.[tensorboard]'`" in (ROOT / "docs" / "distillation.md").read_text(
        "utf-8"
    )


def test_without_it_they_go_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    board = find_board(tmp_path)
    assert isinstance(board, NoBoard)
    board.add_scalar("psnr", 30.0, 1)
    assert list(tmp_path.iterdir()) == []
