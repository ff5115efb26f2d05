from seats import Seat
from server.lines import KEYFRAME_SECONDS, Line
from server.outbox import Frame, Stamps


def frame(now: float, *, key: bool = False) -> Frame:
    return Frame(f"{now}".encode(), key, "h264", Stamps(now, now, now, now), fresh=True)


def shown(line: Line, now: float, *, key: bool = False) -> None:
    line.begin(now, key=key)
    line.encoded(frame(now, key=key))


def running(*times: float) -> tuple[Line, Seat]:
    """A line with one client, a keyframe at the first of the times and a frame at each of the others."""
    line, seat = Line(), Seat()
    line.join(seat, times[0])
    for number, now in enumerate(times):
        shown(line, now, key=number == 0)
    return line, seat


def test_a_new_line_is_due_a_keyframe_at_once_and_then_none() -> None:
    line = Line()
    assert line.keys_at < 0
    line.begin(5.0, key=True)
    assert line.keys_at == float("inf")


def test_a_wish_waits_until_the_last_keyframe_is_a_second_old() -> None:
    line, _ = running(5.0)
    line.refresh = True
    assert line.keys_at == 5.0 + KEYFRAME_SECONDS


def test_who_comes_soon_after_a_keyframe_is_given_all_that_came_since() -> None:
    line, first = running(5.0, 5.3, 5.6)
    late = Seat()
    assert line.starts(5.9)
    line.join(late, 5.9)
    assert [one.data for one in late.frames] == [b"5.0", b"5.3", b"5.6"]
    assert not any(one.fresh for one in late.frames)
    assert not line.refresh
    shown(line, 5.95)
    assert first.frames[-1] is late.frames[-1]


def test_who_comes_later_needs_a_keyframe() -> None:
    line, _ = running(5.0, 5.3, 5.6)
    late = Seat()
    assert not line.starts(6.1)
    line.join(late, 6.1)
    assert late.frames == []
    assert line.refresh


def test_what_is_too_long_to_give_is_not_kept() -> None:
    line, _ = running(5.0, 5.3, 6.1, 6.2)
    assert not line.starts(5.2)


def test_a_picture_that_stands_alone_is_given_however_old_it_is() -> None:
    line, _ = running(5.0)
    late = Seat()
    assert line.starts(500.0)
    line.join(late, 500.0)
    assert [one.data for one in late.frames] == [b"5.0"]


def test_who_comes_while_a_keyframe_is_made_waits_for_it() -> None:
    line, _ = running(5.0, 5.3)
    line.begin(7.0, key=True)
    late = Seat()
    assert line.starts(7.01)
    line.join(late, 7.01)
    line.encoded(frame(7.0, key=True))
    assert [one.data for one in late.frames] == [b"7.0"]
    assert not line.refresh


def test_only_a_frame_that_stands_alone_is_repeated() -> None:
    line, seat = running(5.0)
    assert line.repeat(seat)
    assert [one.data for one in seat.frames] == [b"5.0", b"5.0"]
    shown(line, 5.1)
    assert not line.repeat(seat)


def test_nothing_from_before_a_failure_is_given() -> None:
    line, _ = running(5.0, 5.3)
    line.failed()
    assert line.refresh
    late = Seat()
    line.join(late, 5.4)
    assert late.frames == []
