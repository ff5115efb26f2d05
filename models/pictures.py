"""How pictures are kept: 8-bit sRGB outside, network space inside.

Network space is float32 RGBA in [-1, 1]: linear light, rgb premultiplied by alpha (THA4 §3).
The way out divides rgb by alpha again, so soft edges keep their colour.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.files import read_bounded
from models.srgb import linear_to_bytes, srgb_to_linear
from models.view import FULL

MAX_BYTES = 8 * 2**20

Background = tuple[int, int, int] | None
"""What a picture is laid over, 8-bit sRGB, or None for nothing."""

_MADE = "; `bunraku prepare` makes such a picture of any drawing."
_PNG = b"\x89PNG\r\n\x1a\n"


class PictureError(ValueError):
    """A picture that cannot be used; the message is one plain sentence."""


def to_network(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """Straight-alpha sRGB uint8 (h, w, 4) to network space, float32 (4, h, w)."""
    return unpacked(torch.from_numpy(pixels)[None])[0]


def unpacked(pixels: torch.Tensor) -> torch.Tensor:
    """Straight-alpha sRGB uint8 (N, h, w, 4) to network space, float32 (N, 4, h, w), on the same device."""
    values = pixels.permute(0, 3, 1, 2).int()
    steps = torch.arange(256, device=pixels.device) / 255
    alpha = steps[values[:, 3:]]
    return torch.cat([srgb_to_linear(steps)[values[:, :3]] * alpha, alpha], dim=1) * 2 - 1


def packed(picture: torch.Tensor) -> torch.Tensor:
    """A picture from 8-bit pixels (4, h, w), as uint8 (h, w, 4) of which `unpacked` makes the same again."""
    return to_display(picture[None])[0]


def to_display(frames: torch.Tensor, background: Background = None) -> torch.Tensor:
    """Network space (N, 4, h, w) to sRGB RGBA, uint8 (N, h, w, 4), on the same device.

    Without a background the alpha is straight, and rgb is 0 where alpha is 0. With one (8-bit sRGB) the
    picture is laid over it in linear light, and is opaque. Rounded to nearest; what is no number is black.
    """
    return to_channels(frames, background).permute(0, 2, 3, 1).contiguous()


def to_channels(frames: torch.Tensor, background: Background = None) -> torch.Tensor:
    """What `to_display` gives, channel by channel: uint8 (N, 4, h, w)."""
    light = frames.float().nan_to_num(-1).add_(1).mul_(0.5).clamp_(0, 1)
    rgb, alpha = light[:, :3], light[:, 3:]
    if background is None:
        # The smallest divisor is far below one 8-bit step of alpha: it only avoids 0/0.
        rgb.div_(alpha.clamp(min=1e-6)).clamp_(max=1)
        # What rounds to nothing has no colour either: what is left there would only be noise.
        rgb.mul_(alpha >= 0.5 / 255)
    else:
        rgb.addcmul_(_linear(background, frames.device), 1 - alpha).clamp_(max=1)
        alpha.fill_(1)
    return torch.cat([linear_to_bytes(rgb), alpha.mul_(255).round_().to(torch.uint8)], dim=1)


def read_picture(path: Path) -> torch.Tensor:
    """A character's picture from a 512 by 512 RGBA PNG: network space, float32 (4, 512, 512).

    Raises PictureError for a file that is missing, over 8 MB, no such PNG, or cut short.
    """
    data = read_bounded(path, MAX_BYTES, PictureError)
    if _size(data) != (FULL, FULL):
        raise PictureError(f"{path.name} must be a PNG picture of {FULL} by {FULL} pixels{_MADE}")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            mode, pixels = image.mode, np.array(image)
    except (OSError, SyntaxError, ValueError, zlib.error, struct.error):
        raise PictureError(f"{path.name} is damaged: it cannot be read as a PNG picture.") from None
    if mode != "RGBA":
        raise PictureError(
            f"{path.name} must have colour and transparency (RGBA), but its mode is {mode}{_MADE}"
        )
    return to_network(pixels)


def write_picture(picture: torch.Tensor, path: Path) -> None:
    """Write one network-space picture (4, h, w) as an RGBA PNG."""
    Image.fromarray(to_display(picture[None])[0].cpu().numpy()).save(path, format="PNG")


def _linear(colour: tuple[int, int, int], device: torch.device) -> torch.Tensor:
    srgb = torch.tensor(colour, dtype=torch.float32) / 255
    return srgb_to_linear(srgb).view(1, 3, 1, 1).to(device)


def _size(data: bytes) -> tuple[int, int] | None:
    # Read from the header by hand, so that nothing is decoded before the size is known to be right.
    if data[:8] != _PNG or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height
