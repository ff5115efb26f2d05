"""How time grows is read from pairs of rows that differ in one thing."""

import numpy as np

from models.bench import bench_engines
from models.growth import growth
from models.sample import sample_character
from models.view import View

POSES = np.random.default_rng(1).uniform(0, 1, (4, 45)).astype(np.float32)


def test_batch_pixels_and_characters_grow_one_at_a_time() -> None:
    cast = [sample_character(name, seed) for seed, name in enumerate("ab")]
    views = (View(128, (240, 120, 16, 8)), View(128, (240, 120, 32, 16)))
    rows = bench_engines(cast, POSES, (2, 4), views, 0, engines=("folded",), device="cpu")
    found = growth(rows)
    assert len(rows) == 8
    assert [(row["of"], row["before"], row["work"]) for row in found] == [
        *4 * [("batch", 2, 2)],
        *4 * [("pixels", 8, 4)],
        *4 * [("characters", 1, 1)],
    ]
    # All ways from least to most lead to the same time.
    first, last = rows[0], rows[-1]
    whole = last["ms"] * last["batch"] / (first["ms"] * first["batch"])
    way = next(row["time"] for row in found if row["of"] == "batch")
    way *= next(row["time"] for row in found if (row["of"], row["batch"]) == ("pixels", 4))
    way *= found[-1]["time"]
    assert abs(way / whole - 1) < 1e-6


def test_where_nothing_varies_nothing_grows() -> None:
    rows = bench_engines([sample_character("a")], POSES, (1,), (View(128, (240, 120, 16, 8)),), 0)
    assert growth(rows) == []
