from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.pose import INDEX
from models.tracks import read_poses

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


async def test_a_track_is_read_by_the_models_as_it_was_sent(call: Call, tmp_path: Path) -> None:
    text = await call(
        "track.js",
        """m => {
            const track = new m.Track({mouth_aaa: 0, head_x: 0.5}, 5000);
            track.add({mouth_aaa: 1}, 5100.04);
            return track.toText();
        }""",
    )
    path = tmp_path / "track.jsonl"
    path.write_text(text)
    poses = read_poses(path, fps=10)
    assert poses.shape == (2, 45)
    np.testing.assert_allclose(poses[:, INDEX["mouth_aaa"]], [0, 1])
    np.testing.assert_allclose(poses[:, INDEX["head_x"]], 0.5)
