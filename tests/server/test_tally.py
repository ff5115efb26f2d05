from server.outbox import Frame, Numbered, Stamps
from server.tally import Tally


def test_a_report_covers_what_was_sent_since_the_last() -> None:
    tally = Tally()
    tally.dropped = 3
    for number, wait in ((1, 0.010), (2, 0.030)):
        stamps = Stamps(0.0, wait, wait + 0.004, wait + 0.006)
        tally.sent(Numbered(number, Frame(bytes(500), True, "webp", stamps), 0.0))
    report = tally.report(2.0)
    assert (report["fps"], report["bitrate"], report["dropped"]) == (1.0, 4000.0, 3)
    assert round(report["queue_ms"], 6) == 20.0
    assert round(report["render_ms"], 6) == 4.0
    assert tally.newest == 2
    again = tally.report(1.0)
    assert (again["fps"], again["bitrate"], again["queue_ms"], again["dropped"]) == (0.0, 0.0, 0.0, 3)


def test_the_backlog_is_what_was_sent_and_not_yet_shown() -> None:
    tally = Tally()
    assert "backlog" not in tally.report(1.0)
    tally.newest, tally.acked = 12, 9
    assert tally.report(1.0)["backlog"] == 3
