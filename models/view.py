"""Which part of a picture is drawn, and how finely."""

from __future__ import annotations

from dataclasses import dataclass

FULL = 512
SIZES = (512, 256, 128)


@dataclass(frozen=True)
class View:
    """Which part of the picture is drawn, and how finely.

    `size` is the width and height, in drawn pixels, of the *whole* picture: 512, 256 or 128.
    `crop` is (x, y, width, height) in 512-space, widened outward to an even number of drawn pixels.
    Raises ValueError, with one plain sentence, for a size not in SIZES or a crop outside the picture.
    """

    size: int = FULL
    crop: tuple[int, int, int, int] = (0, 0, FULL, FULL)

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise ValueError(f"The size must be one of {', '.join(map(str, SIZES))}, not {self.size}.")
        x, y, width, height = self.crop
        if x < 0 or y < 0 or width < 1 or height < 1 or x + width > FULL or y + height > FULL:
            raise ValueError(
                f"The crop {list(self.crop)} must be [x, y, width, height] inside {FULL} by {FULL}."
            )

    @property
    def box(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in drawn pixels of the whole picture, right and bottom excluded."""
        x, y, width, height = self.crop
        step = 2 * FULL // self.size  # one pair of drawn pixels, in 512-space
        left, top = x // step, y // step
        right, bottom = -(-(x + width) // step), -(-(y + height) // step)
        return 2 * left, 2 * top, 2 * right, 2 * bottom

    @property
    def width(self) -> int:
        """Drawn width in pixels."""
        left, _, right, _ = self.box
        return right - left

    @property
    def height(self) -> int:
        """Drawn height in pixels."""
        _, top, _, bottom = self.box
        return bottom - top
