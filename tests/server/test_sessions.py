from dataclasses import replace

import numpy as np
import pytest

from models.mixer import layer
from models.pose import DEFAULT, NAMES
from models.view import View
from seats import Seat
from server.outbox import Frame, Stamps
from server.session_table import SessionTable
from server.sessions import CATCH_UP_SECONDS, IDLE_AFTER, TAKE_IN_SECONDS, Input, Session, Stream
from server.streams import StreamKey

KEY = StreamKey(View(128), None, "webp", 0.7, fps=10.0)
STAMPS = Stamps(0.0, 0.0, 0.0, 0.0)
KEYFRAME = Frame(b"key", True, "webp", STAMPS, fresh=True)


def keyed(stream: Stream, now: float) -> bool:
    """Begin a picture; whether it is a keyframe of the main line."""
    return stream.begin(now).parts[0].key


def show(stream: Stream, frame: Frame) -> None:
    """A picture that was begun is ready on the main line."""
    stream.encoded(stream.main, frame)
    stream.done()


def session(*, idle: bool = False, now: float = 100.0) -> Session:
    return SessionTable(30.0).open("ada", now, idle=idle)


def posed(one: Session, seq: int, now: float) -> None:
    pose = DEFAULT.copy()
    pose[39] = 0.5
    one.take(pose, Input(seq, None, now))


def test_a_new_stream_wants_a_keyframe_and_then_nothing() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    assert stream.wants(100.0)
    assert keyed(stream, 100.0)
    assert not stream.wants(200.0)


def test_a_pose_is_wanted_once() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    posed(one, 1, 100.5)
    assert stream.wants(100.5)
    assert not keyed(stream, 100.5)
    assert not stream.wants(100.6)


def test_the_newest_pose_wins() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    for seq in range(5):
        posed(one, seq, 100.0 + seq / 100)
    draft = stream.begin(100.1)
    assert draft.input == {"seq": 4}
    assert not stream.wants(100.2)


def test_the_first_frame_of_an_input_is_fresh_and_counts_from_its_arrival() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    one.take(DEFAULT, Input(3, 12.5, 100.02))
    first, second = stream.begin(100.1), stream.begin(100.3)
    assert (first.fresh, first.wanted, first.input) == (True, 100.02, {"seq": 3, "time": 12.5})
    assert (second.fresh, second.input) == (False, {"seq": 3, "time": 12.5})
    assert second.wanted == pytest.approx(100.1)  # when it fell due


def test_a_stream_that_comes_later_shows_an_old_input_without_its_being_fresh() -> None:
    one = session()
    first = one.attach(Seat(), KEY, 100.0)
    posed(one, 1, 100.0)
    first.begin(100.0)
    later = one.attach(Seat(), replace(KEY, fps=20.0), 116.0)
    draft = later.begin(116.01)
    assert (draft.fresh, draft.wanted, draft.input) == (False, 116.0, {"seq": 1})
    posed(one, 2, 116.05)
    assert [stream.begin(116.1).fresh for stream in (first, later)] == [True, True]


def test_an_input_that_no_picture_shows_yet_is_fresh_to_a_stream_that_comes_later() -> None:
    one, seat = session(), Seat()
    one.attach(seat, KEY, 100.0).begin(100.0)
    posed(one, 1, 100.05)
    one.detach(seat)
    draft = one.attach(seat, replace(KEY, fps=20.0), 100.06).begin(100.07)
    assert (draft.fresh, draft.wanted) == (True, 100.05)


def test_a_stream_keeps_its_beat_and_starts_anew_after_a_pause() -> None:
    stream = session().attach(Seat(), KEY, 100.0)
    stream.begin(100.03)
    assert stream.beat.due == pytest.approx(100.1)
    stream.begin(105.0)
    assert stream.beat.due == 105.0


def test_idle_motion_keeps_to_the_beat() -> None:
    one = session(idle=True)
    stream = one.attach(Seat(), KEY, 100.0)
    for number in range(100):
        assert stream.wanted_at(100.0) == pytest.approx(100.0 + number / 10)
        stream.begin(100.0 + number / 10)
        stream.done()


def test_clients_with_equal_keys_share_a_stream() -> None:
    one, first, second = session(), Seat(), Seat()
    stream = one.attach(first, KEY, 100.0)
    assert one.attach(second, KEY, 100.0) is stream
    stream.begin(100.0)
    show(stream, KEYFRAME)
    assert first.frames == second.frames == [KEYFRAME]


def test_who_joins_later_gets_the_latest_frame_without_a_new_one() -> None:
    one, late = session(), Seat()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    show(stream, KEYFRAME)
    one.attach(late, KEY, 101.0)
    assert [frame.data for frame in late.frames] == [b"key"]
    assert not late.frames[0].fresh
    assert not stream.wants(101.0)


def delta(now: float = 0.0) -> Frame:
    return Frame(b"delta", False, "h264", Stamps(now, now, now, now))


def key(now: float = 0.0) -> Frame:
    return Frame(b"key", True, "h264", Stamps(now, now, now, now))


def step(one: Session, stream: Stream, now: float) -> list[bool]:
    """Draw one picture of a performance at a time; for each of its lines, whether it was a keyframe."""
    posed(one, 1, now)
    draft = stream.begin(now)
    for part in draft.parts:
        stream.encoded(part.line, key(now) if part.key else delta(now))
    stream.done()
    return [part.key for part in draft.parts]


def performed(one: Session, seat: Seat, now: float) -> Stream:
    """A stream of video that has gone on for three seconds until a time."""
    stream = one.attach(seat, KEY, now - 3)
    assert [step(one, stream, now - 3 + second) for second in range(3)] == [[True], [False], [False]]
    seat.frames.clear()
    return stream


def data(seat: Seat) -> list[bytes]:
    return [frame.data for frame in seat.frames]


def test_who_joins_a_performance_starts_with_a_keyframe_and_nobody_else_pays() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    assert stream.wants(103.0)
    assert [step(one, stream, now) for now in (103.0, 103.1)] == [[False, True], [False, False]]
    assert data(first) == [b"delta", b"delta"]
    assert data(late) == [b"key", b"delta"]


def test_those_who_join_within_a_second_share_a_keyframe_and_are_caught_up() -> None:
    one, first, late, later = session(), Seat(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    for now in (103.0, 103.4):
        step(one, stream, now)
    one.attach(later, KEY, 103.5)
    assert data(later) == [b"key", b"delta"]
    assert not any(frame.fresh for frame in later.frames)
    assert step(one, stream, 103.6) == [False, False]
    assert data(late) == data(later) == [b"key", b"delta", b"delta"]
    one.attach(Seat(), KEY, 104.5)
    assert step(one, stream, 104.5) == [False, True]


def test_those_beside_are_taken_in_by_one_keyframe_after_a_while() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    step(one, stream, 103.0)
    assert stream.wanted_at(103.5) == 103.0 + TAKE_IN_SECONDS
    assert [step(one, stream, now) for now in (112.9, 113.0, 113.1)] == [[False, False], [True], [False]]
    assert stream.side is None
    assert stream.main.receivers == {first, late}
    assert data(first) == [b"delta", b"delta", b"key", b"delta"]
    assert data(late) == [b"key", b"delta", b"key", b"delta"]


def test_however_many_join_the_others_pay_for_one_keyframe_in_ten_seconds() -> None:
    one, first = session(), Seat()
    stream = performed(one, first, 103.0)
    keys = 0
    for tenth in range(1000):
        now = 103.0 + tenth / 10
        one.attach(Seat(), KEY, now)
        keys += step(one, stream, now)[0]
        assert len(stream.lines) <= 2
    assert keys <= 10


def test_who_joins_may_be_given_the_newest_picture_again_and_nothing_is_drawn_for_it() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    assert stream.again(103.0, {}) is None
    one.attach(late, KEY, 103.0)
    draft = stream.again(103.0, {"seq": 1})
    assert draft is not None
    ((line, keyframe),) = draft.parts
    assert (line, keyframe, draft.fresh, draft.input) == (stream.side, True, False, {"seq": 1})
    assert (stream.in_flight, stream.wants(103.0)) == (1, False)
    stream.encoded(line, key(103.0))
    stream.done()
    assert step(one, stream, 103.1) == [False, False]
    assert (data(first), data(late)) == ([b"delta"], [b"key", b"delta"])


def test_who_is_shown_an_older_picture_than_the_one_under_way_is_shown_the_present_one_soon() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    posed(one, 9, 103.0)
    stream.begin(103.0)
    one.attach(late, KEY, 103.1)
    assert stream.again(103.1, {}) is not None
    assert stream.wanted_at(103.1) == pytest.approx(103.1 + CATCH_UP_SECONDS)
    posed(one, 10, 103.2)
    assert len(stream.begin(103.2).parts) == 2
    assert not stream.wants(104.0)


def test_a_picture_again_is_no_way_to_more_keyframes_than_one_a_second() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    step(one, stream, 103.0)
    stream.renew(late, 103.5)
    step(one, stream, 103.5)
    stream.renew(late, 103.6)
    assert stream.again(103.9, {}) is None
    assert stream.again(104.0, {}) is not None


def test_who_lost_a_frame_goes_beside_the_others_and_who_is_alone_does_not() -> None:
    one, first, second = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    stream.renew(first, 103.0)
    assert step(one, stream, 103.0) == [True]
    one.attach(second, KEY, 103.0)
    for now in (103.5, 104.5):
        step(one, stream, now)
    stream.renew(second, 105.0)
    first.frames.clear()
    second.frames.clear()
    assert step(one, stream, 105.0) == [False, True]
    assert (data(first), data(second)) == ([b"delta"], [b"key"])


def test_who_asks_for_a_keyframe_just_after_one_gets_that() -> None:
    one, first, second = session(), Seat(), Seat()
    stream = one.attach(first, KEY, 100.0)
    one.attach(second, KEY, 100.0)
    step(one, stream, 100.0)
    stream.renew(second, 100.1)
    assert (data(first), data(second)) == ([b"key"], [b"key", b"key"])
    assert not stream.wants(101.5)


def test_a_stranger_cannot_be_renewed() -> None:
    one, first = session(), Seat()
    stream, gone = performed(one, first, 103.0), Seat()
    stream.renew(gone, 103.0)
    assert stream.main.receivers == {first}
    assert not stream.wants(103.0)


def test_where_all_others_left_those_beside_go_on_alone() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    step(one, stream, 103.0)
    one.detach(first)
    assert [step(one, stream, now) for now in (104.0, 120.0)] == [[False], [False]]
    assert data(late) == [b"key", b"delta", b"delta"]


def test_where_those_beside_left_the_others_go_on_without_a_keyframe() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    step(one, stream, 103.0)
    one.detach(late)
    assert step(one, stream, 120.0) == [False]


def test_a_picture_that_failed_begins_everybody_anew() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    step(one, stream, 103.0)
    stream.begin(103.5)
    stream.failed(104.5)
    assert step(one, stream, 104.5) == [True]
    assert data(late) == [b"key", b"key"]


def test_a_picture_begun_before_those_beside_were_taken_in_does_not_reach_them() -> None:
    one, first, late = session(), Seat(), Seat()
    stream = performed(one, first, 103.0)
    one.attach(late, KEY, 103.0)
    step(one, stream, 103.0)
    before, taking = stream.begin(112.9), stream.begin(113.0)
    (main, beside), (whole,) = before.parts, taking.parts
    stream.encoded(main.line, delta(112.9))
    stream.encoded(whole.line, key(113.0))
    stream.encoded(beside.line, delta(112.9))
    assert data(late) == [b"key", b"key"]


def test_wishes_within_a_second_are_granted_by_one_keyframe() -> None:
    one, seat = session(), Seat()
    stream = performed(one, seat, 103.0)
    stream.renew(seat, 105.0)
    step(one, stream, 105.0)
    step(one, stream, 105.1)
    for now in (105.2, 105.4, 105.6):
        stream.renew(seat, now)
        assert not stream.wants(now)
        assert step(one, stream, now) == [False]  # the performance goes on meanwhile
    assert stream.wanted_at(105.9) == 106.0
    assert [step(one, stream, now) for now in (106.0, 106.1)] == [[True], [False]]


def test_a_keyframe_on_its_way_grants_what_was_wished_meanwhile() -> None:
    one, late = session(), Seat()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    one.attach(late, KEY, 100.01)
    show(stream, KEYFRAME)
    assert data(late) == [b"key"]
    assert stream.wanted_at(100.02) is None


def test_a_stream_without_receivers_ends() -> None:
    one, seat = session(), Seat()
    one.attach(seat, KEY, 100.0)
    one.detach(seat)
    assert not one.streams


def test_a_frame_that_failed_reaches_nobody_and_is_tried_again() -> None:
    seat = Seat()
    stream = session().attach(seat, KEY, 100.0)
    stream.begin(100.0)
    stream.failed(103.0)
    assert (stream.in_flight, seat.frames) == (0, [])
    assert stream.wanted_at(100.1) == 103.0


def test_a_frame_encoded_after_one_that_failed_does_not_hide_the_failure() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    posed(one, 1, 100.2)
    stream.begin(100.2)
    stream.failed(101.0)
    show(stream, KEYFRAME)
    assert stream.wants(101.0)


def test_idle_motion_begins_after_two_seconds_without_a_pose() -> None:
    one = session(idle=True)
    posed(one, 1, 100.0)
    assert not one.idling(100.0 + IDLE_AFTER - 0.01)
    assert one.pose_at(101.0) is one.pose
    assert one.idles_at() == 100.0 + IDLE_AFTER
    assert one.idling(102.0)
    np.testing.assert_array_equal(one.pose_at(102.0), one.pose)
    assert one.pose_at(104.0)[NAMES.index("breathing")] > 0
    posed(one, 2, 105.0)
    assert not one.idling(105.0)


def test_a_new_session_idles_at_once_and_one_switched_off_never() -> None:
    assert session(idle=True).idling(100.0)
    still = session(idle=False)
    assert not still.idling(1000.0)
    assert still.idles_at() is None


def test_idle_motion_switched_on_eases_in_and_switched_off_leaves_the_pose() -> None:
    one = session(idle=False)
    posed(one, 1, 100.0)
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    one.set_idle(True, 150.0)
    np.testing.assert_array_equal(one.pose_at(150.0), one.pose)
    assert one.pose_at(152.0)[NAMES.index("breathing")] > 0
    stream.begin(152.0)
    one.set_idle(False, 153.0)
    assert stream.wants(153.0)
    assert one.pose_at(153.0) is one.pose
    stream.begin(153.0)
    assert not stream.wants(154.0)


def test_an_expression_lies_over_the_pose_and_its_fade_is_drawn_to_the_end() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    one.express(layer({"head_x": 1.0}), 100.0, 1.0)
    assert [stream.wants(now) for now in (100.5, 101.5)] == [True, True]
    stream.begin(100.5)
    assert one.pose_at(100.5)[NAMES.index("head_x")] == 0.5
    assert stream.wants(101.5)
    stream.begin(101.5)
    assert one.pose_at(101.5)[NAMES.index("head_x")] == 1.0
    assert not stream.wants(102.0)


def test_a_pose_that_is_only_shown_does_not_keep_idle_motion_away() -> None:
    one = session(idle=True)
    one.take(DEFAULT, Input(1, None, 100.0))
    one.show(DEFAULT, Input(2, None, 101.9))
    assert one.idling(102.0)
