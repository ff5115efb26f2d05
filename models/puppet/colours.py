"""Colours as #rrggbb, mixed in Oklab so that steps look even."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def mix(first: str, second: str, share: float) -> str:
    """The colour that lies `share` (0 to 1) of the way from the first to the second."""
    return _to_hex((1 - share) * _to_lab(first) + share * _to_lab(second))


def darker(colour: str, amount: float, towards: float = -0.3) -> str:
    """A shadow of a colour: less light by `amount` (0 to 1), and a little cooler.

    `towards` says how far its blue-yellow axis moves, in shares of the amount.
    """
    light, a, b = _to_lab(colour)
    return _to_hex(np.array([light * (1 - amount), a + 0.06 * amount, b + 0.2 * towards * amount]))


def lighter(colour: str, amount: float) -> str:
    """The colour moved towards white by `amount` (0 to 1)."""
    return mix(colour, "#ffffff", amount)


def vivid(colour: str, factor: float) -> str:
    """The colour with its chroma multiplied by `factor`."""
    light, a, b = _to_lab(colour)
    return _to_hex(np.array([light, a * factor, b * factor]))


def of_hue(degrees: float, light: float, strength: float) -> str:
    """A colour by its hue, its lightness (0 to 1) and its chroma (0 to about 0.3), cut to what sRGB holds."""
    angle = np.radians(degrees)
    return _to_hex(np.array([light, strength * np.cos(angle), strength * np.sin(angle)]))


def chroma(colour: str) -> float:
    """How far a colour is from grey: 0 to about 0.3."""
    return float(np.hypot(*_to_lab(colour)[1:]))


def warmth(colour: str) -> float:
    """0 for greens and blues, 1 for reds, even between: by the share of red in the hue."""
    _, a, b = _to_lab(colour)
    return float(0.5 + 0.5 * np.tanh(4 * (a + 0.4 * b) / max(float(np.hypot(a, b)), 1e-6)))


def _to_lab(colour: str) -> NDArray[np.float64]:
    srgb = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(_LAB @ np.cbrt(_LMS @ light))


def _to_hex(lab: NDArray[np.float64]) -> str:
    light = np.clip(np.linalg.solve(_LMS, np.linalg.solve(_LAB, lab) ** 3), 0, 1)
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return "#" + bytes(np.rint(srgb * 255).astype(np.uint8).tolist()).hex()
