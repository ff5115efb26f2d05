"""Which pixels of each map are drawn, and what they need from the map below.

The body morpher has three levels, each twice as fine as the last at full size. A view needs only some
pixels of the finest; `levels_of` works back to the pixels of the coarser maps that reach them, so a crop
costs in proportion to its size and has the same pixels as the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from models.view import FULL

FACE_BOX = (192, 80, 320, 208)

# Each level of the body morpher is twice as fine as the one before, at every size of picture: all shrink
# alike, so that the cost keeps to the pixels.
LEVELS = 3


@dataclass(frozen=True)
class Region:
    """Pixels [left, right) x [top, bottom) of a square map `size` pixels wide and high."""

    size: int
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns in the region."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows in the region."""
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Pixels in the region."""
        return self.width * self.height

    def below(self) -> Region:
        """The region of the map half as fine that a bilinear upsample to this one reads."""
        half = self.size // 2
        return Region(
            half,
            max(0, (self.left - 1) // 2),
            max(0, (self.top - 1) // 2),
            min(half, self.right // 2 + 1),
            min(half, self.bottom // 2 + 1),
        )

    def bands(self, rows: int) -> list[Region]:
        """The region cut into bands of at most so many rows, from the top."""
        return [
            Region(self.size, self.left, top, self.right, min(top + rows, self.bottom))
            for top in range(self.top, self.bottom, rows)
        ]

    def positions(self, device: torch.device) -> torch.Tensor:
        """Pixel centres, float32 (2, height, width) in [-1, 1]: channel 0 is x, channel 1 is y."""
        x = (2 * torch.arange(self.left, self.right, device=device) + 1) / self.size - 1
        y = (2 * torch.arange(self.top, self.bottom, device=device) + 1) / self.size - 1
        return torch.stack([x.expand(self.height, -1), y[:, None].expand(-1, self.width)])

    def cut(self, whole: torch.Tensor, origin: Region) -> torch.Tensor:
        """This region of a map (..., h, w) that holds the region `origin`."""
        top, left = self.top - origin.top, self.left - origin.left
        return whole[..., top : top + self.height, left : left + self.width]


def whole(size: int) -> Region:
    """All of a map `size` pixels wide and high."""
    return Region(size, 0, 0, size, size)


def enlarged(features: torch.Tensor, source: Region, target: Region) -> torch.Tensor:
    """Bilinear upsample (N, C, source) -> (N, C, target), where `target.below()` lies in `source`.

    Features of the target itself stay as they are: a network whose levels all have one size is one, too.

    A pixel at the edge of `source` that is not at the edge of the map would be interpolated wrongly;
    `below` leaves a margin, so the cut drops all of those.
    """
    if source == target:
        return features
    double = Region(2 * source.size, 2 * source.left, 2 * source.top, 2 * source.right, 2 * source.bottom)
    return target.cut(F.interpolate(features, scale_factor=2, mode="bilinear"), double)


def levels_of(size: int, box: tuple[int, int, int, int]) -> tuple[Region, ...]:
    """The regions of the body morpher's levels that pixels `box` of a picture need, coarsest first."""
    regions = [Region(size, *box)]
    for _ in range(LEVELS - 1):
        regions.insert(0, regions[0].below())
    return tuple(regions)


def masks_of(shown: torch.Tensor, box: tuple[int, int, int, int]) -> tuple[torch.Tensor, ...]:
    """The pixels of the body morpher's levels that the shown pixels in `box` need, coarsest first.

    `shown` is bool (size, size); each mask is one of a whole map, as `levels_of` has it.
    """
    left, top, right, bottom = box
    wanted = torch.zeros_like(shown)
    wanted[top:bottom, left:right] = shown[top:bottom, left:right]
    masks = [wanted]
    for _ in range(LEVELS - 1):
        # A pixel of the coarse map is read by four of the fine one, in each direction.
        masks.insert(0, F.max_pool2d(masks[0][None].float(), 4, 2, 1)[0] > 0)
    return tuple(masks)


def face_of(size: int) -> Region:
    """The face morpher's region of a picture `size` pixels wide (THA4 §5.1: 128 by 128 of 512)."""
    left, top, right, bottom = (edge * size // FULL for edge in FACE_BOX)
    return Region(size, left, top, right, bottom)
