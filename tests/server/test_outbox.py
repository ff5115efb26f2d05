import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.outbox import MAX_NOTES, STALE_SECONDS, Frame, Numbered, Outbox, Stamps
from server.protocol import ProtocolError

STAMPS = Stamps(wanted=1.0, begun=1.002, drawn=1.012, encoded=1.015)


def frame(size: int = 10, *, key: bool = True) -> Frame:
    return Frame(bytes(size), key, "webp", STAMPS)


def numbers(outbox: Outbox) -> list[int]:
    taken = []
    while (item := outbox.take()) is not None:
        assert isinstance(item, Numbered)
        taken.append(item.number)
    return taken


def test_stages_are_milliseconds_of_each_stage() -> None:
    assert STAMPS.stages == pytest.approx({"queue": 2.0, "render": 10.0, "encode": 3.0})


def test_a_keyframe_takes_the_place_of_every_frame_that_waits() -> None:
    outbox = Outbox(1000)
    assert [outbox.offer(frame(), 0.0) for _ in range(3)] == [0, 1, 1]
    assert numbers(outbox) == [3]


def test_numbers_count_every_frame_and_skip_the_dropped() -> None:
    outbox = Outbox(1000)
    outbox.offer(frame(), 0.0)
    assert numbers(outbox) == [1]
    outbox.offer(frame(), 0.0)
    outbox.offer(frame(), 0.0)
    assert numbers(outbox) == [3]


def test_frames_that_need_those_before_wait_in_order() -> None:
    outbox = Outbox(1000)
    outbox.offer(frame(), 0.0)
    outbox.offer(frame(key=False), 0.0)
    outbox.offer(frame(key=False), 0.0)
    assert numbers(outbox) == [1, 2, 3]


def test_over_the_limit_everything_is_dropped_until_a_keyframe() -> None:
    outbox = Outbox(25)
    outbox.offer(frame(), 0.0)
    outbox.offer(frame(key=False), 0.0)
    assert outbox.offer(frame(key=False), 0.0) == 3
    assert outbox.starved
    assert outbox.offer(frame(key=False), 0.0) == 1
    assert not outbox
    assert outbox.offer(frame(), 0.0) == 0
    assert not outbox.starved
    assert numbers(outbox) == [5]


def test_a_stream_begins_with_a_keyframe_and_what_came_before_counts_nowhere() -> None:
    outbox = Outbox(1000)
    assert outbox.offer(frame(key=False), 0.0) == 0
    assert outbox.starved
    assert not outbox
    assert outbox.offer(frame(), 0.0) == 0
    assert numbers(outbox) == [1]


def test_frames_that_wait_too_long_are_dropped_until_a_keyframe() -> None:
    outbox = Outbox(1000)
    outbox.offer(frame(), 0.0)
    outbox.offer(frame(key=False), STALE_SECONDS)
    assert not outbox.starved
    assert outbox.offer(frame(key=False), STALE_SECONDS + 0.1) == 3
    assert outbox.starved
    assert outbox.offer(frame(), STALE_SECONDS + 0.2) == 0
    assert numbers(outbox) == [4]


def test_small_messages_go_first_and_are_never_dropped() -> None:
    outbox = Outbox(1000)
    outbox.offer(frame(), 0.0)
    outbox.note({"type": "pong"})
    outbox.offer(frame(), 0.0)
    assert outbox.take() == {"type": "pong"}
    assert numbers(outbox) == [2]


def test_a_client_that_reads_nothing_is_given_up() -> None:
    outbox = Outbox(1000)
    for _ in range(MAX_NOTES):
        outbox.note({"type": "pong"})
    with pytest.raises(ProtocolError) as caught:
        outbox.note({"type": "pong"})
    assert caught.value.close == 4008


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans())))
def test_what_waits_never_passes_the_limit_but_for_one_keyframe(offers: list[tuple[int, bool]]) -> None:
    outbox = Outbox(50)
    for size, key in offers:
        outbox.offer(frame(size, key=key), 0.0)
        assert outbox.waiting_bytes <= max(50, size if key else 0)
