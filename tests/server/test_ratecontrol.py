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
    assert [one.size for one in ladder] == [512, 512, 512, 512, 256, 128]
    assert [one.max_fps for one in ladder] == [30.0, 30.0, 30.0, 15.0, 15.0, 9.0]
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


def test_steps_up_that_fail_become_rare() -> None:
    control = RateControl()
    # The link carries rung 2 and no more.
    rungs = [
        control.step(100 + step * STEP_SECONDS, 0.3 if control.rung < 2 else 0.0, 0) for step in range(480)
    ]
    assert sum(rung < 2 for rung in rungs[-160:]) <= 10


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
