from typing import Any

import pytest

from server.conversation import STRIKES, Conversation, Limits
from server.protocol import Hello, Ping, ProtocolError
from server.wire import JsonEncoding

ENCODING = JsonEncoding()
HELLO = ENCODING.encode({"type": "hello", "role": "watch", "session": "s"})
PING = ENCODING.encode({"type": "ping"})


def conversation(**limits: Any) -> Conversation:
    return Conversation(ENCODING, Limits(**limits), now=100.0)


def greeted(role: str = "perform", **limits: Any) -> Conversation:
    talk = conversation(**limits)
    talk.receive(HELLO, 100.0)
    talk.role = role
    return talk


def error_of(talk: Conversation, raw: str | bytes, now: float = 100.0) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        talk.receive(raw, now)
    return caught.value


def test_hello_comes_first() -> None:
    talk = conversation()
    error = error_of(talk, PING)
    assert (error.code, error.close) == ("not_allowed", None)
    assert isinstance(talk.receive(HELLO, 100.0), Hello)


def test_hello_comes_once() -> None:
    assert error_of(greeted(), HELLO).code == "not_allowed"


def test_a_watcher_may_not_pose() -> None:
    pose = ENCODING.encode({"type": "pose", "seq": 1, "values": {}})
    assert error_of(greeted("watch"), pose).code == "not_allowed"
    assert greeted("perform").receive(pose, 100.0)


def test_the_twentieth_mistake_in_a_row_closes() -> None:
    talk = greeted()
    errors = [error_of(talk, "garbage") for _ in range(STRIKES)]
    assert [error.close for error in errors[:-1]] == [None] * (STRIKES - 1)
    assert errors[-1].close == 4000


def test_a_message_that_took_effect_wipes_the_slate() -> None:
    talk = greeted()
    for _ in range(STRIKES - 1):
        error_of(talk, "garbage")
    talk.receive(PING, 100.0)
    talk.accepted()
    assert error_of(talk, "garbage").close is None


def test_mistakes_found_later_count_too() -> None:
    talk = greeted()
    for _ in range(STRIKES - 1):
        talk.mistake(ProtocolError("bad_pose", "No."))
    assert talk.mistake(ProtocolError("bad_pose", "No.")).close == 4000


def test_more_messages_than_allowed_close_with_4029() -> None:
    talk = greeted(messages_per_second=10)
    for _ in range(9):
        talk.receive(PING, 100.0)
    error = error_of(talk, PING)
    assert (error.code, error.close) == ("too_many_messages", 4029)


def test_a_steady_client_at_the_limit_is_never_refused() -> None:
    talk = greeted(messages_per_second=10)
    for tick in range(1000):
        assert isinstance(talk.receive(PING, 100.0 + tick / 10), Ping)


def test_who_says_no_hello_is_overdue_after_ten_seconds_however_chatty() -> None:
    talk = conversation()
    error_of(talk, PING, now=109.0)
    assert talk.deadline == 110.0
    assert (talk.overdue().code, talk.overdue().close) == ("no_hello", 4008)


def test_a_silent_client_is_overdue_after_two_heartbeats() -> None:
    talk = greeted(heartbeat_seconds=5.0)
    talk.receive(PING, 103.0)
    assert talk.deadline == 113.0
    assert talk.overdue().close == 4008
