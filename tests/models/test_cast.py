import pytest
import torch

from house import FlatEngine
from models.cast import Cast
from models.engine import Request
from models.folders import BUILT_IN
from models.pose import DEFAULT
from models.puppet.character import PuppetCharacter, load_puppet
from models.sample import sample_character
from models.view import View


@pytest.fixture(scope="module")
def tsubaki() -> PuppetCharacter:
    return load_puppet(BUILT_IN / "tsubaki")


def test_a_mixed_batch_comes_back_in_order(tsubaki: PuppetCharacter) -> None:
    students = FlatEngine()
    cast = Cast(students)
    cast.load(sample_character("ada"))
    assert cast.load(tsubaki) > 1 << 20
    drawn = cast.draw([Request(one, DEFAULT, View(128)) for one in ("tsubaki", "ada", "tsubaki", "ada")])
    assert torch.equal(drawn[0], drawn[2]) and torch.equal(drawn[1], drawn[3])
    assert float(drawn[0].std()) > 0.3 and drawn[0].shape == (4, 128, 128)
    assert len(students.batches) == 1 and len(students.batches[0]) == 2


def test_a_student_takes_the_place_of_the_puppet_of_its_name(tsubaki: PuppetCharacter) -> None:
    students = FlatEngine()
    cast = Cast(students)
    cast.load(tsubaki)
    cast.load(sample_character("tsubaki"))
    cast.draw([Request("tsubaki", DEFAULT)])
    assert len(students.batches) == 1


def test_what_was_unloaded_cannot_be_drawn(tsubaki: PuppetCharacter) -> None:
    cast = Cast(FlatEngine())
    cast.load(tsubaki)
    cast.unload("tsubaki")
    cast.unload("tsubaki")
    with pytest.raises(KeyError):
        cast.draw([Request("tsubaki", DEFAULT)])


def test_it_is_named_after_what_draws_the_students() -> None:
    assert (Cast(FlatEngine()).name, Cast(FlatEngine()).device.type) == ("flat", "cpu")
