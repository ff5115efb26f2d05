"""The five vowels as ARKit's shapes, for trackers and voices that know vowels only."""

from collections.abc import Mapping

VOWELS: Mapping[str, Mapping[str, float]] = {
    "a": {"jawOpen": 0.7},
    "i": {"jawOpen": 0.1, "mouthStretchLeft": 0.7, "mouthStretchRight": 0.7},
    "u": {"jawOpen": 0.1, "mouthPucker": 0.8},
    "e": {"jawOpen": 0.4, "mouthStretchLeft": 0.6, "mouthStretchRight": 0.6},
    "o": {"jawOpen": 0.5, "mouthFunnel": 0.7},
}
