from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from models.team import Team
from models.training.feed import Batch, Feed, Order
from models.training.triples import Triple


class Refusing:
    """Examples of which one cannot be read."""

    checksum = 0

    def __init__(self, good: Any) -> None:
        self._good = good

    def __len__(self) -> int:
        return 4

    def __getitem__(self, number: int) -> Triple:
        if number == 2:
            raise ValueError("Example 2 is damaged.")
        example: Triple = self._good[number]
        return example


class Member(Team):
    """One of two."""

    size = 2

    def __init__(self, rank: int) -> None:
        self.rank = rank


def feed(triples: Any, team: Team | None = None, batch: int = 2) -> Feed:
    return Feed(triples, 0, batch, team or Team(), 1)


def same(one: Batch, other: Batch) -> bool:
    return torch.equal(one.posed, other.posed) and torch.equal(one.poses, other.poses)


def test_every_example_comes_once_before_any_comes_twice() -> None:
    order = Order(5, seed=3)
    assert Counter(order.at(0, 15)) == dict.fromkeys(range(5), 3)
    assert sorted(order.at(5, 5)) == list(range(5))
    assert order.at(0, 5) != order.at(5, 5)


def test_the_order_follows_from_the_seed_and_the_position_alone() -> None:
    assert Order(7, 1).at(3, 9) == Order(7, 1).at(0, 12)[3:]
    assert Order(7, 1).at(0, 7) != Order(7, 2).at(0, 7)


def test_a_step_shows_the_same_whenever_it_is_asked_for(triples: Any) -> None:
    one, other = feed(triples), feed(triples)
    seen = [one.at(step) for step in range(4)]
    assert same(other.at(3), seen[3])
    assert same(other.at(1), seen[1])
    assert seen[0].rest.shape == (2, 4, 8, 8)
    assert seen[0].poses.shape == (2, 45)


def test_processes_share_a_batch_without_overlap(triples: Any) -> None:
    whole = feed(triples, batch=4).at(1)
    parts: Sequence[Batch] = [feed(triples, Member(rank), batch=4).at(1) for rank in (0, 1)]
    assert torch.equal(torch.cat([part.posed for part in parts]), whole.posed)


def test_an_example_that_cannot_be_read_is_said_as_it_is(triples: Any) -> None:
    one = feed(Refusing(triples), batch=4)
    with pytest.raises(ValueError, match=r"^Example 2 is damaged\.$"):
        one.at(0)
    one.close()
