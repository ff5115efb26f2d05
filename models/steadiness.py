"""How steady a smoothed face is: what is left of a head's trembling, how deep and how late blinks come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Channel = NDArray[np.floating]

_STILL_SECONDS = 0.5
_STILL_SPREAD = 0.06
_CLOSED = 0.9
_BLINK_SECONDS = 0.2


def trembling(raw: Channel, shown: Channel, fps: float) -> float:
    """The share of a parameter's trembling that smoothing leaves; NaN where it never keeps still, or wholly.

    The standard deviations of the second differences of both (n,) are compared, where the raw one stays
    within 0.06 for half a second: a little over one degree, for those of a head.
    """
    reach = max(1, round(_STILL_SECONDS * fps / 2))
    spread = np.array([np.ptp(raw[max(0, k - reach) : k + reach + 1]) for k in range(len(raw))])
    still = (spread <= _STILL_SPREAD)[1:-1]
    if still.sum() < 2 * reach:
        return float("nan")
    before, after = (np.diff(channel, n=2)[still].std() for channel in (raw, shown))
    return float(after / before) if before > 0 else float("nan")


@dataclass(frozen=True)
class Blink:
    """One blink: the share of its depth that is shown, and the seconds from 90% of it to 90% shown."""

    depth: float
    late: float


def blinks(raw: Channel, shown: Channel, times: Channel) -> list[Blink]:
    """The blinks of a lid (n,) that closes to nine tenths or more, `times` in seconds.

    What is shown within 0.2 s of the raw lid's closing counts; `late` is infinite where that falls short.
    """
    closed = raw >= _CLOSED
    begun = np.flatnonzero(closed[1:] & ~closed[:-1]) + 1
    return [_blink(raw, shown, times, int(first)) for first in begun]


def _blink(raw: Channel, shown: Channel, times: Channel, first: int) -> Blink:
    after = slice(first, int(np.searchsorted(times, times[first] + _BLINK_SECONDS, side="right")))
    peak = raw[after].max()
    reached = np.flatnonzero(shown[after] >= _CLOSED * peak)
    late = float(times[first + reached[0]] - times[first]) if len(reached) else float("inf")
    return Blink(float(shown[after].max() / peak), late)
