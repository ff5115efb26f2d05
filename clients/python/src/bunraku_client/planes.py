"""Decoded planes into RGBA: BT.709, full range; stacked ones have alpha below the colour."""

import numpy as np
from numpy.typing import NDArray

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722


def to_rgba(planes: NDArray[np.uint8], *, stacked: bool) -> NDArray[np.uint8]:
    """I420, uint8 (rows * 3 / 2, width), to uint8 (height, width, 4), sRGB with straight alpha.

    Stacked, `height` is half the rows, and the colour above was multiplied by alpha.
    """
    rows, width = planes.shape[0] * 2 // 3, planes.shape[1]
    luma = planes[:rows].astype(np.float32)
    height = rows // 2 if stacked else rows
    rgb = _rgb(luma[:height], *_chroma(planes, rows, width)[:, : height // 2])
    alpha = luma[height:, :, None] if stacked else np.full((height, width, 1), 255, np.float32)
    # Where coding let colour spill over an edge, no pixel shines more than it covers.
    straight = np.minimum(rgb, alpha) * (255 / np.maximum(alpha, 1))
    rgba = np.concatenate([straight * (alpha > 0), alpha], axis=2)
    return np.asarray(np.rint(rgba), np.uint8)


def _chroma(planes: NDArray[np.uint8], rows: int, width: int) -> NDArray[np.float32]:
    """Cb and Cr around 0, (2, rows / 2, width / 2)."""
    return planes[rows:].reshape(2, rows // 2, width // 2).astype(np.float32) - 128


def _rgb(
    luma: NDArray[np.float32], blue: NDArray[np.float32], red: NDArray[np.float32]
) -> NDArray[np.float32]:
    """ITU-T H.273, the matrix of BT.709 inverted: (height, width, 3) in 0..255."""
    b = luma + 2 * (1 - BLUE) * _enlarged(blue)
    r = luma + 2 * (1 - RED) * _enlarged(red)
    g = (luma - RED * r - BLUE * b) / GREEN
    return np.asarray(np.clip(np.stack([r, g, b], axis=2), 0, 255), np.float32)


def _enlarged(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return plane.repeat(2, axis=0).repeat(2, axis=1)
