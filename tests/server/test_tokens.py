import secrets

import pytest

from server.tokens import new_token, same


def test_what_is_made_is_never_taken_for_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-abc", "--de", "fg-h"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: next(drawn))
    assert new_token(3) == "fg-h"


@pytest.mark.parametrize("text", ["", "secret", "\u00e9", "\ud800", "\udcff"])
def test_any_text_is_the_same_as_itself_and_as_no_other(text: str) -> None:
    assert same(text, text)
    assert not same(text, text + "\ud800")
    assert not same(text, "other")
