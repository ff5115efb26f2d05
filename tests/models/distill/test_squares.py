import torch
import torch.nn.functional as F

from models.distill.squares import Squares
from models.regions import whole

CORNERS = torch.tensor([[0, 0], [480, 480], [100, 200], [0, 480], [256, 4]])


def cut(values: torch.Tensor, level: int, corner: list[int], border: int) -> torch.Tensor:
    """The part of a map (size, size) that a square needs, pixels beyond the edge repeated."""
    size, step = len(values), 4 >> level
    across, down = (
        (torch.arange(edge // step - border, (edge + 32) // step + border)).clamp(0, size - 1)
        for edge in corner
    )
    return values[down][:, across]


def test_a_level_is_enlarged_as_a_whole_map_is() -> None:
    squares = Squares(CORNERS, 32)
    for level, border in ((0, 1), (1, 0)):
        lot = torch.Generator().manual_seed(level)
        below = torch.rand(128 << level, 128 << level, generator=lot)
        above = F.interpolate(below[None, None], scale_factor=2, mode="bilinear")[0, 0]
        across, down = squares.enlarging(level).unbind(1)
        for number, corner in enumerate(CORNERS.tolist()):
            mine = down[number] @ cut(below, level, corner, 1) @ across[number].T
            assert torch.allclose(mine, cut(above, level + 1, corner, border), atol=1e-6)


def test_ground_enlarged_is_the_next_levels_own_positions() -> None:
    squares = Squares(CORNERS, 32)
    columns, rows = squares.pixels()
    for level in (0, 1):
        own = whole(256 << level).positions(torch.device("cpu"))[0, 0]
        enlarged = torch.einsum("naij,naj->nai", squares.enlarging(level), squares.ground(level))
        border, step = 1 - level, 2 >> level
        for number in range(len(CORNERS)):
            first = int(columns[number, 0]) // step - border
            there = torch.arange(first, first + enlarged.shape[-1]).clamp(0, len(own) - 1)
            assert torch.allclose(enlarged[number, 0], own[there], atol=1e-6)
    assert (int(columns[4, 0]), int(rows[4, 0]), list(columns.shape)) == (256, 4, [5, 32])
