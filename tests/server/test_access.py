import pytest

from server.access import Access
from server.protocol import ProtocolError

GUARDED = Access(performers=("p",), watchers=("w",), admins=("a",), origins=("https://game.example",))


def admitted(access: Access, role: str, token: str | None) -> bool:
    try:
        access.check_role(role, token)
    except ProtocolError as error:
        assert error.close == 4001
        return False
    return True


def test_without_tokens_anybody_may_perform_and_watch_but_nobody_is_admin() -> None:
    access = Access()
    assert admitted(access, "perform", None)
    assert admitted(access, "watch", "anything")
    assert not access.admits_admin(None)
    assert not access.admits_admin("")


@pytest.mark.parametrize(
    ("token", "performs", "watches", "admin"),
    [
        ("p", True, True, False),
        ("w", False, True, False),
        ("a", True, True, True),
        ("x", False, False, False),
        ("é", False, False, False),
        ("\ud800", False, False, False),
        ("\udcff", False, False, False),
        (None, False, False, False),
    ],
)
def test_each_token_opens_its_own_doors(
    token: str | None, performs: bool, watches: bool, admin: bool
) -> None:
    assert admitted(GUARDED, "perform", token) == performs
    assert admitted(GUARDED, "watch", token) == watches
    assert GUARDED.admits_admin(token) == admin


def test_performers_may_be_guarded_while_anybody_watches() -> None:
    access = Access(performers=("p",))
    assert not admitted(access, "perform", None)
    assert admitted(access, "watch", None)


@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        (None, True),
        ("http://localhost:8765", True),
        ("http://LOCALHOST:8765", True),
        ("https://game.example", True),
        ("https://evil.example", False),
        ("http://localhost:9999", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_pages_of_this_server_and_allowed_origins_may_connect(origin: str | None, admitted: bool) -> None:
    assert GUARDED.admits_origin(origin, "localhost:8765") == admitted


def test_a_star_allows_every_origin() -> None:
    assert Access(origins=("*",)).admits_origin("https://evil.example", "localhost")


def test_its_tokens_are_not_shown_with_it() -> None:
    shown = repr(Access(performers=("hush",), watchers=("hush",), admins=("hush",)))
    assert "hush" not in shown
