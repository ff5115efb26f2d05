"""What was asked for lately is kept, and what was not is forgotten."""

from models.native.recent import Recent


def test_a_value_is_made_once_while_it_is_kept() -> None:
    made: list[int] = []
    recent: Recent[str, int] = Recent(2)
    for _ in range(3):
        assert recent.get("a", lambda: made.append(1) or 7) == 7  # type: ignore[func-returns-value]
    assert made == [1]


def test_the_one_that_was_not_asked_for_longest_leaves() -> None:
    recent: Recent[str, str] = Recent(2)
    for key in "abac":
        recent.get(key, lambda key=key: f"first {key}")  # type: ignore[misc]
    assert [recent.get(key, lambda: "again") for key in "ac"] == ["first a", "first c"]
    assert recent.get("b", lambda: "again") == "again"
