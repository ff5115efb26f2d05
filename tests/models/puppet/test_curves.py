"""Curves as SVG path data."""

import re

import numpy as np
import pytest

from models.puppet import curves

LINE = [(0.0, 0.0), (10.0, 4.0), (20.0, 0.0), (26.0, 9.0)]


def numbers(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]


def test_a_smooth_curve_passes_through_its_points() -> None:
    assert numbers(curves.smooth(LINE))[2::3] == LINE[1:]
    line = curves.sampled(LINE, 8)
    assert line[::8].tolist() == pytest.approx(np.array(LINE))


def test_a_smooth_curve_does_not_loop_where_points_crowd() -> None:
    line = curves.sampled([(0, 0), (40, 0), (41, 0.5), (80, 0)], 16)
    assert (np.diff(line[:, 0]) > 0).all()


def test_a_straight_line_stays_straight() -> None:
    line = curves.sampled([(0, 0), (1, 1), (5, 5)], 4)
    assert line[:, 0] == pytest.approx(line[:, 1])


def test_a_ribbon_is_as_wide_as_it_is_told() -> None:
    outline = np.array(numbers(curves.ribbon([(0, 0), (10, 0), (20, 0)], [2, 4, 2])))
    left, right = np.split(outline, 2)
    widths = np.linalg.norm(left - right[::-1], axis=1)
    assert widths[0] == pytest.approx(2) and widths[-1] == pytest.approx(2)
    assert widths.max() == pytest.approx(4)


def test_a_pen_line_runs_out_at_both_ends() -> None:
    outline = np.array(numbers(curves.pen([(0, 0), (30, 0)], 3)))
    assert abs(outline[0, 1]) < 1e-9 and np.ptp(outline[:, 1]) == pytest.approx(3, abs=0.05)


def test_a_shape_has_corners_only_where_its_runs_meet() -> None:
    path = curves.shape([(0, 0), (10, 0)], [(10, 0), (10, 10)], [(0, 10), (0, 0)])
    assert path.startswith("M0.00,0.00C") and path.count("L") == 1 and path.endswith("Z")


def test_mirrors_and_halves() -> None:
    assert curves.mirrored([(1, 2), (-3, 4)]) == [(-1, 2), (3, 4)]
    assert curves.both([(0, 0), (5, 1), (6, 2)]) == [(-6, 2), (-5, 1), (0, 0), (5, 1), (6, 2)]
