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
from models.puppet.flow import Box, backward, extended, reach
from models.puppet.layers import Layer, draw_layers, lay
from models.puppet.rig import Move, Turn, turn_of
from models.regions import face_of, whole
from models.view import FULL

# Expressions whose pixels are kept: recorded motion often comes back to one.
_KEPT = 16


@dataclass(frozen=True, eq=False)
class Posed:
    """One pose as a teacher would give it; pictures in network space, float32.

    face: (4, 128, 128), the face region of `rest`. rest: (4, 512, 512), the expression with head and body
    at rest. flow: (2, 512, 512), the appearance flow of the front-most layer, (dx, dy) in normalised device
    coordinates. warped: `rest` under that flow. posed: the picture itself, composed of moved layers, so what
    `rest` hides can appear.
    """

    face: torch.Tensor
    rest: torch.Tensor
    warped: torch.Tensor
    flow: torch.Tensor
    posed: torch.Tensor


class Puppet:
    """A character drawn in code from a description."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self._layers = draw_layers(description)
        self._places = whole(FULL).positions(torch.device("cpu"))
        self._expressive = lru_cache(_KEPT)(self._draw_expression)
        self._below = torch.zeros(4, FULL, FULL)
        for layer in (self._layers.back_hair, self._layers.neck, self._layers.body):
            lay(self._below[layer.place], layer.at_rest)

    @property
    def bytes(self) -> int:
        """What its layers take in memory, but for the expressions that it keeps."""
        fixed = self._layers
        return sum(one.bytes for one in (fixed.back_hair, fixed.neck, fixed.body, fixed.head, fixed.fringe))

    @property
    def picture(self) -> torch.Tensor:
        """The character at rest, network space float32 (4, 512, 512)."""
        return self.pose(DEFAULT).rest

    def pose(self, pose: Pose) -> Posed:
        """The puppet at a pose (45,)."""
        head, veil, rest = self._expressive(expression_of(pose))
        posed, flow = self._moved(head, veil, turn_of(pose))
        grid = (flow + self._places).permute(1, 2, 0)
        warped = F.grid_sample(rest[None], grid[None], padding_mode="border", align_corners=False)[0]
        box = face_of(FULL)
        face = rest[:, box.top : box.bottom, box.left : box.right]
        return Posed(face.clone(), rest.clone(), warped, flow, posed.mul_(2).sub_(1))

    def _draw_expression(self, expression: Expression) -> tuple[Layer, Layer, torch.Tensor]:
        """The head with its organs, the brows that show through the fringe, and the rest picture."""
        organs = draw_organs(self.description, expression)
        head, veil = organs.upon(self._layers.head), organs.veil()
        rest = self._below.clone()
        for layer in (head, self._layers.fringe, veil):
            lay(rest[layer.place], layer.at_rest)
        return head, veil, rest.mul_(2).sub_(1)

    def _moved(self, head: Layer, veil: Layer, turn: Turn) -> tuple[torch.Tensor, torch.Tensor]:
        """The posed picture in [0, 1], and the flow of its front-most layer."""
        posed, flow = torch.zeros(4, FULL, FULL), torch.zeros(2, FULL, FULL)
        known = torch.zeros(1, FULL, FULL, dtype=torch.bool)
        fixed = self._layers
        flows: dict[Move, tuple[Box, torch.Tensor]] = {}
        for layer in (fixed.back_hair, fixed.neck, fixed.body, head, fixed.fringe, veil):
            if layer.move not in flows:  # the veil goes with the head, and within its window
                box = reach(layer.move, turn, layer.window)
                flows[layer.move] = box, backward(layer.move, turn, box)
            box, own = flows[layer.move]
            left, top, right, bottom = box
            pixels = layer.moved(own, box)
            place = (slice(None), slice(top, bottom), slice(left, right))
            lay(posed[place], pixels)
            front = pixels[3:] > 0.5
            flow[place] = torch.where(front, own, flow[place])
            known[place] |= front
        return posed, extended(flow, known) / (FULL / 2)
