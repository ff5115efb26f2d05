"""A puppet: posed by 45 parameters, it gives what a teacher gives (THA4 §5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F

from models.pose import DEFAULT, Pose
from models.puppet.description import Description
from models.puppet.expression import Expression, expression_of
from models.puppet.face import draw_organs
from models.puppet.flow import backward
from models.puppet.layers import draw_layers, lay
from models.puppet.motion import Motion
from models.puppet.rig import turn_of
from models.regions import face_of, whole
from models.view import FULL

# Expressions whose pixels are kept: recorded motion often comes back to one.
_KEPT = 16


@dataclass(frozen=True, eq=False)
class Posed:
    """One pose as a teacher would give it; pictures in network space, float32.

    face: (4, 128, 128), the face region of `rest`. rest: (4, 512, 512), the expression with head and body
    at rest. flow: (2, 512, 512), the appearance flow, (dx, dy) in normalised device coordinates. posed:
    `rest` under that flow.
    """

    face: torch.Tensor
    rest: torch.Tensor
    flow: torch.Tensor
    posed: torch.Tensor


class Puppet:
    """A character drawn in code from a description."""

    def __init__(self, description: Description) -> None:
        self.description = description
        it = draw_layers(description)
        self._head, self._fringe = it.head, it.fringe
        self._motion = Motion((it.back_hair, it.neck, it.body, it.head, it.fringe))
        self._places = whole(FULL).positions(torch.device("cpu"))
        self._expressive = lru_cache(_KEPT)(self._draw_expression)
        self._below = torch.zeros(4, FULL, FULL)
        for layer in (it.back_hair, it.neck, it.body):
            lay(self._below[layer.place], layer.at_rest)

    @property
    def bytes(self) -> int:
        """What its layers take in memory, but for the expressions that it keeps."""
        return self._below.nbytes + self._head.bytes + self._fringe.bytes

    @property
    def picture(self) -> torch.Tensor:
        """The character at rest, network space float32 (4, 512, 512)."""
        return self.pose(DEFAULT).rest

    def pose(self, pose: Pose) -> Posed:
        """The puppet at a pose (45,)."""
        seen = self._expressive(expression_of(pose))
        flow = backward(self._motion, turn_of(pose)) / (FULL / 2)
        grid = (flow + self._places).permute(1, 2, 0)
        posed = F.grid_sample(seen[None], grid[None], padding_mode="border", align_corners=False)[0]
        rest, box = 2 * seen - 1, face_of(FULL)
        face = rest[:, box.top : box.bottom, box.left : box.right]
        return Posed(face.clone(), rest, flow, posed.mul_(2).sub_(1))

    def _draw_expression(self, expression: Expression) -> torch.Tensor:
        """The picture at rest in [0, 1], with its organs, and brows that show through the fringe."""
        organs = draw_organs(self.description, expression)
        rest = self._below.clone()
        for layer in (organs.upon(self._head), self._fringe, organs.veil()):
            lay(rest[layer.place], layer.at_rest)
        return rest
