import torch

from models.engine import Request
from models.likeness import likeness
from models.literal import LiteralEngine
from models.pose import DEFAULT, changed
from models.puppet.description import find_description, read_description
from models.puppet.puppet import Puppet
from models.sample import sample_character
from models.teachers.system import System
from models.teachers.teacher import PuppetTeacher, StudentTeacher, SystemTeacher, Taught, Teacher

POSES = torch.stack(
    [torch.from_numpy(changed(DEFAULT, change)) for change in ({}, {"head_y": 0.5, "mouth_aaa": 1.0})]
)


def check(taught: Taught, teacher: Teacher) -> None:
    """What every teacher promises."""
    assert teacher.picture.shape == (4, 512, 512)
    shapes = {
        name: tuple(getattr(taught, name).shape) for name in ("face", "rest", "warped", "flow", "posed")
    }
    assert shapes == {
        "face": (2, 4, 128, 128),
        "rest": (2, 4, 512, 512),
        "warped": (2, 4, 512, 512),
        "flow": (2, 2, 512, 512),
        "posed": (2, 4, 512, 512),
    }
    assert torch.equal(taught.face, taught.rest[:, :, 80:208, 192:320])
    assert torch.allclose(teacher.faces(POSES), taught.face, atol=1e-5)
    assert float((taught.posed[0] - taught.posed[1]).abs().max()) > 0.1


def test_a_full_system_teaches(separable: System, picture: torch.Tensor) -> None:
    teacher = SystemTeacher(separable, picture)
    check(teacher.pose(POSES), teacher)
    assert torch.equal(teacher.steps(POSES[:1]).full.merged, teacher.pose(POSES[:1]).posed)


def test_a_student_teaches_what_it_draws() -> None:
    character = sample_character("ada")
    teacher = StudentTeacher(character)
    taught = teacher.pose(POSES)
    check(taught, teacher)
    engine = LiteralEngine(torch.device("cpu"))
    engine.load(character)
    assert torch.equal(engine.draw([Request("ada", POSES[1].numpy())])[0], taught.posed[1])


def test_a_student_teaches_the_same_when_it_is_drawn_quickly() -> None:
    character = sample_character("ada")
    slow, quick = (StudentTeacher(character, quick=quick).pose(POSES) for quick in (False, True))
    for name in ("face", "rest", "flow"):
        assert (getattr(quick, name) - getattr(slow, name)).abs().max() < 1e-3
    assert likeness(quick.posed, slow.posed).psnr > 60


def test_a_puppet_teaches() -> None:
    puppet = Puppet(read_description(find_description("minato")))
    teacher = PuppetTeacher(puppet)
    taught = teacher.pose(POSES)
    check(taught, teacher)
    assert torch.equal(taught.posed[1], puppet.pose(POSES[1].numpy()).posed)
