"""The eyelids: two lines of seven points from the inner corner to the outer, blended by the pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.puppet.description import Eyes
from models.puppet.expression import EYE, EyeState

Array = NDArray[np.float64]

# The eye's middle: outward from the middle of the face, and down the picture.
CENTRE = (23.2, 148.0)

_OPEN = [(-13, 5.0), (-11.6, -2.5), (-7.5, -8.6), (-0.5, -11.8), (7.5, -10.4), (13, -5.5), (15.6, 1.0)]
_LOWER = [(-13, 5.0), (-10.6, 8.6), (-6, 11.2), (0, 12.2), (6, 11.2), (11.4, 7.6), (15.6, 1.0)]
_CLOSED = [(-13.4, 4.6), (-10.5, 7.0), (-6, 8.7), (0, 9.2), (6, 8.3), (11, 6.2), (15.8, 2.4)]
_SMILING = [(-13.8, 7.6), (-10.6, 3.0), (-6.2, -0.4), (0, -1.9), (6.4, -0.6), (11.4, 3.0), (15.4, 7.8)]
_SOFT = [(-13.2, 5.6), (-10.5, 8.2), (-6, 10.2), (0, 11.0), (6, 10.2), (11.2, 7.4), (15.6, 3.0)]
_WIDE = [(-13.2, 5.0), (-12.4, -5.0), (-8.4, -12.6), (-0.8, -16.2), (7.8, -14.6), (14, -8.6), (16, 0.4)]
_WIDE_LOWER = [(-13.2, 5.0), (-11.2, 10.0), (-6.4, 13.2), (0, 14.4), (6.4, 13.2), (12.2, 8.8), (16, 0.4)]
_FLAT = [(-13.2, 3.2), (-11.4, -0.4), (-7, -1.6), (0, -1.9), (7, -2.0), (12.6, -1.9), (15.8, 0.6)]
_RAISED = [(-13, 5.0), (-10.2, 6.2), (-6, 6.0), (0, 5.4), (6, 5.2), (11.2, 4.6), (15.6, 1.0)]

# What each share of the pose makes of the upper and the lower lid; None leaves a lid as it is.
_TARGETS: dict[str, tuple[list[tuple[float, float]] | None, list[tuple[float, float]] | None]] = {
    "wink": (_CLOSED, _CLOSED),
    "happy_wink": (_SMILING, _SMILING),
    "surprised": (_WIDE, _WIDE_LOWER),
    "relaxed": (_SOFT, _SOFT),
    "unimpressed": (_FLAT, None),
    "raised_lower_eyelid": (None, _RAISED),
}
_CLOSING = ("wink", "happy_wink", "relaxed")


@dataclass(frozen=True)
class Lids:
    """Both lids, (7, 2) each, outward and down from the eye's middle; `opening` is 1 at rest, 0 shut."""

    upper: Array
    lower: Array
    opening: float


def lids_of(eyes: Eyes, state: EyeState) -> Lids:
    """The lids that a pose asks for; the upper one never passes below the lower."""
    shares = dict(zip(EYE, state.shares, strict=True))
    # Several ways of shutting an eye do not shut it more than once.
    total = sum(shares[name] for name in _CLOSING)
    if total > 1:
        shares |= {name: shares[name] / total for name in _CLOSING}
    shut = min(total, 1.0)
    for name in ("surprised", "unimpressed", "raised_lower_eyelid"):
        shares[name] *= 1 - shut
    upper, lower = np.array(_OPEN, np.float64), np.array(_LOWER, np.float64)
    upper, lower = _blended(upper, shares, 0), _blended(lower, shares, 1)
    upper, lower = _fitted(upper, eyes), _fitted(lower, eyes)
    upper[:, 1] = np.minimum(upper[:, 1], lower[:, 1])
    return Lids(upper, lower, float((lower[3, 1] - upper[3, 1]) / (24.0 * eyes.height)))


def _blended(rest: Array, shares: dict[str, float], which: int) -> Array:
    result = rest.copy()
    for name, share in shares.items():
        target = _TARGETS[name][which]
        if target is not None:
            result += share * (np.array(target) - rest)
    return result


def _fitted(line: Array, eyes: Eyes) -> Array:
    lifted = line * (0.95 * eyes.width, eyes.height)
    lifted[:, 1] -= eyes.tilt * line[:, 0] * 0.12
    return lifted
