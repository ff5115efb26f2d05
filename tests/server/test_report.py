from models.view import View
from seats import Seat
from server.report import session_rows
from server.session_table import SessionTable
from server.streams import StreamKey


def test_a_row_tells_who_is_there_and_what_is_streamed() -> None:
    table = SessionTable(30.0)
    session = table.open("ada", 100.0, idle=False)
    table.open("bea", 105.0, idle=False)
    session.performer = performer = Seat()
    session.watchers = {Seat(), Seat()}
    key = StreamKey(View(256), None, "webp", 0.7, 30.0)
    for receiver in (performer, *session.watchers):
        session.attach(receiver, key, 100.0)
    first, second = session_rows(table, 110.0)
    assert (first["session"], first["performing"], first["watchers"]) == (session.id, True, 2)
    assert (first["age_seconds"], second["age_seconds"]) == (10.0, 5.0)
    assert first["streams"] == [{"codec": "webp", "width": 256, "height": 256, "fps": 30.0, "receivers": 3}]
    assert (second["character"], second["performing"], second["streams"]) == ("bea", False, [])
    assert "resume" not in first
