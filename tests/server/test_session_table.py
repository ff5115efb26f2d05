import pytest

from server import session_table
from server.session_table import SessionTable


def test_ids_and_secrets_differ_and_secrets_find_their_session() -> None:
    table = SessionTable(30.0)
    sessions = [table.open("ada", 0.0, idle=False) for _ in range(50)]
    assert len({one.id for one in sessions} | {one.resume for one in sessions}) == 100
    assert table.resumed(sessions[7].resume) is sessions[7]
    assert table.resumed("ü") is None
    assert table.resumed("\ud800") is None
    assert table.find(sessions[3].id) is sessions[3]
    table.end(sessions[3])
    assert table.find(sessions[3].id) is None
    assert table.resumed(sessions[3].resume) is None


def test_no_id_is_taken_for_an_option_on_a_command_line() -> None:
    table = SessionTable(30.0)
    sessions = [table.open("ada", 0.0, idle=False) for _ in range(1000)]
    assert not [one.id for one in sessions if one.id.startswith("-")]


def test_a_session_that_ended_goes_on_under_its_id_by_its_secret() -> None:
    table = SessionTable(30.0)
    first = table.open("ada", 0.0, idle=False)
    table.end(first)
    again = table.open("ada", 9.0, idle=False, resume=first.resume)
    assert (again.id, again.resume) == (first.id, first.resume)
    assert table.resumed(first.resume) is again


def test_no_session_takes_anothers_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_table, "session_id", lambda resume: resume[:1])
    table = SessionTable(30.0)
    first = table.open("ada", 0.0, idle=False, resume="!one")
    second = table.open("bea", 0.0, idle=False, resume="!two")
    assert table.find("!") is first
    assert table.find(second.id) is second
    assert table.resumed("!two") is None


def test_a_session_is_abandoned_when_its_performer_stays_away() -> None:
    table = SessionTable(30.0)
    kept, lost = table.open("ada", 0.0, idle=False), table.open("ada", 0.0, idle=False)
    lost.cut_off = 100.0
    assert table.abandoned(129.9) == []
    assert table.abandoned(130.0) == [lost]
    assert kept in table.of_character("ada")
