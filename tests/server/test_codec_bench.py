import math

import numpy as np
import pytest
import torch

from models.pictures import to_network
from server.codec_bench import Row, bench_codecs


def disc(shift: int) -> torch.Tensor:
    y, x = np.mgrid[0:64, 0:64]
    alpha = np.clip(255 * (20 - np.hypot(x - 28 - shift, y - 32)) / 3, 0, 255)
    return to_network(np.stack([180 + x, 60 + 2 * y, 90 + x, alpha], axis=2).astype(np.uint8))


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    return {row["codec"]: row for row in bench_codecs([disc(shift) for shift in range(8)])}


def test_every_codec_is_measured_on_the_same_pictures(rows: dict[str, Row]) -> None:
    assert list(rows) == ["h264-alpha", "h264", "webp", "jpeg", "png", "raw"]
    assert all(row["pack_ms"] > 0 and row["encode_ms"] > 0 for row in rows.values())


def test_exact_codecs_are_exact_and_the_others_close(rows: dict[str, Row]) -> None:
    assert rows["png"]["psnr"] == rows["raw"]["psnr"] == math.inf
    assert all(25 < rows[name]["psnr"] < 60 for name in ("h264-alpha", "h264", "webp", "jpeg"))


def test_what_is_lost_before_the_encoder_is_told_apart(rows: dict[str, Row]) -> None:
    assert rows["png"]["packed_psnr"] == rows["webp"]["packed_psnr"] == math.inf
    for name in ("h264-alpha", "h264"):
        assert rows[name]["psnr"] < rows[name]["packed_psnr"] < 60


def test_rates_are_of_what_follows_the_first_picture(rows: dict[str, Row]) -> None:
    assert rows["raw"]["key_bytes"] == 64 * 64 * 4
    assert rows["raw"]["kbps"] == pytest.approx(8 * 30 * 64 * 64 * 4 / 1000)
    assert rows["h264-alpha"]["kbps"] < rows["png"]["kbps"]


def test_video_is_measured_against_its_coder_alone(rows: dict[str, Row]) -> None:
    assert rows["h264-alpha"]["bare_ms"] > 0
    assert math.isnan(rows["webp"]["bare_ms"])
