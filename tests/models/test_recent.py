"""What was asked for lately is kept, and what was not is forgotten."""

from models.recent import Recent


def test_a_value_is_made_once_while_it_is_kept() -> None:
    made: list[int] = []
    recent: Recent[str, int] = Recent(2)
    for _ in range(3):
        assert recent.get("one", "a", lambda: made.append(1) or 7) == 7  # type: ignore[func-returns-value]
    assert made == [1]


def test_the_one_that_was_not_asked_for_longest_leaves() -> None:
    recent: Recent[str, str] = Recent(2)
    for key in "abac":
        recent.get("one", key, lambda key=key: f"first {key}")  # type: ignore[misc]
    assert [recent.get("one", key, lambda: "again") for key in "ac"] == ["first a", "first c"]
    assert recent.get("one", "b", lambda: "again") == "again"


def test_an_owner_is_forgotten_and_others_are_not() -> None:
    recent: Recent[str, str] = Recent(4)
    for owner in ("one", "other"):
        recent.get(owner, "a", lambda: "first")
    recent.forget("one")
    recent.forget("nobody")
    assert [recent.get(owner, "a", lambda: "again") for owner in ("one", "other")] == ["again", "first"]
