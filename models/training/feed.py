"""Which examples a step shows, and their pictures, read ahead of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from models.team import Team
from models.training.triples import Triple, Triples

_AHEAD = 2


@dataclass(frozen=True, eq=False)
class Batch:
    """Examples: pictures at rest (N, 4, s, s), poses (N, 45), posed pictures (N, 4, s, s), float32."""

    rest: torch.Tensor
    poses: torch.Tensor
    posed: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(self.rest.to(device), self.poses.to(device), self.posed.to(device))


@dataclass(frozen=True)
class Order:
    """Examples in an order drawn by lot, a new one each time that all have been shown.

    It follows from the seed alone, so a run that is resumed needs only its step.
    """

    count: int
    seed: int

    def at(self, start: int, count: int) -> list[int]:
        """The numbers of the examples shown at positions `start` and following."""
        places = (divmod(position, self.count) for position in range(start, start + count))
        return [int(_shuffled(self.count, self.seed, turn)[place]) for turn, place in places]


class Feed:
    """The part of every batch that one process sees, read by threads two batches ahead."""

    def __init__(self, triples: Triples, seed: int, batch: int, team: Team, threads: int) -> None:
        self._triples, self._order = triples, Order(len(triples), seed)
        self._batch, self._share = batch, team.share(batch)
        self._pool = ThreadPoolExecutor(threads, "feed")
        self._coming: deque[tuple[int, list[Future[Triple]]]] = deque()

    def at(self, step: int) -> Batch:
        """What is shown in a step. Raises what reading an example raises."""
        if self._coming and self._coming[0][0] != step:
            self._coming.clear()
        while len(self._coming) <= _AHEAD:
            later = step + len(self._coming)
            numbers = self._order.at(later * self._batch, self._batch)[self._share]
            self._coming.append((later, [self._pool.submit(self._triples.__getitem__, n) for n in numbers]))
        return batched([one.result() for one in self._coming.popleft()[1]])

    def close(self) -> None:
        """Stop reading ahead."""
        self._pool.shutdown(cancel_futures=True)


def batched(triples: Sequence[Triple]) -> Batch:
    """Examples as one batch."""
    return Batch(
        torch.stack([one.rest for one in triples]),
        torch.from_numpy(np.stack([one.pose for one in triples])),
        torch.stack([one.posed for one in triples]),
    )


@lru_cache(2)
def _shuffled(count: int, seed: int, turn: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, turn)).permutation(count)
