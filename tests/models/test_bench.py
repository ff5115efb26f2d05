"""The comparison of engines gives a row for each, at every view and batch."""

import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

import models.bench
from models.bench import UNSKIPPED, bench_engines, peak_flops, psnr, repeated
from models.cost import folded_flop
from models.native.library import LIBRARY
from models.reach import CELLS, SHADES, Reach
from models.sample import sample_character
from models.view import View

POSES = np.random.default_rng(1).uniform(0, 1, (3, 45)).astype(np.float32)
TINY = View(128, (240, 120, 16, 8))


def test_psnr_is_of_8_bit_values() -> None:
    black = torch.zeros(2, 2, 3, dtype=torch.uint8)
    assert psnr(black, black) == math.inf
    assert psnr(black, black + 255) == 0
    assert psnr(black, black + 1) == pytest.approx(48.13, abs=0.01)


def test_a_gpus_yardstick_draws_in_float32_and_then_as_before() -> None:
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]
    usual = convolutions.fp32_precision
    with models.bench._exact():
        assert convolutions.fp32_precision == "ieee"
    assert convolutions.fp32_precision == usual


def test_a_peak_is_measured() -> None:
    assert 1e8 < peak_flops(torch.device("cpu")) < 1e14


def test_every_view_and_batch_has_a_row_for_each_engine() -> None:
    views = (TINY, View(128, (0, 0, 8, 8)))
    rows = bench_engines([sample_character("a")], POSES, (1, 4), views, 0.01, device="cpu")
    assert [(row["engine"], row["width"], row["batch"]) for row in rows] == [
        (engine, width, batch) for width in (4, 2) for batch in (1, 4) for engine in ("literal", "folded")
    ]
    assert {(row["device"], row["characters"]) for row in rows} == {("cpu", 1)}
    for literal, folded in zip(rows[::2], rows[1::2], strict=True):
        assert (literal["ratio"], literal["psnr"], literal["psnr_min"]) == (1, math.inf, math.inf)
        assert folded["psnr"] >= folded["psnr_min"] > 50
        assert folded["ratio"] == pytest.approx(folded["fps"] / literal["fps"])
        assert folded["rounds"] == literal["rounds"] >= 1


def test_the_columns_of_a_row_agree() -> None:
    (row,) = bench_engines(
        [sample_character("a")], POSES, (2,), (TINY,), 0, engines=("folded",), device="cpu"
    )
    assert row["ms"] == pytest.approx(1e3 / row["fps"])
    assert row["gflop"] == pytest.approx(folded_flop(TINY) / 1e9)
    assert row["gflops"] == pytest.approx(row["gflop"] * row["fps"])
    assert 0 < row["peak_share"] < 2
    assert row["mb"] == pytest.approx(2.73, abs=0.1)


def test_several_characters_are_drawn_alone_and_in_turn() -> None:
    cast = [sample_character(name, seed) for seed, name in enumerate("ab")]
    rows = bench_engines(cast, POSES, (2,), (TINY,), 0, engines=("folded",), device="cpu")
    assert [row["characters"] for row in rows] == [1, 2]
    assert all(row["psnr_min"] > 50 for row in rows)


def test_a_cast_is_filled_up_with_those_that_are_there_under_other_names() -> None:
    cast = [sample_character(name, seed) for seed, name in enumerate("ab")]
    assert [one.id for one in repeated(cast, 1)] == ["a", "b"]
    many = repeated(cast, 5)
    assert [one.id for one in many] == ["a", "b", "a 2", "b 3", "a 4"]
    assert [one.picture is cast[number % 2].picture for number, one in enumerate(many)] == [True] * 5
    rows = bench_engines(many, POSES, (5,), (TINY,), 0, engines=("folded",), device="cpu")
    assert [row["characters"] for row in rows] == [1, 5]
    assert rows[0]["mb"] == rows[1]["mb"] == pytest.approx(5 * 2.73, abs=0.5)


def test_an_engine_that_skips_is_set_beside_itself_drawing_everything() -> None:
    if not LIBRARY.is_file() and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        pytest.skip("This machine has no C++ compiler, so the native library was not built.")
    cells = torch.zeros(CELLS, CELLS, dtype=torch.uint8)
    cells[60:64, 110:114] = SHADES[0]
    sample = replace(sample_character("a"), reach=Reach(cells))
    calm, view = np.zeros((2, 45), np.float32), View(256)
    names = ("native", f"native {UNSKIPPED}")
    skipping, drawing = bench_engines([sample], calm, views=(view,), seconds=0, engines=names, device="cpu")
    assert (skipping["engine"], drawing["engine"]) == names
    assert skipping["gflop"] < drawing["gflop"]
    # A sample shows something everywhere, so nothing is left out in the end.
    assert skipping["psnr"] == drawing["psnr"] > 50


def test_time_is_spent_until_the_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.bench, "_seconds", lambda work, device: 0.25)
    rounds = [
        bench_engines([sample_character("a")], POSES, seconds=seconds, views=(TINY,), device="cpu")[0][
            "rounds"
        ]
        for seconds in (0, 0.5, 0.6)
    ]
    assert rounds == [1, 1, 2], "Two engines take half a second in a round."


def test_the_yardstick_is_timed_even_where_it_is_not_asked_for() -> None:
    (row,) = bench_engines(
        [sample_character("a")], POSES, views=(TINY,), seconds=0, engines=("folded",), device="cpu"
    )
    assert row["engine"] == "folded"
    assert row["ratio"] > 0
