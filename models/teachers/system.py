"""A full system: five networks in a row, from a picture at rest to the posed picture (THA4 §3, §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import nn

from models.teachers import tha3
from models.teachers.encoder_decoder import PLAIN, SEPARABLE
from models.teachers.eyebrows import Browed, Brows, EyebrowDecomposer, EyebrowMorphingCombiner
from models.teachers.face import FaceMorpher, SeparableFaceMorpher
from models.teachers.rotators import HALF, BodyMorpher, Rotated, Upscaler
from models.teachers.tha3 import Editor, HalfRotated, TwoAlgoFaceBodyRotator
from models.teachers.warp import resized

Version = Literal["tha4", "tha3", "tha3-separable"]

# Where each crop lies: rows, then columns. The eyebrows lie in the face's crop, which lies in the picture.
_BROWS = (slice(64, 192), slice(192, 320))
_FACE = (slice(32, 224), slice(160, 352))
_BROWS_IN_FACE = (slice(32, 160), slice(32, 160))
_BROW_POSE, _FACE_POSE, _BODY_POSE = slice(0, 12), slice(12, 39), slice(39, 45)

_SHARED = ("eyebrow_decomposer", "eyebrow_morphing_combiner", "face_morpher")
_THA3 = (*_SHARED, "two_algo_face_body_rotator", "editor")

NETWORKS: dict[Version, tuple[str, ...]] = {
    "tha4": (*_SHARED, "body_morpher", "upscaler"),
    "tha3": _THA3,
    "tha3-separable": _THA3,
}
"""The names of the networks, which are those of the released files."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """What depends on a character's picture only: the picture (1, 4, 512, 512), and its decomposed brows."""

    picture: torch.Tensor
    brows: Brows


@dataclass(frozen=True, eq=False)
class Steps:
    """Everything on the way to a batch of posed pictures, network space.

    brows: the decomposition, one for all; browed: the moved eyebrows; face: (N, 4, 192, 192), the morphed
    face; rest: (N, 4, 512, 512), the picture with that face, head and body at rest; half: the
    half-resolution result; full: the last one, whose `merged` is the frame.
    """

    brows: Brows
    browed: Browed
    face: torch.Tensor
    rest: torch.Tensor
    half: Rotated | HalfRotated
    full: Rotated


class System(nn.Module):
    """The five networks of THA4 or of THA3."""

    def __init__(self, version: Version = "tha4") -> None:
        super().__init__()
        self.version = version
        separable = version == "tha3-separable"
        blocks = SEPARABLE if separable else PLAIN
        self.eyebrow_decomposer = EyebrowDecomposer(blocks)
        self.eyebrow_morphing_combiner = EyebrowMorphingCombiner(blocks)
        self.face_morpher = SeparableFaceMorpher() if separable else FaceMorpher()
        if version == "tha4":
            self.body_morpher, self.upscaler = BodyMorpher(), Upscaler()
        else:
            blocks = tha3.SEPARABLE if separable else tha3.STANDARD
            self.two_algo_face_body_rotator = TwoAlgoFaceBodyRotator(blocks)
            self.editor = Editor(blocks)

    def networks(self) -> dict[str, nn.Module]:
        """The five networks by the names of their files, in the order in which they are used."""
        return {name: cast("nn.Module", getattr(self, name)) for name in NETWORKS[self.version]}

    def portrait(self, picture: torch.Tensor) -> Portrait:
        """What can be kept of a picture (4, 512, 512) for all its poses."""
        return Portrait(picture[None], self.eyebrow_decomposer(picture[None][:, :, *_BROWS]))

    def forward(self, portrait: Portrait, poses: torch.Tensor) -> Steps:
        """Pose one picture at N poses (N, 45)."""
        browed, face, rest = self.expressed(portrait, poses)
        half, full = self.turned(rest, poses)
        return Steps(portrait.brows, browed, face, rest, half, full)

    def expressed(self, portrait: Portrait, poses: torch.Tensor) -> tuple[Browed, torch.Tensor, torch.Tensor]:
        """The face networks alone: `browed`, `face` and `rest` of the steps."""
        count = len(poses)
        brows = Brows(*(layer.expand(count, -1, -1, -1) for layer in _layers(portrait.brows)))
        browed = self.eyebrow_morphing_combiner(brows, poses[:, _BROW_POSE])
        rest = portrait.picture.repeat(count, 1, 1, 1)
        region = rest[:, :, *_FACE].clone()
        region[:, :, *_BROWS_IN_FACE] = browed.combined
        face = self.face_morpher(region, poses[:, _FACE_POSE])
        rest[:, :, *_FACE] = face
        return browed, face, rest

    def turned(self, rest: torch.Tensor, poses: torch.Tensor) -> tuple[Rotated | HalfRotated, Rotated]:
        """The body networks alone: pictures that have their expression (N, 4, 512, 512), at poses (N, 45)."""
        small, pose = resized(rest, HALF), poses[:, _BODY_POSE]
        if self.version == "tha4":
            half = self.body_morpher(small, pose)
            return half, self.upscaler(rest, pose, half)
        half = self.two_algo_face_body_rotator(small, pose)
        return half, self.editor(rest, pose, half)


def _layers(brows: Brows) -> tuple[torch.Tensor, torch.Tensor]:
    return brows.background, brows.layer
