from models.pose import DEFAULT
from models.view import View
from seats import Seat
from server.lines import KEYFRAME_SECONDS
from server.load import CostModel
from server.outbox import Frame, Stamps
from server.scheduling import next_batch, wake_at
from server.session_table import SessionTable
from server.sessions import IDLE_AFTER, Input, Session, Stream
from server.streams import StreamKey

FREE = CostModel()
FRAME = Frame(b"", True, "webp", Stamps(0.0, 0.0, 0.0, 0.0))


def key(fps: float = 10.0, size: int = 128, codec: str = "webp") -> StreamKey:
    return StreamKey(View(size), None, codec, 0.7, fps)


def streams(count: int, now: float = 0.0, *, idle: bool = False, size: int = 128) -> list[Stream]:
    table = SessionTable(30.0)
    return [
        table.open("ada", now, idle=idle).attach(Seat(), key(size=size), now + n / 1000) for n in range(count)
    ]


def shown(stream: Stream) -> None:
    stream.encoded(stream.main, FRAME)
    stream.done()


def moved(session: Session, now: float) -> None:
    session.take(DEFAULT.copy(), Input(1, None, now))


def batch(of: list[Stream], now: float, cost: CostModel = FREE, max_batch: int = 64) -> list[Stream]:
    jobs = next_batch(of, now, cost, max_batch=max_batch, batch_seconds=0.04)
    return [stream for job in jobs for stream in job.streams]


def costing(seconds: float) -> CostModel:
    cost = CostModel()
    cost.measured(512**2, seconds)
    return cost


def test_everything_that_is_due_goes_into_one_batch_most_overdue_first() -> None:
    all_streams = streams(5)
    assert batch(all_streams[::-1], 1.0) == all_streams


def test_nothing_is_drawn_before_it_is_due_or_without_something_new() -> None:
    first, second = streams(2)
    first.begin(0.0)
    shown(first)
    assert batch([first, second], 0.0) == []
    assert batch([first, second], 0.002) == [second]
    moved(first.session, 0.01)
    assert batch([first], 0.04) == []
    assert batch([first], 0.1) == [first]


def test_a_batch_is_no_larger_than_allowed() -> None:
    all_streams = streams(10)
    assert batch(all_streams, 1.0, max_batch=4) == all_streams[:4]


def test_a_slow_device_draws_what_it_can_in_time_but_always_one() -> None:
    whole = streams(10, size=512)
    assert batch(whole, 1.0, costing(0.013)) == whole[:3]
    assert batch(whole, 1.0, costing(2.0)) == whole[:1]


def test_streams_of_one_session_and_view_share_a_picture() -> None:
    session = streams(1)[0].session
    session.attach(Seat(), key(codec="jpeg"), 0.0)
    session.attach(Seat(), key(size=256), 0.0)
    jobs = next_batch(session.streams.values(), 1.0, FREE, max_batch=64, batch_seconds=1.0)
    assert sorted(len(job.streams) for job in jobs) == [1, 2]


def test_a_stream_due_soon_shares_the_picture_drawn_for_another() -> None:
    session = streams(1)[0].session
    soon = session.attach(Seat(), key(codec="jpeg"), 1.04)
    later = session.attach(Seat(), key(codec="png"), 1.06)
    drawn = batch(list(session.streams.values()), 1.0)
    assert soon in drawn
    assert later not in drawn


def test_an_input_is_drawn_once_for_streams_whose_beats_are_a_little_apart() -> None:
    (first,) = streams(1)
    second = first.session.attach(Seat(), key(codec="jpeg"), 0.02)
    for stream, now in ((first, 0.0), (second, 0.02)):
        stream.begin(now)
        shown(stream)
    moved(first.session, 0.03)
    assert batch([first, second], 0.05) == [first, second]


def test_a_stream_that_is_drawn_along_with_a_faster_one_keeps_to_its_own_rate() -> None:
    session = SessionTable(30.0).open("ada", 0.0, idle=False)
    fast = session.attach(Seat(), key(fps=60.0), 0.0)
    slow = session.attach(Seat(), key(fps=30.0, codec="jpeg"), 0.0)
    counts = {fast: 0, slow: 0}
    for number in range(60 * 20):
        moved(session, number / 60)
        for stream in batch([fast, slow], number / 60 + 1e-6):
            stream.begin(number / 60 + 1e-6)
            shown(stream)
            counts[stream] += 1
    assert counts[fast] == 60 * 20
    assert 30 * 20 <= counts[slow] <= 30 * 20 * 1.03


def test_a_stream_whose_frames_pile_up_before_the_encoder_waits() -> None:
    (stream,) = streams(1)
    for seq in range(2):
        moved(stream.session, seq)
        stream.begin(seq)
    moved(stream.session, 5.0)
    assert batch([stream], 5.0) == []
    assert wake_at([stream], 5.0) is None
    shown(stream)
    assert batch([stream], 5.0) == [stream]


def test_overdue_streams_take_turns() -> None:
    pair = streams(2, size=512)
    slow = costing(1.0)
    turns = []
    for second in range(1, 7):
        for stream in pair:
            moved(stream.session, second)
        (drawn,) = batch(pair, float(second), slow)
        drawn.begin(float(second))
        shown(drawn)
        turns.append(pair.index(drawn))
    assert sorted(turns) == [0, 0, 0, 1, 1, 1]


def test_the_renderer_sleeps_until_the_next_frame_or_idle_motion() -> None:
    (still,) = streams(1)
    still.begin(0.0)
    shown(still)
    assert wake_at([still], 0.0) is None
    moved(still.session, 0.01)
    assert wake_at([still], 0.01) == still.beat.due - 0.05
    (idle,) = streams(1, idle=True)
    moved(idle.session, 0.0)
    idle.begin(0.0)
    shown(idle)
    assert wake_at([idle], 0.0) == IDLE_AFTER


def test_the_renderer_wakes_for_a_keyframe_that_must_wait() -> None:
    (stream,) = streams(1)
    stream.begin(0.0)
    shown(stream)
    stream.main.refresh = True
    assert batch([stream], 0.5) == []
    assert wake_at([stream], 0.5) == KEYFRAME_SECONDS
    assert batch([stream], KEYFRAME_SECONDS) == [stream]


def test_a_batch_is_of_one_kind_and_the_most_overdue_says_which() -> None:
    table = SessionTable(30.0)
    kinds = ("student", "puppet", "student", "puppet")
    all_streams = [
        table.open("ada", 0.0, idle=False, kind=kind).attach(Seat(), key(), number / 1000)
        for number, kind in enumerate(kinds)
    ]
    assert batch(all_streams, 1.0) == [all_streams[0], all_streams[2]]
    assert batch(all_streams[1:], 1.0) == [all_streams[1], all_streams[3]]


def test_a_batch_is_kept_short_by_the_cost_of_its_own_kind() -> None:
    cost = costing(0.0001)
    cost.measured(512**2, 0.09, "puppet")
    table = SessionTable(30.0)
    puppets = [
        table.open("ada", 0.0, idle=False, kind="puppet").attach(Seat(), key(size=512), number / 1000)
        for number in range(3)
    ]
    assert batch(puppets, 1.0, cost) == puppets[:1]
    assert len(batch(streams(3, size=512), 1.0, cost)) == 3
