from collections import deque

import pytest

from server.protocol import VideoSettings
from server.ratecontrol import LADDER, STEP_SECONDS, RateControl, lowered

LOWEST = len(LADDER) - 1


def judged(control: RateControl, begin: float, seconds: float, waited: float = 0.0) -> float:
    """Judge a client for so long; the time then."""
    for step in range(round(seconds / STEP_SECONDS)):
        control.step(begin + step * STEP_SECONDS, waited, 0)
    return begin + seconds


def test_a_client_that_keeps_up_gets_what_it_asked_for() -> None:
    control = RateControl()
    judged(control, 100.0, 60.0)
    assert control.rung == 0
    assert lowered(VideoSettings(), 0) == VideoSettings()


def test_bits_go_first_then_pictures_then_size() -> None:
    ladder = [lowered(VideoSettings(), rung) for rung in range(len(LADDER))]
    assert [one.size for one in ladder] == [512, 512, 512, 512, 512, 256, 128]
    assert [one.max_fps for one in ladder] == [30.0, 30.0, 30.0, 15.0, 9.0, 15.0, 9.0]
    assert ladder[1].quality < ladder[0].quality
    assert lowered(VideoSettings(size=128, max_fps=1.0), LOWEST).size == 128
    assert lowered(VideoSettings(max_fps=1.0), LOWEST).max_fps == 1.0


def test_a_queue_that_ages_lowers_one_rung_each_half_second() -> None:
    control = RateControl()
    judged(control, 100.0, 1.0, waited=0.2)
    assert control.rung == 2
    judged(control, 101.0, 10.0, waited=0.2)
    assert control.rung == LOWEST


def test_frames_left_out_lower_too() -> None:
    control = RateControl()
    assert control.step(100.0, 0.0, dropped=1) == 1


def test_a_client_is_back_at_the_top_within_three_seconds_of_a_stall() -> None:
    control = RateControl()
    now = judged(control, 100.0, 10.0, waited=3.0)
    assert control.rung == LOWEST
    judged(control, now, 3.25)
    assert control.rung == 0


def test_steps_up_that_fail_are_taken_back_and_become_rare() -> None:
    control = RateControl()
    # The link carries rung 2 and no more.
    rungs = [
        control.step(100 + step * STEP_SECONDS, 0.3 if control.rung < 2 else 0.0, 0) for step in range(480)
    ]
    tried = sum(rung < 2 for rung in rungs[-160:])
    assert 0 < tried <= 160 / 6
    assert max(rungs[-160:]) <= 3


def test_the_rung_below_one_that_failed_is_where_a_client_stays() -> None:
    control = RateControl()
    now = judged(control, 100.0, 10.0, waited=3.0)
    # The link carries rung 3 and no more.
    rungs = [
        control.step(now + step * STEP_SECONDS, 0.3 if control.rung < 3 else 0.0, 0) for step in range(160)
    ]
    assert rungs.count(3) > 0.5 * len(rungs)


def test_great_trouble_lowers_by_two() -> None:
    control = RateControl()
    assert control.step(100.0, 0.6, 0) == 2


def flowing(control: RateControl, begin: float, seconds: float, way: float, every: int = 1) -> float:
    """Thirty frames a second, acknowledged by `every` so many after `way` seconds, judged as time goes."""
    first = round(30 * begin)
    for number in range(first, first + round(30 * seconds)):
        now = number / 30
        control.sent(number, now)
        if (number - round(30 * way)) % every == 0:
            control.acked(number - round(30 * way), now)
        if number % 8 == 0:
            control.step(now, 0.0, 0)
    return begin + seconds


def test_frames_are_held_while_acknowledgements_are_overdue() -> None:
    control = RateControl()
    now = flowing(control, 100.0, 10.0, way=0.1)
    assert control.hold(now) == 0.0
    assert control.hold(now + 0.3) > 0.0


def test_a_client_that_acknowledges_every_tenth_frame_is_neither_held_nor_lowered() -> None:
    control = RateControl()
    now = flowing(control, 100.0, 20.0, way=0.1, every=10)
    assert (control.rung, control.hold(now)) == (0, 0.0)


def test_a_client_that_never_acknowledges_is_not_waited_for() -> None:
    control = RateControl()
    for number in range(300):
        control.sent(number, 100 + number / 30)
    assert control.hold(110.0) == 0.0
    assert control.step(110.0, 0.0, 0) == 0


def test_a_client_that_ceased_to_acknowledge_gets_a_frame_a_second_and_then_is_not_waited_for() -> None:
    control = RateControl()
    now = flowing(control, 100.0, 10.0, way=0.1)
    assert 0.5 < control.hold(now + 0.3) < 1.0
    assert control.hold(now + 1.1) == 0.0
    control.sent(100_000, now + 5.5)
    assert control.hold(now + 5.6) == 0.0


def test_a_way_that_has_become_longer_is_the_way_after_a_while() -> None:
    control = RateControl()
    now = flowing(control, 100.0, 20.0, way=0.05)
    now = flowing(control, now, 10.0, way=0.4)
    assert control.rung == LOWEST
    flowing(control, now, 40.0, way=0.4)
    assert control.rung == 0


def test_acknowledgements_that_come_late_lower_however_long_the_way_is() -> None:
    control = RateControl()
    for number in range(8):
        control.sent(number, 100.0 + number)
        control.acked(number, 100.4 + number)
        assert control.step(100.5 + number, 0.0, 0) == 0
    control.sent(8, 110.0)
    control.acked(8, 110.7)
    assert control.step(111.0, 0.0, 0) == 1


def test_an_acknowledgement_of_what_was_never_sent_counts_for_nothing() -> None:
    control = RateControl()
    control.sent(1, 0.0)
    control.acked(99, 100.0)
    assert control.step(100.0, 0.0, 0) == 0


def test_one_late_acknowledgement_among_prompt_ones_is_noise() -> None:
    control = RateControl()
    for number, delay in enumerate((0.05, 0.6, 0.05)):
        control.sent(number, 100.0)
        control.acked(number, 100.0 + delay)
    assert control.step(101.0, 0.0, 0) == 0


class Narrow:
    """Thirty frames a second over a link that is `busy` seconds with a frame of the topmost rung."""

    def __init__(self, control: RateControl, now: float) -> None:
        self.control, self.now = control, now
        self._due, self._judged, self._free, self._number = now, now, now, 0
        self._under_way: deque[tuple[float, int]] = deque()

    def last(self, seconds: float, busy: float) -> list[int]:
        """So long; the rung at each judgement."""
        rungs, until = [], self.now + seconds
        while self.now < until:
            self.now += 0.005
            while self._under_way and self._under_way[0][0] <= self.now:
                self.control.acked(self._under_way.popleft()[1], self.now)
            if self.now >= self._due and not self.control.hold(self.now):
                self._send(busy)
            if self.now >= self._judged + STEP_SECONDS:
                self._judged = self.now
                rungs.append(self.control.step(self.now, 0.0, 0))
        return rungs

    def _send(self, busy: float) -> None:
        share = LADDER[self.control.rung]
        self._due = self.now + 1 / (30 * share.fps)
        self._free = max(self._free, self.now) + busy * share.quality / share.size**2
        self._number += 1
        self.control.sent(self._number, self.now)
        self._under_way.append((self._free + 0.1, self._number))


@pytest.mark.parametrize("seconds", [15.0, 15.4, 15.8, 16.2, 16.6, 17.0])
@pytest.mark.parametrize("busy", [0.1, 0.2, 0.4])
def test_a_link_that_becomes_wider_is_used_soon_whatever_was_tried_last(busy: float, seconds: float) -> None:
    link = Narrow(RateControl(), 100.0)
    link.last(10.0, busy=0.005)
    link.last(seconds, busy)
    after = link.last(8.0, busy=0.005)
    assert after.index(0) * STEP_SECONDS <= 2.25
    assert set(after[after.index(0) :]) == {0}
