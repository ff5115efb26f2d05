from dataclasses import replace
from typing import Any

import pytest
import torch

from models.distill.poses import Poses
from models.distill.recipe import FAST, PAPER, DistillError, Phases
from models.distill.training import Lessons, Training
from models.sample import sample_character

CPU = torch.device("cpu")
SMALL = replace(FAST, batch=2, pool=4, fresh=2, tile=16)
MASK = torch.zeros(128, 128)


def training(teacher: Any, examples: int = 20, seed: int = 0, **changes: Any) -> Training:
    return Training(teacher, Lessons(replace(SMALL, **changes), examples, Poses(seed)), MASK, CPU)


def test_a_student_comes_nearer_to_its_teacher(teacher: Any) -> None:
    one = training(teacher, 10**6, batch=4, tile=32)
    losses = [one.learn() for _ in range(50)]
    for part, share in ((0, 0.7), (1, 0.95)):
        before, after = (sum(loss[part] for loss in some) for some in (losses[:15], losses[-15:]))
        assert after < share * before


def test_the_same_seed_teaches_the_same_student(teacher: Any) -> None:
    one, other, third = training(teacher), training(teacher), training(teacher, seed=1)
    assert [one.learn() for _ in range(2)] == [other.learn() for _ in range(2)]
    assert one.learn() != third.learn()


def test_a_restored_training_goes_on_bit_for_bit(teacher: Any) -> None:
    one, other = training(teacher), training(teacher)
    for _ in range(3):
        one.learn()
    other.restore(one.state())
    assert [one.learn() for _ in range(3)] == [other.learn() for _ in range(3)]
    pairs = zip(one.character("it").body.values(), other.character("it").body.values(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)


def test_a_state_of_other_lessons_is_refused(teacher: Any) -> None:
    state = training(teacher, seed=1).state()
    with pytest.raises(DistillError, match="another recipe, length, seed"):
        training(teacher).restore(state)


def test_a_state_of_another_character_is_refused(teacher: Any) -> None:
    state = training(teacher).state()
    teacher.picture = -teacher.picture
    with pytest.raises(DistillError, match="character or mask"):
        training(teacher).restore(state)


def test_a_training_ends_with_its_examples(teacher: Any) -> None:
    one = training(teacher, 3)
    one.learn()
    assert not one.finished
    one.learn()
    assert one.finished


def test_phases_are_stretched_over_the_examples() -> None:
    lessons = Lessons(PAPER, 800, Poses(0))
    assert lessons.steps == 100
    assert lessons.phase(50) == 750_000


def test_a_face_that_has_learnt_enough_is_left_alone(teacher: Any) -> None:
    one = training(teacher, 8, face_rate=Phases(((200_000, 1e-4),)))
    losses = [one.learn()[0] for _ in range(4)]
    assert losses[0] > 0 < losses[1]
    assert losses[2:] == [0, 0]


def test_a_training_can_begin_with_a_characters_weights(teacher: Any) -> None:
    start = sample_character("ada", 5)
    one = Training(teacher, Lessons(SMALL, 4, Poses(0)), MASK, CPU, start)
    assert torch.equal(
        one.character("it").face["siren.last_linear.weight"], start.face["siren.last_linear.weight"]
    )


def test_a_recipe_without_an_average_gives_the_weights_themselves(teacher: Any) -> None:
    one = training(teacher, average=0.0)
    one.learn()
    weights = one.state()["networks"][1]["last_linear.weight"]
    assert torch.equal(one.character("it").body["last_linear.weight"], weights)
