"""How the losses fell and the likeness rose: a few hundred points, however long the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_POINTS = 400


class History:
    """losses: (step, face, body), each the mean since the point before. psnr: (step, decibels)."""

    def __init__(self) -> None:
        self.losses: list[tuple[int, float, float]] = []
        self.psnr: list[tuple[int, float]] = []
        self._share = 1  # steps in one point
        self._open: list[tuple[float, float]] = []

    def learnt(self, step: int, face: float, body: float) -> None:
        """Note the losses of one more step."""
        self._open.append((face, body))
        if len(self._open) < self._share:
            return
        faces, bodies = zip(*self._open, strict=True)
        self.losses.append((step, _mean(faces), _mean(bodies)))
        self._open = []
        if len(self.losses) >= 2 * _POINTS:
            self._thin()

    def measured(self, step: int, psnr: float) -> None:
        """Note a likeness; of one step only the newest is kept."""
        self.psnr = [point for point in self.psnr if point[0] < step] + [(step, psnr)]

    def state(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"losses": self.losses, "psnr": self.psnr, "share": self._share, "open": self._open}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self.losses, self.psnr = list(state["losses"]), list(state["psnr"])
        self._share, self._open = state["share"], list(state["open"])

    def _thin(self) -> None:
        pairs = zip(self.losses[::2], self.losses[1::2], strict=True)
        self.losses = [(two[0], (one[1] + two[1]) / 2, (one[2] + two[2]) / 2) for one, two in pairs]
        self._share *= 2


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
