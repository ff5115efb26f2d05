import pytest

from bunraku_client.frame import Frame
from bunraku_client.meter import Meter, percentile
from bunraku_client.welcome import Stream

SECOND = ["6.0", "fps", "latency", "20.0", "ms", "server", "4.0", "ms", "12.0", "KiB/s"]


def _frame(latency_ms: float | None) -> Frame:
    stream = Stream("webp", 512, 512, 30.0, "transparent", True)
    return Frame(1, True, 1, latency_ms, {"render": 4.0}, 0.0, stream, bytes(2048))


def test_a_line_tells_the_second_that_passed() -> None:
    meter = Meter(0.0)
    for latency in (10.0, 30.0, None):
        meter.add(_frame(latency))
    assert meter.line(500.0).split() == [
        "6.0",
        "fps",
        "latency",
        "20.0",
        "ms",
        "server",
        "4.0",
        "ms",
        "12.0",
        "KiB/s",
    ]
    assert meter.line(1500.0).split() == ["0.0", "fps", "0.0", "KiB/s"]


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert percentile([], 95) is None
    assert percentile([1.0, 2.0, 3.0], 50) == pytest.approx(2.0)
