import json

import pytest

from bunraku_client.report import Tally, summarise


def test_figures_are_taken_over_all_who_were_let_in() -> None:
    report = summarise(
        [
            Tally(sent=10, frames=20, seconds=2.0, missed=1, codec="webp", latencies=[1.0, 2.0, 3.0]),
            Tally(sent=10, frames=60, seconds=2.0, skipped=2, latencies=[4.0, 5.0], trouble="Cut."),
            Tally(refused="Full."),
            Tally(refused="Full."),
        ]
    )
    assert (report.asked, report.opened, report.worked) == (4, 2, 2)
    assert (report.fps_mean, report.fps_min) == (20.0, 10.0)
    assert report.latency_p50_ms == pytest.approx(3.0)
    assert report.latency_p99_ms == pytest.approx(4.96)
    assert (report.poses, report.frames, report.missed, report.skipped) == (20, 80, 1, 2)
    assert report.codecs == {"webp": 1}
    assert (report.refused, report.lost) == ({"Full.": 2}, {"Cut.": 1})
    assert json.loads(json.dumps(report.as_dict()))["fps_min"] == 10.0
    assert "refused    2 x Full." in report.lines()


def test_a_load_without_frames_has_no_figures() -> None:
    report = summarise([Tally(seconds=1.0)])
    assert (report.worked, report.latency_p50_ms, report.fps_min) == (0, None, 0.0)
    assert any("p50 -" in line for line in report.lines())
