import pytest

from models.view import View
from seats import Seat
from server.fitting import Fitting
from server.load import CostModel
from server.protocol import ProtocolError, VideoSettings
from server.room import Room
from server.session_table import SessionTable
from server.sessions import Session
from server.streams import StreamKey, stream_key

FITTING = VideoSettings(max_fps=30.0, fit=True)


class House:
    """Sessions on a device that needs so many seconds for a whole picture, and less by the pixels."""

    def __init__(self, seconds: float, limit: float = 0.9) -> None:
        self.table = SessionTable(30.0)
        cost = CostModel()
        for _ in range(9):
            for size in (512, 256):
                cost.measured(size**2, seconds * (size / 512) ** 2)
        self.room = Room(self.table, cost, limit, smooth_fps=12.0)

    def session(self, video: VideoSettings) -> Session:
        """One whose performer has what it asked for, in the size that fits."""
        session = self.table.open("ada", 0.0, idle=False)
        session.performer = self.join(session, video)
        return session

    def join(self, session: Session, video: VideoSettings) -> Seat:
        given = self.room.fitted(video, session.kind, session)
        seat = Seat(video)
        session.watchers.add(seat)
        session.attach(seat, stream_key(given, 60.0), 0.0)
        if video.fit and session.fitting is None:
            session.fitting = Fitting(given.size)
        return seat


def key(size: int = 128, fps: float = 30.0, codec: str = "raw") -> StreamKey:
    return StreamKey(View(size), None, codec, 0.7, fps)


def test_a_session_books_each_view_once_at_its_highest_rate() -> None:
    house = House(0.02)
    session = house.session(VideoSettings(size=256, max_fps=30.0))
    for codec, fps in (("jpeg", 20.0), ("webp", 30.0)):
        session.attach(Seat(), key(256, fps, codec), 0.0)
    session.attach(Seat(), key(512, 5.0), 0.0)
    assert house.room.booked == pytest.approx(30 * 0.005 + 5 * 0.02)


def test_who_takes_what_fits_books_what_is_smooth() -> None:
    house = House(0.02)
    session = house.session(FITTING)
    assert house.room.booked == pytest.approx(12 * 0.02)
    session.attach(Seat(), key(512), 0.0)  # who wants just this shares the picture, at its own rate
    assert house.room.booked == pytest.approx(30 * 0.02)


@pytest.mark.parametrize(("seconds", "size"), [(0.01, 512), (0.07, 512), (0.1, 256), (0.4, 128), (9.0, 128)])
def test_a_newcomer_gets_the_largest_size_that_can_be_drawn_smoothly(seconds: float, size: int) -> None:
    assert House(seconds).room.fitted(FITTING, "student").size == size


def test_who_asks_for_one_size_gets_it() -> None:
    assert House(9.0).room.fitted(VideoSettings(size=512), "student").size == 512


def test_no_larger_size_is_given_than_was_asked_for() -> None:
    assert House(0.01).room.fitted(VideoSettings(size=256, fit=True), "student").size == 256


def test_a_device_of_unknown_speed_is_believed_to_be_fast() -> None:
    room = Room(SessionTable(30.0), CostModel(), 0.9, 12.0)
    assert room.fitted(FITTING, "student").size == 512


def test_the_room_of_others_is_left_to_them() -> None:
    house = House(0.07)
    assert house.room.fitted(FITTING, "student").size == 512
    house.session(FITTING)
    assert house.room.fitted(FITTING, "student").size == 128
    house.room.check(None, "student", key(128), fit=True)
    with pytest.raises(ProtocolError, match="cannot hold one more"):
        house.room.check(None, "student", key(512), fit=True)


def test_a_server_that_refuses_nobody_still_draws_smoothly() -> None:
    assert House(0.4, limit=0).room.fitted(FITTING, "student").size == 128


def test_a_watcher_who_takes_what_fits_shares_a_picture_where_there_is_no_room_for_another() -> None:
    house = House(0.1)
    fixed = house.session(VideoSettings(size=512))
    assert house.room.fitted(FITTING, fixed.kind, fixed).size == 512
    smaller = house.session(VideoSettings(size=128))
    assert house.room.fitted(FITTING, smaller.kind, smaller).size == 128


def test_a_watcher_may_have_a_larger_picture_than_its_performer_where_there_is_room() -> None:
    house = House(0.01)
    session = house.session(VideoSettings(size=256))
    assert house.room.fitted(FITTING, session.kind, session).size == 512


def test_all_of_a_session_who_take_what_fits_share_one_size() -> None:
    house = House(0.1)
    session = house.session(FITTING)
    house.join(session, FITTING)
    assert {stream.key.view.size for stream in session.streams.values()} == {256}
    assert len(session.streams) == 1


def test_a_performer_that_begins_to_take_what_fits_does_not_count_what_it_leaves() -> None:
    house = House(0.1)
    session = house.session(VideoSettings(size=512))
    (left,) = session.streams.values()
    assert house.room.fitted(FITTING, session.kind, session, without=left).size == 256


def test_a_session_becomes_smaller_while_the_device_is_slow_and_larger_again() -> None:
    house = House(0.01)
    session = house.session(FITTING)
    slow, fast = House(0.2).room, house.room
    slow._table = house.table
    assert [slow.refit(session, float(now)) for now in range(5)] == [False, False, False, True, False]
    assert session.fitting is not None
    assert session.fitting.size == 256
    assert any(fast.refit(session, 10.0 + now) for now in range(10))
    assert session.fitting.size == 512


def test_nobody_is_judged_who_asks_for_one_size() -> None:
    house = House(9.0)
    session = house.session(VideoSettings(size=512))
    assert not any(house.room.refit(session, float(now)) for now in range(10))
    assert session.fitting is None


def test_those_who_take_what_fits_become_smaller_together_and_are_not_refused_for_each_other() -> None:
    house = House(0.07)
    session = house.session(FITTING)
    house.join(session, FITTING)
    house.session(FITTING)
    (shared,) = session.streams.values()
    assert shared.audience == 2
    house.room.check(session, session.kind, key(256), fit=True, without=shared)
    with pytest.raises(ProtocolError):
        house.room.check(session, session.kind, key(512), fit=False, without=shared)


def test_a_performer_who_asks_for_one_size_is_followed_by_those_who_take_what_fits() -> None:
    house = House(0.1)
    session = house.session(FITTING)
    house.join(session, FITTING)
    (shared,) = session.streams.values()
    house.room.check(session, session.kind, key(512), fit=False, without=shared)
    performer = Seat(VideoSettings(size=512))
    session.attach(performer, key(512), 0.0)
    assert any(house.room.refit(session, float(now)) for now in range(10))
    assert session.fitting is not None
    assert session.fitting.size == 512


def test_a_change_that_costs_no_more_is_never_refused() -> None:
    house = House(0.1)
    first = house.session(VideoSettings(size=512, max_fps=5.0))
    house.session(VideoSettings(size=512, max_fps=5.0))
    (left,) = first.streams.values()
    house.room.check(first, first.kind, key(256, 18.0), fit=False, without=left)
    house.room.check(first, first.kind, key(512, 4.9, "jpeg"), fit=False, without=left)
    with pytest.raises(ProtocolError):
        house.room.check(first, first.kind, key(512, 6.0), fit=False, without=left)
