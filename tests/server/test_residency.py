from server.residency import Residency


def test_the_least_recently_used_leaves() -> None:
    residency = Residency(limit=30)
    for character in "abc":
        assert residency.entered(character, 10, ()) == []
    residency.used("a")
    assert residency.entered("d", 10, ()) == ["b"]
    assert "b" not in residency
    assert residency.bytes == 30


def test_what_is_shown_stays_even_over_the_limit() -> None:
    residency = Residency(limit=15)
    residency.entered("a", 10, {"a"})
    assert residency.entered("b", 10, {"a"}) == []
    assert (len(residency), residency.bytes) == (2, 20)


def test_as_many_leave_as_are_needed() -> None:
    residency = Residency(limit=30)
    for character in "abc":
        residency.entered(character, 10, ())
    assert residency.entered("d", 25, ()) == ["a", "b", "c"]


def test_a_character_that_comes_again_is_counted_once() -> None:
    residency = Residency(limit=30)
    residency.entered("a", 10, ())
    residency.entered("a", 12, ())
    assert (len(residency), residency.bytes) == (1, 12)


def test_a_character_that_left_takes_no_room() -> None:
    residency = Residency(limit=10)
    residency.entered("a", 10, ())
    residency.left("a")
    residency.left("a")
    assert residency.entered("b", 10, ()) == []
