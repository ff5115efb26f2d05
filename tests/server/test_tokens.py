import pytest

from server.tokens import same


@pytest.mark.parametrize("text", ["", "secret", "\u00e9", "\ud800", "\udcff"])
def test_any_text_is_the_same_as_itself_and_as_no_other(text: str) -> None:
    assert same(text, text)
    assert not same(text, text + "\ud800")
    assert not same(text, "other")
