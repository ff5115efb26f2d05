"""The bank keeps each character's tensors in a slot, and uses slots again."""

import pytest
import torch

from models.bank import Bank


def bank(count: int) -> Bank:
    kept = Bank(torch.device("cpu"))
    for number in range(count):
        kept.put(str(number), {"a": torch.full((2,), float(number)), "b": torch.full((1, 3), -float(number))})
    return kept


def test_a_batch_may_mix_characters_and_name_one_twice() -> None:
    taken = bank(5).take(["3", "0", "3"])
    assert taken["a"].tolist() == [[3, 3], [0, 0], [3, 3]]
    assert taken["b"].shape == (3, 1, 3)


def test_only_the_names_asked_for_are_taken() -> None:
    assert list(bank(1).take(["0"], ["b"])) == ["b"]


def test_the_bytes_of_a_character_are_told() -> None:
    assert bank(0).put("x", {"a": torch.zeros(2), "b": torch.zeros(1, 3)}) == 20


def test_putting_again_replaces() -> None:
    kept = bank(2)
    kept.put("0", {"a": torch.full((2,), 9.0), "b": torch.zeros(1, 3)})
    assert kept.take(["0", "1"])["a"].tolist() == [[9, 9], [1, 1]]


def test_a_slot_given_up_is_used_again() -> None:
    kept = bank(4)
    room = kept.slots
    kept.drop("1")
    kept.drop("unknown")
    kept.put("new", {"a": torch.full((2,), 7.0), "b": torch.zeros(1, 3)})
    assert kept.slots == room == 4
    assert kept.take(["0", "new", "2", "3"])["a"][:, 0].tolist() == [0, 7, 2, 3]


def test_a_character_that_is_not_there_is_a_key_error() -> None:
    kept = bank(2)
    kept.drop("1")
    with pytest.raises(KeyError):
        kept.take(["0", "1"])


def test_what_is_taken_is_a_copy() -> None:
    kept = bank(1)
    kept.take(["0"])["a"].fill_(5)
    assert kept.take(["0"])["a"].tolist() == [[0, 0]]
