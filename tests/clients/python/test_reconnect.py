import pytest

from bunraku_client.errors import Bye, ConnectionLost, EndError, ServerError, UnreachableError
from bunraku_client.reconnect import NEVER, Reconnect

RULE = Reconnect(attempts=6, first_seconds=1.0, most_seconds=8.0)


def test_the_wait_doubles_up_to_the_most() -> None:
    cut = ConnectionLost("cut", close_code=1006)
    assert [RULE.delay(cut, attempt, lambda: 0.999999) for attempt in range(5)] == pytest.approx(
        [1, 2, 4, 8, 8], rel=1e-5
    )


def test_jitter_takes_away_at_most_half() -> None:
    assert RULE.delay(ConnectionLost("cut", close_code=1006), 2, lambda: 0.0) == 2.0


def test_it_gives_up_after_so_many_attempts() -> None:
    cut = ConnectionLost("cut", close_code=1006)
    assert RULE.delay(cut, 5, lambda: 0.5) is not None
    assert RULE.delay(cut, 6, lambda: 0.5) is None
    assert NEVER.delay(cut, 0, lambda: 0.5) is None


@pytest.mark.parametrize("code", [1000, 1009, 4000, 4001, 4003, 4004, 4010, 4029])
def test_a_final_close_code_is_final(code: int) -> None:
    assert RULE.delay(ConnectionLost("no", close_code=code), 0, lambda: 0.5) is None


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 4008, 4013])
def test_a_passing_trouble_is_worth_another_try(code: int) -> None:
    assert RULE.delay(ConnectionLost("cut", close_code=code), 0, lambda: 0.5) is not None


def test_an_address_that_does_not_answer_is_tried_again() -> None:
    assert RULE.delay(UnreachableError("gone"), 0, lambda: 0.5) is not None


def test_the_wait_that_the_server_asks_for_is_kept() -> None:
    full = ServerError("full", "Full.", 5.0, close_code=4013)
    assert RULE.delay(full, 0, lambda: 0.0) == 5.0
    assert RULE.delay(full, 0, lambda: 0.5) == 5.5


@pytest.mark.parametrize(
    ("end", "waits"),
    [
        (ConnectionLost("moved", close_code=1001, bye=Bye("moved", True, 0.0, "other:1")), True),
        (ConnectionLost("draining", close_code=1001, bye=Bye("draining", False)), False),
        (ServerError("no_session", "Gone.", close_code=4004), False),
        (ServerError("silent", "Silent.", close_code=4008), True),
    ],
)
def test_a_bye_decides_and_an_error_goes_by_its_close_code(end: EndError, waits: bool) -> None:
    assert (RULE.delay(end, 0, lambda: 0.5) is not None) is waits


def test_who_watched_waits_for_a_session_that_is_not_there() -> None:
    gone = ServerError("no_session", "Gone.", close_code=4004)
    assert RULE.delay(gone, 5, lambda: 0.5, watching=True) is not None
    assert RULE.delay(gone, 6, lambda: 0.5, watching=True) is None
    assert RULE.delay(ConnectionLost("no", close_code=4001), 0, lambda: 0.5, watching=True) is None
