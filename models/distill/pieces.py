"""Learning from pieces of pictures: squares for the body, single pixels for the face, of many poses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from models.distill.lean import draw_body, draw_face
from models.distill.losses import body_loss, difference
from models.distill.pool import Pool
from models.distill.recipe import BodyWeights, Recipe
from models.distill.squares import Squares
from models.distill.tiles import Tiles
from models.distill.warping import warped
from models.regions import face_of
from models.student import BodyMorpher, FaceMorpher
from models.team import Team
from models.view import FULL


class Pieces:
    """The losses of a step. What is drawn by lot is the same for every `mine`, the part that is learnt here.

    mask: float32 (128, 128), 1 where the face moves.
    """

    def __init__(
        self,
        networks: tuple[FaceMorpher, BodyMorpher],
        pool: Pool,
        picture: torch.Tensor,
        mask: torch.Tensor,
        recipe: Recipe,
        team: Team,
    ) -> None:
        self._face, self._body = networks
        self._pool, self._recipe, self._team = pool, recipe, team
        self._tiles = Tiles(picture, recipe.by_error)
        weights = (1 + recipe.face_mask_weight * mask.double().cpu()).flatten().numpy()
        self._chances, self._weight = (weights / weights.sum()).cumsum(), float(weights.mean())

    def face(self, lot: np.random.Generator, slots: torch.Tensor, mine: slice) -> torch.Tensor:
        """Pixels come up as often as they count, which gives the paper's loss on average."""
        each = self._recipe.face_pixels // len(slots)
        drawn = self._chances.searchsorted(lot.random((len(slots), each)))
        slots, place = slots[mine], face_of(FULL)
        pixels = torch.from_numpy(drawn.clip(max=place.area - 1)[mine]).to(slots.device)
        rows, columns = pixels // place.width, pixels % place.width
        positions = (2 * torch.stack([columns, rows], dim=-1) + 1) / place.width - 1
        face = draw_face(self._face, self._pool.poses[slots], positions)
        wanted = self._pool.resting(slots, rows + place.top, columns + place.left)
        return self._weight * difference(face, wanted, self._recipe.face_squares).mean()

    def body(
        self, lot: np.random.Generator, slots: torch.Tensor, mine: slice, weights: BodyWeights
    ) -> torch.Tensor:
        """A square of each pose."""
        drawn = self._tiles.draw(lot, len(slots), self._recipe.tile)
        slots = slots[mine]
        squares = Squares(drawn.corners[mine].to(slots.device), drawn.side)
        out = draw_body(self._body, self._pool.poses[slots], squares)
        flow, posed = self._pool.cut(slots, squares)
        taught = warped(self._pool, slots, squares, flow)
        own = warped(self._pool, slots, squares, out[..., :2])
        color = out[..., 3:]
        blended = torch.lerp(own, color, out[..., 2:3])
        if self._recipe.by_error:
            off = (blended.detach() - posed).abs().flatten(1).mean(dim=1)
            self._tiles.learnt(drawn, self._team.gathered(off).cpu().numpy())
        return body_loss(weights, (out[..., :2], flow), (own, taught), (color, posed), (blended, posed))

    def state(self) -> dict[str, torch.Tensor]:
        """Where the student was wrong."""
        return self._tiles.state()

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from a `state`."""
        self._tiles.restore(state)
