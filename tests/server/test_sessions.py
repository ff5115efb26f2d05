from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from models.mixer import layer
from models.pose import DEFAULT, NAMES
from models.view import View
from server.outbox import Frame, Stamps
from server.sessions import IDLE_AFTER, Input, Session, SessionTable, Stream, StreamKey

KEY = StreamKey(View(128), None, "webp", 0.7, fps=10.0)
STAMPS = Stamps(0.0, 0.0, 0.0, 0.0)
KEYFRAME = Frame(b"key", True, "webp", STAMPS, fresh=True)


class Seat:
    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def offer(self, frame: Frame) -> None:
        self.frames.append(frame)

    def finish(self, code: int, reason: str, *messages: Mapping[str, Any]) -> None:
        raise AssertionError("nobody ends here")


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
    assert stream.begin(100.0).key
    assert not stream.wants(200.0)


def test_a_pose_is_wanted_once() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    posed(one, 1, 100.5)
    assert stream.wants(100.5)
    assert not stream.begin(100.5).key
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


def test_a_stream_keeps_its_beat_and_starts_anew_after_a_pause() -> None:
    stream = session().attach(Seat(), KEY, 100.0)
    stream.begin(100.03)
    assert stream.due == pytest.approx(100.1)
    stream.begin(105.0)
    assert stream.due == 105.0


def test_clients_with_equal_keys_share_a_stream() -> None:
    one, first, second = session(), Seat(), Seat()
    stream = one.attach(first, KEY, 100.0)
    assert one.attach(second, KEY, 100.0) is stream
    stream.begin(100.0)
    stream.encoded(KEYFRAME)
    assert first.frames == second.frames == [KEYFRAME]


def test_who_joins_later_gets_the_latest_frame_without_a_new_one() -> None:
    one, late = session(), Seat()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    stream.encoded(KEYFRAME)
    one.attach(late, KEY, 101.0)
    assert [frame.data for frame in late.frames] == [b"key"]
    assert not late.frames[0].fresh
    assert not stream.wants(101.0)


def test_where_the_latest_frame_cannot_stand_alone_a_keyframe_is_wanted() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    stream.encoded(Frame(b"delta", False, "h264", STAMPS))
    one.attach(Seat(), KEY, 101.0)
    assert stream.wants(101.0)
    assert stream.begin(101.0).key


def video(one: Session, now: float) -> Stream:
    """A stream of video that began at a time, and has shown a keyframe and a frame after it."""
    stream = one.attach(Seat(), KEY, now)
    for seq in range(2):
        posed(one, seq, now)
        draft = stream.begin(now)
        stream.encoded(Frame(b"", draft.key, "h264", STAMPS))
    return stream


def test_a_lone_wish_for_a_keyframe_is_granted_at_once() -> None:
    one = session()
    stream = video(one, 100.0)
    one.attach(Seat(), KEY, 107.0)
    assert stream.wants(107.0)
    assert stream.begin(107.0).key


def test_wishes_within_a_second_are_granted_by_one_keyframe() -> None:
    one = session()
    stream = video(one, 100.0)
    stream.refresh = True
    stream.encoded(Frame(b"", stream.begin(105.0).key, "h264", STAMPS))
    for now in (105.2, 105.4, 105.6):
        stream.refresh = True
        assert not stream.wants(now)
        posed(one, 9, now)
        assert not stream.begin(now).key  # the performance goes on meanwhile
    assert stream.wanted_at(105.9) == 106.0
    assert [stream.begin(now).key for now in (106.0, 106.1)] == [True, False]


def test_a_keyframe_on_its_way_grants_what_was_wished_meanwhile() -> None:
    one = session()
    stream = one.attach(Seat(), KEY, 100.0)
    stream.begin(100.0)
    one.attach(Seat(), KEY, 100.01)
    stream.encoded(KEYFRAME)
    assert not stream.refresh
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
    stream.encoded(KEYFRAME)
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


def test_ids_and_secrets_differ_and_secrets_find_their_session() -> None:
    table = SessionTable(30.0)
    sessions = [table.open("ada", 0.0, idle=False) for _ in range(50)]
    assert len({one.id for one in sessions} | {one.resume for one in sessions}) == 100
    assert table.resumed(sessions[7].resume) is sessions[7]
    assert table.resumed("ü") is None
    assert table.find(sessions[3].id) is sessions[3]
    table.end(sessions[3])
    assert table.find(sessions[3].id) is None
    assert table.resumed(sessions[3].resume) is None


def test_a_session_is_abandoned_when_its_performer_stays_away() -> None:
    table = SessionTable(30.0)
    kept, lost = table.open("ada", 0.0, idle=False), table.open("ada", 0.0, idle=False)
    lost.cut_off = 100.0
    assert table.abandoned(129.9) == []
    assert table.abandoned(130.0) == [lost]
    assert kept in table.of_character("ada")


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
