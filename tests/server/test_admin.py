import pytest
from multidict import CIMultiDict

from server.admin import is_loopback, is_own
from server.settings import Settings

AT_HOME = {"Host": "127.0.0.1:8765"}


HERE = Settings()


def own(
    headers: dict[str, str] | None = None, peer: str | None = "127.0.0.1", settings: Settings = HERE
) -> bool:
    return is_own(settings, peer, CIMultiDict(AT_HOME | (headers or {})))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:8765"},
        {"Host": "[::1]:8765"},
        {"Origin": "http://127.0.0.1:8765", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_this_machine_s_user_is_admin_of_a_server_for_this_machine(headers: dict[str, str]) -> None:
    assert own(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "rebound.example:8765"},
        {"Host": "[::1"},
        {"Host": ""},
        {"X-Forwarded-For": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
    ],
)
def test_other_sites_foreign_names_and_proxies_are_not_its_user(headers: dict[str, str]) -> None:
    assert not own(headers)


def test_who_comes_from_elsewhere_is_not_its_user() -> None:
    assert not own(peer="192.168.1.7")
    assert not own(peer=None)


def test_where_there_are_tokens_they_decide() -> None:
    assert not own(settings=Settings(admin_tokens=("t",)))
    assert not own(settings=Settings(performer_tokens=("t",)))
    assert not own(settings=Settings(watcher_tokens=("t",)))


def test_a_server_on_the_network_has_no_user_of_its_own() -> None:
    assert not own(settings=Settings(host="0.0.0.0"))
    assert not own(settings=Settings(host="192.168.1.5"))


def test_loopback_is_an_address_or_the_one_name() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.9.9.9", "::1")] == [True] * 3
    assert [is_loopback(host) for host in ("", "0.0.0.0", "localhost.example", "10.0.0.1")] == [False] * 4
