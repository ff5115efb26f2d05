"""What a student learns from: whatever poses one picture, with all that the losses need (THA4 §5.2)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

import torch

from models.character import Character
from models.engine import Request
from models.engines import fine_engine
from models.literal import LiteralEngine
from models.puppet.puppet import Puppet
from models.regions import face_of
from models.student import FaceMorpher
from models.teachers.running import Running
from models.teachers.system import Steps, System
from models.view import FULL

# The student's face region within the face morpher's 192 by 192 pixels.
_FACE = (slice(48, 176), slice(32, 160))


@dataclass(frozen=True, eq=False)
class Taught:
    """A picture at N poses, network space, float32.

    face: (N, 4, 128, 128), the student's face region of `rest`. rest: (N, 4, 512, 512), the expression with
    head and body at rest. warped: (N, 4, 512, 512), `rest` under the flow. flow: (N, 2, 512, 512), the
    appearance flow (dx, dy) in normalised device coordinates. posed: (N, 4, 512, 512), the frame.
    """

    face: torch.Tensor
    rest: torch.Tensor
    warped: torch.Tensor
    flow: torch.Tensor
    posed: torch.Tensor


class Teacher(Protocol):
    """Poses one picture."""

    @property
    def picture(self) -> torch.Tensor:
        """The picture at rest: network space, float32 (4, 512, 512)."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it computes, and where its pictures are."""
        ...

    def pose(self, poses: torch.Tensor) -> Taught:
        """The picture at poses, float32 (N, 45)."""
        ...

    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        """What `pose` gives as `face`, (N, 4, 128, 128), without drawing the rest where that costs more."""
        ...


class SystemTeacher:
    """A full system, THA4 or THA3, and a picture.

    What depends on the picture only is computed once. running: plainly in float32, where nothing is said. The
    system is moved, not copied.
    """

    def __init__(
        self,
        system: System,
        picture: torch.Tensor,
        device: torch.device | None = None,
        running: Running | None = None,
    ) -> None:
        self.device, running = device or torch.device("cpu"), running or Running()
        self._dtype = running.dtype
        self._system = system = running.moved(system, self.device)
        self._pose = running.posing(system)
        with torch.inference_mode():
            self._portrait = system.portrait(picture.to(self.device, self._dtype))
        self.picture = picture.to(self.device)

    @torch.inference_mode()
    def steps(self, poses: torch.Tensor) -> Steps:
        """All intermediate pictures at poses (N, 45), in the precision of the networks."""
        return self._pose(self._portrait, poses.to(self.device, self._dtype))

    def pose(self, poses: torch.Tensor) -> Taught:
        """As `Teacher.pose`."""
        steps = self.steps(poses)
        face = steps.face[:, :, *_FACE]
        full = steps.full
        return Taught(*(part.float() for part in (face, steps.rest, full.warped, full.flow, full.merged)))

    @torch.inference_mode()
    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        """As `Teacher.faces`."""
        _, face, _ = self._system.expressed(self._portrait, poses.to(self.device, self._dtype))
        return face[:, :, *_FACE].float()


class StudentTeacher:
    """An existing student, to make another of it or to measure a recipe by.

    It is drawn by the formulas as they stand, or where `quick` is set, by the quickest that is fine.
    """

    def __init__(
        self, character: Character, device: torch.device | None = None, *, quick: bool = False
    ) -> None:
        self.device = device or torch.device("cpu")
        self._engine = fine_engine(self.device) if quick else LiteralEngine(self.device)
        self._engine.load(character)
        self._id = character.id
        self._face = FaceMorpher()
        self._face.load_state_dict(character.face)
        self._face.to(self.device)
        self.picture = character.picture.to(self.device)

    def pose(self, poses: torch.Tensor) -> Taught:
        """As `Teacher.pose`."""
        return _stacked([self._taught(pose) for pose in poses.cpu()])

    @torch.inference_mode()
    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        """As `Teacher.faces`."""
        drawn: torch.Tensor = self._face(poses.to(self.device))
        return drawn

    def _taught(self, pose: torch.Tensor) -> Taught:
        stages = self._engine.stages([Request(self._id, pose.numpy())])
        rest = self.picture.clone()[None]
        place = face_of(FULL)
        rest[:, :, place.top : place.bottom, place.left : place.right] = stages.face
        return Taught(stages.face, rest, stages.warped, stages.flow, stages.blended)


class PuppetTeacher:
    """A puppet, drawn in code, on the CPU."""

    device = torch.device("cpu")

    def __init__(self, puppet: Puppet) -> None:
        self._puppet = puppet
        self.picture = puppet.picture

    def pose(self, poses: torch.Tensor) -> Taught:
        """As `Teacher.pose`."""
        posed = [self._puppet.pose(pose.numpy()) for pose in poses.cpu()]
        return _stacked(
            [Taught(*(part[None] for part in (p.face, p.rest, p.posed, p.flow, p.posed))) for p in posed]
        )

    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        """As `Teacher.faces`."""
        return self.pose(poses).face


def _stacked(all_taught: list[Taught]) -> Taught:
    return Taught(*(torch.cat([getattr(one, part.name) for one in all_taught]) for part in fields(Taught)))
