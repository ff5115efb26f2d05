"""The literal engine's networks as ONNX Runtime draws them, to measure the others against.

That is how students reach other programs today. The packages onnx, onnxscript and onnxruntime are needed.
"""

from __future__ import annotations

import importlib.util
import logging
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from models.character import Character
from models.compose import compose, shrunk
from models.engine import Request
from models.pose import COUNT
from models.recent import Recent
from models.regions import levels_of
from models.student import BodyMorpher, FaceMorpher
from models.view import View

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

PACKAGES = ("onnx", "onnxscript", "onnxruntime")

# Exported frames that are kept: one for each character and view.
FRAMES = 64


def exportable() -> bool:
    """Whether the packages are there."""
    return all(importlib.util.find_spec(package) for package in PACKAGES)


class ExportedEngine:
    """Draws with the networks as they stand, by ONNX Runtime on the CPU. A new view takes seconds first."""

    name = "onnx"
    device = torch.device("cpu")

    def __init__(self) -> None:
        self._characters: dict[str, Character] = {}
        self._frames: Recent[View, InferenceSession] = Recent(FRAMES)

    def load(self, character: Character) -> int:
        """Put a character in place under its id, replacing one of that id; the bytes that it takes."""
        self.unload(character.id)
        self._characters[character.id] = character
        tensors = [character.picture, *character.face.values(), *character.body.values()]
        return sum(tensor.nbytes for tensor in tensors)

    def unload(self, character: str) -> None:
        """Forget a character; unknown ids are ignored."""
        self._characters.pop(character, None)
        self._frames.forget(character)

    def draw(self, requests: Sequence[Request]) -> list[torch.Tensor]:
        """Draw each request, float32 (4, height, width). Raises KeyError for a character not loaded."""
        return [self._drawn(request) for request in requests]

    def _drawn(self, request: Request) -> torch.Tensor:
        character, view = self._characters[request.character], request.view
        session = self._frames.get(character.id, view, lambda: _exported(_Frame(character, view)))
        (frame,) = session.run(None, {"pose": request.pose[None]})
        return torch.as_tensor(frame)


class _Frame(nn.Module):
    """A pose (1, 45) into a frame (4, height, width) of one character and view."""

    def __init__(self, character: Character, view: View) -> None:
        super().__init__()
        self.face, self.body = FaceMorpher(), BodyMorpher()
        self.face.load_state_dict(character.face)
        self.body.load_state_dict(character.body)
        self.size, self.regions = view.size, levels_of(view.size, view.box)
        self.register_buffer("picture", shrunk(character.picture, view.size)[None])

    def forward(self, pose: torch.Tensor) -> torch.Tensor:
        face, body = self.face(pose, self.size), self.body(pose, self.regions)
        return compose(self.get_buffer("picture").clone(), face, body, self.regions[-1]).blended[0]


def _exported(frame: _Frame) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    return onnxruntime.InferenceSession(_graph(frame), options, providers=["CPUExecutionProvider"])


def _graph(frame: _Frame) -> bytes:
    # The exporter warns of operations that are not in these networks, and of what torch itself has outgrown.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    pose = (torch.zeros(1, COUNT),)
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        program = torch.onnx.export(frame.eval(), pose, input_names=["pose"], dynamo=True, verbose=False)
    assert program is not None
    return bytes(program.model_proto.SerializeToString())
