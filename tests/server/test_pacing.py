import math
from collections.abc import Sequence

import numpy as np
import pytest

from server.pacing import SLIP, Beat

FPS = 30.0


def drawn(arrivals: Sequence[float]) -> list[float]:
    """Play inputs to a beat, of which the newest wins, on a device that takes no time; how long those waited
    that were drawn.
    """
    beat, waits = Beat(FPS, arrivals[0]), []
    for arrived, following in zip(arrivals, [*arrivals[1:], math.inf], strict=True):
        begun = max(arrived, beat.opens(fresh=True))
        if begun < following:
            waits.append(begun - arrived)
            beat.begun(begun)
    return waits


@pytest.mark.parametrize("seconds", [0.033, 0.0333, 1 / 30, 0.0334, 0.034])
def test_a_performer_at_the_rate_of_a_stream_waits_for_no_beat_however_its_clock_runs(seconds: float) -> None:
    waits = drawn([1000 + seconds * number for number in range(30 * 240)])
    assert len(waits) == 30 * 240
    assert max(waits) < 1e-6


def test_inputs_that_come_unevenly_are_drawn_as_they_come() -> None:
    uneven = np.random.default_rng(3).uniform(-0.007, 0.007, 30 * 120)
    waits = drawn([1000 + number / 30.01 + float(late) for number, late in enumerate(uneven)])
    assert len(waits) == 30 * 120
    assert max(waits) < 1e-6


@pytest.mark.parametrize("rate", [31.0, 45.0, 60.0, 240.0])
def test_a_performer_who_sends_faster_is_given_the_rate_of_the_stream_and_the_newest_input(
    rate: float,
) -> None:
    waits = drawn([1000 + number / rate for number in range(round(60 * rate))])
    assert 30 * 60 <= len(waits) <= 30 * 60 / (1 - SLIP) + 3
    assert max(waits[:-1]) < 1 / rate + 1e-6  # none comes after the last


def test_after_a_pause_the_beat_begins_anew() -> None:
    beat = Beat(10.0, 100.0)
    beat.begun(100.03)
    assert beat.due == pytest.approx(100.1)
    beat.begun(105.0)
    assert beat.due == 105.0


def test_without_an_input_nothing_is_begun_before_the_beat() -> None:
    beat = Beat(10.0, 100.0)
    for number in range(100):
        assert beat.opens(fresh=False) == pytest.approx(100.0 + number / 10)
        beat.begun(beat.opens(fresh=False))
