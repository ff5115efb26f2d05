"""How alike two runs of pictures are: PSNR and SSIM, as in the paper (THA4 Tables 1, 5, 6)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from models.pictures import to_display

WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Likeness:
    """Over all pictures: PSNR in decibels, mean and worst, infinite for equal ones; mean SSIM, at most 1."""

    psnr: float
    worst_psnr: float
    ssim: float


def likeness(frames: torch.Tensor, wanted: torch.Tensor) -> Likeness:
    """Compare pictures (N, 4, h, w), network space, as they are seen over white in 8 bits.

    Raises ValueError where the shapes differ or there are none.
    """
    if frames.shape != wanted.shape or not len(frames):
        raise ValueError(
            f"Two runs must have the same pictures, not {list(frames.shape)} and {list(wanted.shape)}."
        )
    psnr, ssim = [], []
    for one, other in zip(frames, wanted, strict=True):
        seen, right = _seen(one), _seen(other)
        psnr.append(float(peak_signal_noise_ratio(seen, right, data_range=1.0)))
        alike = structural_similarity_index_measure(seen, right, data_range=1.0)
        ssim.append(float(torch.as_tensor(alike)))
    return Likeness(sum(psnr) / len(psnr), min(psnr), sum(ssim) / len(ssim))


def _seen(frame: torch.Tensor) -> torch.Tensor:
    return to_display(frame[None], WHITE)[..., :3].permute(0, 3, 1, 2) / 255
