import math

import pytest
import torch

from models.likeness import likeness, likeness_over


def test_equal_pictures_are_infinitely_alike() -> None:
    frames = torch.rand(2, 4, 32, 32) * 2 - 1
    found = likeness(frames, frames)
    assert found.psnr == math.inf
    assert found.ssim == pytest.approx(1, abs=2e-4)


def test_one_step_of_eight_bits_everywhere_is_48_decibels() -> None:
    black = torch.tensor([-1.0, -1, -1, 1]).view(1, 4, 1, 1).expand(1, 4, 32, 32).clone()
    grey = black.clone()
    grey[:, :3] = 2 * (1 / 255 / 12.92) - 1
    assert likeness(grey, black).psnr == pytest.approx(20 * math.log10(255), abs=0.01)


def test_what_is_transparent_is_not_seen() -> None:
    one = torch.full((1, 4, 32, 32), -1.0)
    assert likeness(one, one.clone()).psnr == math.inf


def test_the_worst_picture_is_told_apart_from_the_mean() -> None:
    frames = torch.rand(2, 4, 32, 32) * 2 - 1
    frames[:, 3] = 1
    near = frames.clone()
    near[1] *= 0.5
    near[0] *= 0.99
    near[:, 3] = 1
    found = likeness(near, frames)
    assert found.worst_psnr < found.psnr
    assert found.ssim < 1


def test_runs_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="same pictures"):
        likeness(torch.zeros(1, 4, 8, 8), torch.zeros(2, 4, 8, 8))
    with pytest.raises(ValueError, match="same pictures"):
        likeness(torch.zeros(0, 4, 8, 8), torch.zeros(0, 4, 8, 8))


def test_pictures_may_come_one_after_another() -> None:
    frames = torch.rand(3, 4, 32, 32) * 2 - 1
    wanted = torch.rand(3, 4, 32, 32) * 2 - 1
    assert likeness_over(zip(frames, wanted, strict=True)) == likeness(frames, wanted)


def test_lpips_is_the_mean_over_pictures_in_minus_one_to_one() -> None:
    seen: list[torch.Tensor] = []

    def eyes(one: torch.Tensor, other: torch.Tensor) -> float:
        seen.append(one)
        return float(len(seen))

    frames = torch.full((3, 4, 32, 32), 1.0)
    assert likeness(frames, frames, eyes).lpips == 2.0
    assert all(torch.equal(one, torch.ones(1, 3, 32, 32)) for one in seen)
    assert likeness(frames, frames).lpips is None
