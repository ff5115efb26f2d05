"""From a voice to a mouth: causal, one look every 16 ms, each 32 ms of sound and nothing later.

Loudness opens the mouth; which vowel it shapes is told by the first two formants, the resonances of the
mouth, found by linear prediction (Markel and Gray, Linear Prediction of Speech, 1976).
"""

import math

import numpy as np
from numpy.typing import NDArray

from bunraku_client.mocap.tracked import Tracked
from bunraku_client.mocap.vowels import VOWELS

RATE = 16000
HOP = 256
WINDOW = 512
_ORDER = 14
_SILENT_DB, _LOUD_DB = -50.0, -22.0
_PREEMPHASIS = 0.97
_OPENS, _CLOSES = 0.6, 0.35
# Middle values of the five vowels between grown men's and women's, in Hz.
_FORMANTS = {"a": (800, 1300), "i": (300, 2500), "u": (330, 950), "e": (480, 2050), "o": (500, 850)}
_WIDTH = 0.22
_LOWEST_HZ, _HIGHEST_HZ, _BROADEST_HZ = 200.0, 3400.0, 500.0
# What a mouth of no certain vowel does while there is a voice.
_UNSURE = {"jawOpen": 0.35}

Samples = NDArray[np.float32]


class Voice:
    """The mouth of one voice; feed it `HOP` samples (mono, `RATE` Hz, -1..1) at a time."""

    def __init__(self) -> None:
        self._window = np.zeros(WINDOW, np.float32)
        self._mouth = dict.fromkeys({name for shapes in VOWELS.values() for name in shapes}, 0.0)

    def hear(self, samples: Samples) -> Tracked:
        """The mouth after `HOP` more samples; `head` and eyes are left unsaid."""
        self._window = np.concatenate([self._window[HOP:], samples])
        aim = mouth(self._window)
        for name, now in self._mouth.items():
            share = _OPENS if aim.get(name, 0.0) > now else _CLOSES
            self._mouth[name] = now + share * (aim.get(name, 0.0) - now)
        return Tracked({name: round(value, 4) for name, value in self._mouth.items()})


def mouth(window: Samples) -> dict[str, float]:
    """ARKit's mouth shapes of one window of sound; all 0 in silence."""
    loud = loudness(window)
    if loud == 0:
        return {}
    found = formants(window)
    weights = {} if found is None else vowels(*found)
    shapes = {} if weights else dict(_UNSURE)
    for vowel, weight in weights.items():
        for name, share in VOWELS[vowel].items():
            shapes[name] = shapes.get(name, 0.0) + weight * share
    return {name: loud * value for name, value in shapes.items()}


def loudness(window: Samples) -> float:
    """0 at -50 dB of full scale and below, 1 at -22 dB and above, even between."""
    power = float(np.mean(np.square(window, dtype=np.float64)))
    decibels = 10 * math.log10(max(power, 1e-12))
    return min(1.0, max(0.0, (decibels - _SILENT_DB) / (_LOUD_DB - _SILENT_DB)))


def vowels(first: float, second: float) -> dict[str, float]:
    """The weights of the five vowels, together 1, of two formants in Hz; none where no vowel is near."""
    near = {
        vowel: math.exp(-(math.log(first / f1) ** 2 + math.log(second / f2) ** 2) / (2 * _WIDTH**2))
        for vowel, (f1, f2) in _FORMANTS.items()
    }
    total = sum(near.values())
    return {vowel: value / total for vowel, value in near.items()} if total > 0.05 else {}


def formants(window: Samples) -> tuple[float, float] | None:
    """The first two resonances in Hz, None where two are not found."""
    risen = np.append(window[0], window[1:] - _PREEMPHASIS * window[:-1]).astype(np.float64)
    coefficients = _prediction(risen * np.hamming(len(risen)))
    roots = np.roots(coefficients)
    roots = roots[roots.imag > 0]
    hertz = np.angle(roots) * RATE / (2 * np.pi)
    breadth = -np.log(np.maximum(np.abs(roots), 1e-9)) * RATE / np.pi
    clear = np.sort(hertz[(hertz > _LOWEST_HZ) & (hertz < _HIGHEST_HZ) & (breadth < _BROADEST_HZ)])
    return None if len(clear) < 2 else (float(clear[0]), float(clear[1]))


def _prediction(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """1, a1..an of linear prediction, by Levinson and Durbin."""
    lags = np.array([signal[: len(signal) - lag] @ signal[lag:] for lag in range(_ORDER + 1)])
    lags[0] = lags[0] * (1 + 1e-6) + 1e-12
    predictor, error = np.array([1.0]), lags[0]
    for order in range(1, _ORDER + 1):
        reflection = -(predictor @ lags[order:0:-1]) / error
        longer = np.append(predictor, 0.0)
        predictor = longer + reflection * longer[::-1]
        error *= 1 - reflection**2
    return predictor
