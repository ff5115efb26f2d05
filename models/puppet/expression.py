"""What a pose asks of each organ, as a few numbers that say all that its drawing needs."""

from __future__ import annotations

from dataclasses import dataclass

from models.pose import INDEX, Pose

# Below this a value cannot be seen, and rounding to it lets states be kept and found again.
STEP = 1 / 512

BROW = ("troubled", "angry", "lowered", "raised", "happy", "serious")
EYE = ("wink", "happy_wink", "surprised", "relaxed", "unimpressed", "raised_lower_eyelid")
VOWELS = ("aaa", "iii", "uuu", "eee", "ooo", "delta")
CORNERS = (
    "lowered_corner_left",
    "lowered_corner_right",
    "raised_corner_left",
    "raised_corner_right",
    "smirk",
)


@dataclass(frozen=True)
class BrowState:
    """One brow: the six shares of BROW, each in [0, 1]."""

    shares: tuple[float, ...]


@dataclass(frozen=True)
class EyeState:
    """One eye: the six shares of EYE, how small its iris is, and where it looks (x: up, y: to the left)."""

    shares: tuple[float, ...]
    small: float
    look: tuple[float, float]


@dataclass(frozen=True)
class MouthState:
    """The mouth: the shares of VOWELS and of CORNERS."""

    vowels: tuple[float, ...]
    corners: tuple[float, ...]


@dataclass(frozen=True)
class Expression:
    """All organs; `left` is the character's own left, the picture's right."""

    brow_left: BrowState
    brow_right: BrowState
    eye_left: EyeState
    eye_right: EyeState
    mouth: MouthState


def expression_of(pose: Pose) -> Expression:
    """What the facial parameters of a pose (45,) ask of the organs."""

    def value(name: str) -> float:
        return round(float(pose[INDEX[name]]) / STEP) * STEP

    look = (value("iris_rotation_x"), value("iris_rotation_y"))

    def brow(side: str) -> BrowState:
        return BrowState(tuple(value(f"eyebrow_{name}_{side}") for name in BROW))

    def eye(side: str) -> EyeState:
        shares = tuple(value(f"eye_{name}_{side}") for name in EYE)
        return EyeState(shares, value(f"iris_small_{side}"), look)

    mouth = MouthState(
        tuple(value(f"mouth_{name}") for name in VOWELS), tuple(value(f"mouth_{name}") for name in CORNERS)
    )
    return Expression(brow("left"), brow("right"), eye("left"), eye("right"), mouth)
