"""How alike two runs of pictures are: PSNR, SSIM and LPIPS, as in the paper (THA4 Tables 1, 5, 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from models.pictures import to_display

WHITE = (255, 255, 255)

Distance = Callable[[torch.Tensor, torch.Tensor], float]
"""Of two pictures (1, 3, h, w) in [-1, 1], on the CPU: such as `models.lpips`."""


@dataclass(frozen=True)
class Likeness:
    """Over all pictures: PSNR in decibels, mean and worst, infinite for equal ones; mean SSIM, at most 1.

    lpips: its mean, 0 for equal ones; None where it was not measured.
    """

    psnr: float
    worst_psnr: float
    ssim: float
    lpips: float | None = None


def likeness(frames: torch.Tensor, wanted: torch.Tensor, lpips: Distance | None = None) -> Likeness:
    """Compare pictures (N, 4, h, w), network space, as they are seen over white in 8 bits.

    Raises ValueError where the shapes differ or there are none.
    """
    if frames.shape != wanted.shape:
        raise ValueError(
            f"Two runs must have the same pictures, not {list(frames.shape)} and {list(wanted.shape)}."
        )
    return likeness_over(zip(frames, wanted, strict=True), lpips)


def likeness_over(
    pairs: Iterable[tuple[torch.Tensor, torch.Tensor]], lpips: Distance | None = None
) -> Likeness:
    """The same, of pairs of pictures (4, h, w) that come one after another.

    Raises ValueError where there are none.
    """
    psnr, ssim, eyes = [], [], []
    for one, other in pairs:
        seen, right = _seen(one), _seen(other)
        psnr.append(float(peak_signal_noise_ratio(seen, right, data_range=1.0)))
        # In float32, whose rounding shows in plain parts by up to 1e-4: float64 takes thirteen times as long.
        alike = structural_similarity_index_measure(seen, right, data_range=1.0)
        ssim.append(float(torch.as_tensor(alike)))
        if lpips is not None:
            eyes.append(lpips(seen.cpu() * 2 - 1, right.cpu() * 2 - 1))
    if not psnr:
        raise ValueError("Two runs must have the same pictures, and at least one.")
    count = len(psnr)
    return Likeness(sum(psnr) / count, min(psnr), sum(ssim) / count, sum(eyes) / count if eyes else None)


def _seen(frame: torch.Tensor) -> torch.Tensor:
    return to_display(frame[None], WHITE)[..., :3].permute(0, 3, 1, 2) / 255
