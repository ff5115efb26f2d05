import pytest

from server.metrics import Metrics
from server.outbox import Frame, Stamps

STAMPS = Stamps(wanted=10.0, begun=10.01, drawn=10.03, encoded=10.035)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_stages_are_seconds() -> None:
    metrics = Metrics()
    metrics.drawn(STAMPS)
    for stage, seconds in (("queue", 0.01), ("render", 0.02), ("encode", 0.005)):
        assert value(metrics, "bunraku_stage_seconds_sum", stage=stage) == pytest.approx(seconds)


def test_only_the_performers_first_frame_of_an_input_counts_as_latency() -> None:
    metrics = Metrics()
    for fresh, performer in ((True, True), (True, False), (False, True)):
        frame = Frame(b"1234", True, "webp", STAMPS, fresh=fresh)
        metrics.sent(frame, 10.035, 10.045, performer=performer)
    assert value(metrics, "bunraku_pose_to_frame_seconds_count") == 1
    assert value(metrics, "bunraku_pose_to_frame_seconds_sum") == pytest.approx(0.045)
    assert value(metrics, "bunraku_stage_seconds_sum", stage="send") == pytest.approx(0.03)
    assert value(metrics, "bunraku_frame_bytes_total", codec="webp") == 12


def test_two_servers_do_not_share_metrics() -> None:
    first, second = Metrics(), Metrics()
    first.batch.observe(3)
    assert value(first, "bunraku_batch_size_count") == 1
    assert value(second, "bunraku_batch_size_count") == 0
    assert b"bunraku_batch_size" in first.text()
