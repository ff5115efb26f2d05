"""The comparison of engines gives a row for each, at every view and batch."""

import math

import numpy as np
import pytest
import torch

from models.bench import bench_engines, psnr
from models.sample import sample_character
from models.view import View

POSES = np.random.default_rng(1).uniform(0, 1, (3, 45)).astype(np.float32)
TINY = View(128, (240, 120, 16, 8))


def test_psnr_is_of_8_bit_values() -> None:
    black = torch.zeros(2, 2, 3, dtype=torch.uint8)
    assert psnr(black, black) == math.inf
    assert psnr(black, black + 255) == 0
    assert psnr(black, black + 1) == pytest.approx(48.13, abs=0.01)


def test_every_view_and_batch_has_a_row_for_each_engine() -> None:
    rows = bench_engines(
        sample_character("a"), POSES, (1, 4), (TINY, View(128, (0, 0, 8, 8))), 0.01, device="cpu"
    )
    assert [(row["engine"], row["width"], row["batch"]) for row in rows] == [
        (engine, width, batch) for width in (4, 2) for batch in (1, 4) for engine in ("literal", "folded")
    ]
    assert {row["device"] for row in rows} == {"cpu"}
    for literal, folded in zip(rows[::2], rows[1::2], strict=True):
        assert (literal["ratio"], literal["psnr"]) == (1, math.inf)
        assert folded["psnr"] > 50
        assert folded["ratio"] == pytest.approx(folded["fps"] / literal["fps"])
        assert folded["rounds"] == literal["rounds"] >= 1


def test_at_least_one_round_is_timed() -> None:
    (row, *_) = bench_engines(sample_character("a"), POSES, seconds=0, views=(TINY,), device="cpu")
    assert row["rounds"] == 1


def test_the_yardstick_is_timed_even_where_it_is_not_asked_for() -> None:
    (row,) = bench_engines(
        sample_character("a"), POSES, views=(TINY,), seconds=0, engines=("folded",), device="cpu"
    )
    assert row["engine"] == "folded"
    assert row["ratio"] > 0
