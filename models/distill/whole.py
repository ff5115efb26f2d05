"""Learning from whole pictures, as the paper does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from models.compose import compose
from models.distill.losses import body_loss, face_loss
from models.distill.pool import Pool
from models.distill.recipe import BodyWeights, Recipe
from models.regions import face_of, levels_of, whole
from models.student import BodyMorpher, FaceMorpher
from models.view import FULL


class Whole:
    """The losses of a step, of the pictures that are `mine`.

    mask: float32 (128, 128), 1 where the face moves.
    """

    def __init__(
        self, networks: tuple[FaceMorpher, BodyMorpher], pool: Pool, mask: torch.Tensor, recipe: Recipe
    ) -> None:
        self._face, self._body = networks
        self._pool, self._mask, self._recipe = pool, mask, recipe

    def face(self, _lot: np.random.Generator, slots: torch.Tensor, mine: slice) -> torch.Tensor:
        """The whole face."""
        poses, rest, _, _ = self._pool.shown(slots[mine])
        weight, squares = self._recipe.face_mask_weight, self._recipe.face_squares
        return face_loss(self._face(poses), _face(rest), self._mask, weight, squares)

    def body(
        self, _lot: np.random.Generator, slots: torch.Tensor, mine: slice, weights: BodyWeights
    ) -> torch.Tensor:
        """The whole picture."""
        poses, rest, flow, posed = self._pool.shown(slots[mine])
        out = self._body(poses, levels_of(FULL, (0, 0, FULL, FULL)))
        face = _face(rest).clone()
        taught = torch.cat([flow, torch.zeros_like(out[:, 2:])], dim=1)
        warped = compose(rest, face, taught, whole(FULL)).warped
        own = compose(rest, face, out, whole(FULL))
        return body_loss(
            weights, (own.flow, flow), (own.warped, warped), (own.color, posed), (own.blended, posed)
        )

    def state(self) -> dict[str, torch.Tensor]:
        """Nothing: what is learnt next does not depend on what was."""
        return {}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Nothing is needed to go on."""


def _face(rest: torch.Tensor) -> torch.Tensor:
    place = face_of(FULL)
    return rest[:, :, place.top : place.bottom, place.left : place.right]
