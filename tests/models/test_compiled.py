"""The compiled engine is the literal one with its networks given to torch's compiler."""

import pytest
import torch
from torch import nn

from models.compiled import CompiledEngine
from models.engine import Request, View
from models.literal import LiteralEngine
from models.pose import DEFAULT
from models.sample import sample_character

REQUEST = Request("a", DEFAULT, View(128, (240, 120, 16, 8)))


def test_both_networks_are_compiled_and_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(nn.Module, "compile", lambda self, **_: compiled.append(type(self).__name__))
    engine, literal = CompiledEngine(torch.device("cpu")), LiteralEngine(torch.device("cpu"))
    sample = sample_character("a")
    assert engine.load(sample) == literal.load(sample)
    assert compiled == ["FaceMorpher", "BodyMorpher"]
    assert torch.equal(engine.draw([REQUEST])[0], literal.draw([REQUEST])[0])
    assert engine.name == "compiled"
