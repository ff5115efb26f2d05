"""Puppets behind the interface of the engines."""

import pytest
import torch

from models.engine import Engine, Request
from models.pose import DEFAULT, changed
from models.puppet.engine import PuppetEngine
from models.puppet.puppet import Puppet
from models.sample import sample_character
from models.view import View


def test_it_draws_what_the_puppet_poses(tsubaki: Puppet) -> None:
    engine: Engine = PuppetEngine({"it": tsubaki})
    pose = changed(DEFAULT, {"head_y": 0.4})
    whole, part = engine.draw([Request("it", pose), Request("it", pose, View(crop=(192, 80, 128, 128)))])
    assert torch.equal(whole, tsubaki.pose(pose).posed)
    assert torch.equal(part, whole[:, 80:208, 192:320])


def test_a_smaller_view_is_the_mean_of_the_pixels(tsubaki: Puppet) -> None:
    (small,) = PuppetEngine({"it": tsubaki}).draw([Request("it", DEFAULT, View(128))])
    assert small.shape == (4, 128, 128)
    assert float(small.mean()) == pytest.approx(float(tsubaki.pose(DEFAULT).posed.mean()), abs=1e-4)


def test_what_is_not_there_cannot_be_drawn(tsubaki: Puppet) -> None:
    engine = PuppetEngine({"it": tsubaki})
    engine.unload("it")
    engine.unload("it")
    with pytest.raises(KeyError):
        engine.draw([Request("it", DEFAULT)])


def test_a_student_is_refused() -> None:
    with pytest.raises(ValueError, match="is a student"):
        PuppetEngine({}).load(sample_character("s", 0))
