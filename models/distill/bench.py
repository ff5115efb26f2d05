"""Recipes against each other: each for the same seconds from the same seed, measured on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

import torch

from models.character import Character
from models.distill.mask import movable
from models.distill.poses import Poses
from models.distill.recipe import FAST, PAPER, DistillError, Falling, Recipe
from models.distill.training import Lessons, Training
from models.engine import Request
from models.engines import fine_engine
from models.likeness import likeness
from models.student import FaceMorpher
from models.teachers.teacher import Teacher

RECIPES: Mapping[str, Recipe] = {
    "fast": FAST,
    "twice as many squares": replace(FAST, batch=64),
    "squares by lot alone": replace(FAST, by_error=0.0),
    "squares of 8 pixels": replace(FAST, batch=16, tile=8),
    "squares of 32 pixels": replace(FAST, batch=2, tile=32),
    "flow learnt like all else": replace(FAST, flow_rate=None),
    "flow fitted once": replace(FAST, flow_rate=Falling(0.0, FAST.examples)),
    "the paper's terms of loss": replace(
        FAST, body_weights=PAPER.body_weights, face_mask_weight=PAPER.face_mask_weight, face_squares=0.0
    ),
    "absolute differences alone": replace(FAST, face_squares=0.0),
    "Adam for the face": replace(FAST, face_muon=0.0),
    "Adam for the flow": replace(FAST, flow_muon=0.0),
    "begun by chance": replace(FAST, at_rest=False),
    "begun as a blur": replace(FAST, face_steep=1.0, body_steep=1.0),
    "no average of weights": replace(FAST, average=0.0),
    "paper": PAPER,
}
"""`fast`, what it would be without one of its parts, and `paper`."""


class Point(TypedDict):
    """A student after so many seconds.

    examples: those shown until then. pictures: those the teacher made. psnr: decibels, mean over held-out
    poses, of the whole picture; face: of its face alone.
    """

    recipe: str
    seconds: float
    examples: int
    pictures: int
    face: float
    psnr: float


class Yardstick:
    """The teacher's pictures and faces of the first `count` held-out poses of a seed."""

    def __init__(self, teacher: Teacher, count: int, seed: int) -> None:
        self._poses = Poses(seed, "held-out").at(0, count)
        taught = [teacher.pose(torch.from_numpy(pose)[None]) for pose in self._poses]
        self._posed = torch.cat([one.posed.float().cpu() for one in taught])
        self._faces = torch.cat([one.face.float().cpu() for one in taught])
        self._engine = fine_engine(torch.device("cpu"))

    @torch.inference_mode()
    def faces(self, student: Character) -> float:
        """How alike the faces are, in decibels."""
        network = FaceMorpher()
        network.load_state_dict(student.face)
        return likeness(network(torch.from_numpy(self._poses)), self._faces).psnr

    def whole(self, student: Character) -> float:
        """How alike the frames are, in decibels."""
        self._engine.load(student)
        drawn = self._engine.draw([Request(student.id, pose) for pose in self._poses])
        return likeness(torch.stack(list(drawn)), self._posed).psnr


def bench_recipes(
    teacher: Teacher,
    names: Sequence[str],
    seconds: float,
    points: int,
    device: torch.device,
    held_out: int = 16,
    seed: int = 0,
) -> Iterator[Point]:
    """Teach by one recipe after another, and measure at so many moments, the last of them the end.

    The seconds are those of the processor, of all its cores together, so that what else runs counts little;
    on another device those of the clock. Raises DistillError for a name that is not in `RECIPES`.
    """
    if unknown := set(names) - set(RECIPES):
        raise DistillError(
            f"There is no recipe {unknown.pop()!r} to measure; there are {', '.join(RECIPES)}."
        )
    mask, yardstick = movable(teacher, seed), Yardstick(teacher, held_out, seed)
    for name in names:
        lessons = Lessons(RECIPES[name], RECIPES[name].examples, Poses(seed), seconds)
        training = Training(teacher, lessons, mask, device)
        for moment in range(1, points + 1):
            _learn(training, seconds * moment / points, device)
            yield _point(name, training, yardstick)


def _learn(training: Training, until: float, device: torch.device) -> None:
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    begun = clock() - training.spent
    while training.spent < until:
        training.learn()
        training.spent = clock() - begun


def _point(name: str, training: Training, yardstick: Yardstick) -> Point:
    student = training.character("student")
    return Point(
        recipe=name,
        seconds=training.spent,
        examples=training.examples,
        pictures=training.recipe.pictures(training.step),
        face=yardstick.faces(student),
        psnr=yardstick.whole(student),
    )
