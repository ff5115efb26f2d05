"""Puppets behind the interface of the engines."""

import pytest
import torch

from models.engine import Drawer, Request
from models.pose import DEFAULT, changed
from models.puppet.character import PuppetCharacter
from models.puppet.engine import PuppetEngine
from models.puppet.puppet import Puppet
from models.view import View


@pytest.fixture
def engine(tsubaki: Puppet) -> PuppetEngine:
    engine = PuppetEngine()
    engine.load(PuppetCharacter("it", tsubaki.description))
    return engine


def test_it_draws_what_the_puppet_poses(tsubaki: Puppet, engine: PuppetEngine) -> None:
    drawer: Drawer = engine
    pose = changed(DEFAULT, {"head_y": 0.4})
    whole, part = drawer.draw([Request("it", pose), Request("it", pose, View(crop=(192, 80, 128, 128)))])
    assert torch.equal(whole, tsubaki.pose(pose).posed)
    assert torch.equal(part, whole[:, 80:208, 192:320])


def test_a_smaller_view_is_the_mean_of_the_pixels(tsubaki: Puppet, engine: PuppetEngine) -> None:
    (small,) = engine.draw([Request("it", DEFAULT, View(128))])
    assert small.shape == (4, 128, 128)
    assert float(small.mean()) == pytest.approx(float(tsubaki.pose(DEFAULT).posed.mean()), abs=1e-4)


def test_its_size_is_that_of_its_layers(tsubaki: Puppet, engine: PuppetEngine) -> None:
    assert engine.load(PuppetCharacter("it", tsubaki.description)) == tsubaki.bytes > 4 * 512 * 512


def test_what_is_not_there_cannot_be_drawn(engine: PuppetEngine) -> None:
    engine.unload("it")
    engine.unload("it")
    with pytest.raises(KeyError):
        engine.draw([Request("it", DEFAULT)])
