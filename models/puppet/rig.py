"""The rig: how each layer moves when the head turns and the body sways, in two and a half dimensions.

A layer is a sheet with a smooth depth; a move says how far each of its points goes. Points are (x, y) in
picture units, x from the picture's middle, y from its top; depth comes towards the viewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.pose import INDEX, Pose

Array = NDArray[np.float64]

# What a parameter of 1 means: degrees of turning, and units of rising.
_YAW, _PITCH, _ROLL = 21.0, 16.0, 14.0
_BODY_YAW, _LEAN, _RISE = 20.0, 5.5, 3.2

_NECK = (0.0, 184.0)
_HIPS = (0.0, 478.0)


@dataclass(frozen=True)
class Turn:
    """The six body parameters as angles in radians, and `rise`, the chest's rising, in [0, 1]."""

    yaw: float
    pitch: float
    roll: float
    body_yaw: float
    lean: float
    rise: float


Move = Callable[[Array, Array, Turn], tuple[Array, Array]]


def turn_of(pose: Pose) -> Turn:
    """The body parameters of a pose (45,), as angles to the picture's right, up, and clockwise."""

    def angle(name: str, degrees: float) -> float:
        return float(pose[INDEX[name]]) * np.pi / 180 * degrees

    body = angle("body_y", -_BODY_YAW)
    return Turn(
        yaw=angle("head_y", -_YAW) + 0.35 * body,
        pitch=angle("head_x", _PITCH),
        roll=angle("neck_z", -_ROLL),
        body_yaw=body,
        lean=angle("body_z", -_LEAN),
        rise=float(pose[INDEX["breathing"]]),
    )


def move_face(x: Array, y: Array, turn: Turn) -> tuple[Array, Array]:
    """The face, whose nose stands out."""
    nose = 7.0 * np.exp(-(x**2 + (y - 163) ** 2) / 130)
    return _on_head(x, y, 7 + 40 * _round(x, y) + nose, turn)


def move_fringe(x: Array, y: Array, turn: Turn) -> tuple[Array, Array]:
    """The hair before the face; below the jaw it hangs."""
    return _hanging(x, y, lambda a, b: 8 + 48 * _round(a, b), turn, 168, 0.0016)


def move_back_hair(x: Array, y: Array, turn: Turn) -> tuple[Array, Array]:
    """The hair behind the head; below the jaw it hangs."""
    return _hanging(x, y, lambda a, b: -2 - 12 * _round(a, b), turn, 150, 0.0024)


def move_neck(x: Array, y: Array, turn: Turn) -> tuple[Array, Array]:
    """The neck, which goes from the body's move below to the head's above."""
    share = _step((214 - y) / 34)
    hx, hy = _on_head(x, y, np.full_like(x, 2.0), turn)
    bx, by = _on_body(x, y, np.full_like(x, 6.0), turn)
    return share * hx + (1 - share) * bx, share * hy + (1 - share) * by


def move_body(x: Array, y: Array, turn: Turn) -> tuple[Array, Array]:
    """Trunk, arms and clothes."""
    depth = 6 + 30 * np.exp(-((x / 52) ** 2) - ((y - 280) / 150) ** 2)
    wider = 0.022 * turn.rise * np.exp(-(((y - 275) / 45) ** 2)) * np.exp(-((x / 70) ** 2))
    px, py = _on_body(x, y, depth, turn)
    return px + wider * x, py


def _round(x: Array, y: Array) -> Array:
    """How far the head bulges towards the viewer, 1 at its middle."""
    return np.exp(-1.9 * ((x / 62) ** 2 + ((y - 132) / 74) ** 2))


def _step(share: Array) -> Array:
    t = np.clip(share, 0, 1)
    return t * t * (3 - 2 * t)


def _on_head(x: Array, y: Array, depth: Array, turn: Turn) -> tuple[Array, Array]:
    """A point of the head: turned about the neck, then carried by the body."""
    dx, dy = x - _NECK[0], y - _NECK[1]
    ax, az = (
        dx * np.cos(turn.yaw) + depth * np.sin(turn.yaw),
        depth * np.cos(turn.yaw) - dx * np.sin(turn.yaw),
    )
    ay, az = (
        dy * np.cos(turn.pitch) - az * np.sin(turn.pitch),
        az * np.cos(turn.pitch) + dy * np.sin(turn.pitch),
    )
    nearer = 1 + (az - depth) / 700
    ax, ay = ax * nearer, ay * nearer
    cos, sin = np.cos(turn.roll), np.sin(turn.roll)
    return _on_body(
        _NECK[0] + ax * cos - ay * sin, _NECK[1] + ax * sin + ay * cos, np.full_like(x, 8.0), turn
    )


def _hanging(
    x: Array, y: Array, depth: Callable[[Array, Array], Array], turn: Turn, jaw: float, loss: float
) -> tuple[Array, Array]:
    """Hair: on the head above the jaw; below it follows where it hangs from, less and less."""
    below = np.logaddexp(0, (y - jaw) / 12) * 12
    held = y - below
    hx, hy = _on_head(x, held, depth(x, held), turn)
    bx, by = _on_body(x, held, np.full_like(x, 8.0), turn)
    share = 1 / (1 + loss * below * 2)
    ox, oy = _on_body(x, y, np.full_like(x, 8.0), turn)
    return ox + share * (hx - bx), oy + share * (hy - by)


def _on_body(x: Array, y: Array, depth: Array, turn: Turn) -> tuple[Array, Array]:
    """A point of the body: turned about its axis, raised by breath, leaning from the hips."""
    upper = _step((470 - y) / 190)
    yaw = turn.body_yaw * upper
    ax = x * np.cos(yaw) + depth * np.sin(yaw) + 10.0 * np.sin(yaw) * upper
    ay = y - _RISE * turn.rise * _step((352 - y) / 110)
    lean = turn.lean * upper
    cos, sin = np.cos(lean), np.sin(lean)
    dx, dy = ax - _HIPS[0], ay - _HIPS[1]
    return _HIPS[0] + dx * cos - dy * sin, _HIPS[1] + dx * sin + dy * cos
