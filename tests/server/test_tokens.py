import secrets

import pytest

from server.tokens import is_resume, new_resume, new_token, same, session_id


def test_what_is_made_is_never_taken_for_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-abc", "--de", "fg-h"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: next(drawn))
    assert new_token(3) == "fg-h"


def test_an_id_follows_from_its_secret_and_is_never_taken_for_an_option() -> None:
    made = [new_resume() for _ in range(1000)]
    ids = [session_id(one) for one in made]
    assert ids == [session_id(one) for one in made]
    assert len(set(ids)) == 1000
    assert {len(one) for one in ids} == {12}
    assert not [one for one in ids if one.startswith("-")]


@pytest.mark.parametrize(
    "text", ["", "guess", 31 * "a", 33 * "a", 31 * "a" + "/", 31 * "a" + "\u00e9", 32 * "a" + "\n"]
)
def test_a_secret_is_known_by_its_form(text: str) -> None:
    assert is_resume(new_resume())
    assert not is_resume(text)


@pytest.mark.parametrize("text", ["", "secret", "\u00e9", "\ud800", "\udcff"])
def test_any_text_is_the_same_as_itself_and_as_no_other(text: str) -> None:
    assert same(text, text)
    assert not same(text, text + "\ud800")
    assert not same(text, "other")
