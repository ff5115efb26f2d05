from bunraku_client.frame import Frame
from bunraku_client.newest import NewestFrames
from bunraku_client.welcome import Stream


def _frame(number: int, codec: str = "webp", key: bool = False) -> Frame:
    stream = Stream(codec, 512, 512, 30.0, "transparent", True)
    return Frame(number, key, None, None, {}, 0.0, stream, b"")


async def _numbers(queue: NewestFrames) -> list[int]:
    queue.close()
    numbers = []
    while (frame := await queue.get()) is not None:
        numbers.append(frame.number)
    return numbers


async def test_a_newer_picture_pushes_out_the_oldest() -> None:
    queue = NewestFrames(2)
    assert not any(queue.put(_frame(number)) for number in range(5))
    assert queue.skipped == 3
    assert await _numbers(queue) == [3, 4]


async def test_a_broken_row_is_skipped_to_the_next_keyframe_which_is_asked_for_once() -> None:
    queue = NewestFrames(2)
    asked = [queue.put(_frame(number, "h264", key=number in (0, 5))) for number in range(7)]
    assert asked == [False, False, True, False, False, False, False]
    assert queue.skipped == 5
    assert await _numbers(queue) == [5, 6]


async def test_a_keyframe_makes_the_frames_that_wait_superfluous_where_there_is_no_room() -> None:
    queue = NewestFrames(2)
    asked = [queue.put(_frame(number, "h264", key=number in (0, 2))) for number in range(3)]
    assert not any(asked)
    assert await _numbers(queue) == [2]


async def test_a_cleared_queue_takes_whatever_comes() -> None:
    queue = NewestFrames(1)
    queue.put(_frame(0, "h264", key=True))
    queue.put(_frame(1, "h264"))
    queue.clear()
    assert not queue.put(_frame(2, "h264"))
    assert await _numbers(queue) == [2]
