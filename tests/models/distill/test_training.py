from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.distill.flow_form import has_flow_form
from models.distill.poses import Poses
from models.distill.recipe import FAST, PAPER, DistillError, Falling, Phases
from models.distill.training import Lessons, Training
from models.sample import sample_character
from models.student import BodyMorpher
from models.team import Team

CPU = torch.device("cpu")
SMALL = replace(FAST, batch=2, first=2, pool=4, fresh=2, pause=1, tile=16, face_pixels=128)
MASK = torch.zeros(128, 128)


def training(teacher: Any, examples: int = 20, seed: int = 0, **changes: Any) -> Training:
    return Training(teacher, Lessons(replace(SMALL, **changes), examples, Poses(seed)), MASK, CPU)


def test_a_student_comes_nearer_to_its_teacher(teacher: Any) -> None:
    one = training(teacher, 10**6, batch=4, first=4, pause=100, tile=32, face_pixels=512)
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


def test_a_state_of_other_recorded_poses_is_refused(teacher: Any) -> None:
    recorded = np.zeros((3, 45), np.float32)
    state = of_poses(teacher, recorded).state()
    of_poses(teacher, recorded.copy()).restore(state)
    for other in (None, recorded[:2], recorded + 0.5):
        with pytest.raises(DistillError, match="length, seed, poses"):
            of_poses(teacher, other).restore(state)


def of_poses(teacher: Any, recorded: NDArray[np.float32] | None) -> Training:
    return Training(teacher, Lessons(SMALL, 20, Poses(0, recorded=recorded)), MASK, CPU)


def test_a_state_that_began_from_another_student_is_refused(teacher: Any) -> None:
    lessons = Lessons(SMALL, 20, Poses(0))
    fitted, warm = (Training(teacher, lessons, MASK, CPU, start) for start in (None, sample_character("bob")))
    assert (fitted.state()["flow"] is None) != (warm.state()["flow"] is None)
    for one, other in ((fitted, warm), (warm, fitted)):
        one.learn()
        with pytest.raises(DistillError, match="began otherwise --from a character"):
            other.restore(one.state())


def test_a_team_that_cannot_share_evenly_is_refused(teacher: Any) -> None:
    team = Team()
    team.size = 3
    with pytest.raises(DistillError, match="multiples of the processes"):
        Training(teacher, Lessons(SMALL, 20, Poses(0)), MASK, CPU, team=team)


def test_a_training_ends_with_its_examples(teacher: Any) -> None:
    one = training(teacher, 3)
    one.learn()
    assert not one.finished
    one.learn()
    assert one.finished


def test_a_flow_is_fitted_where_the_recipe_says_so(teacher: Any) -> None:
    fitted, other = training(teacher), training(teacher, flow_rate=None)
    for one in (fitted, other):
        one.learn()
    assert has_flow_form(body_of(fitted)) and not has_flow_form(body_of(other))


def test_a_fitted_flow_goes_on_to_be_fitted_and_learns_nothing_else(teacher: Any) -> None:
    still = training(teacher, flow_rate=Falling(0.0, 20), average=0.0)
    going = training(teacher, average=0.0)
    weights: dict[str, list[torch.Tensor]] = {"still": [], "going": []}
    for _ in range(2):
        for name, one in (("still", still), ("going", going)):
            one.learn()
            weights[name].append(one.character("it").body["siren_layers.0.0.linear.weight"].clone())
    assert torch.equal(*weights["still"])
    assert not torch.equal(*weights["going"])


def test_a_student_that_begins_as_a_fitted_one_is_fitted_anew(teacher: Any) -> None:
    first = training(teacher)
    first.learn()
    start = first.character("first")
    teacher.far = 0.3
    again = Training(teacher, Lessons(SMALL, 20, Poses(0)), MASK, CPU, start)
    again.learn()
    assert not torch.allclose(
        again.character("it").body["last_linear.weight"][0], start.body["last_linear.weight"][0]
    )
    plain = sample_character("bob")
    kept = Training(teacher, Lessons(SMALL, 20, Poses(0)), MASK, CPU, plain)
    kept.learn()
    first_layer = "siren_layers.0.0.linear.weight"
    assert torch.allclose(kept.character("it").body[first_layer], plain.body[first_layer], atol=1e-3)


def body_of(one: Training) -> BodyMorpher:
    body = BodyMorpher()
    body.load_state_dict(one.character("it").body)
    return body


def test_phases_are_stretched_over_the_examples(teacher: Any) -> None:
    lessons = Lessons(PAPER, 800, Poses(0))
    assert [lessons.part(step, 99.0) for step in (0, 50, 100, 101)] == [0, 0.5, 1, 1]
    one = training(teacher, 6)
    assert (one.steps, one.phase) == (3, (1, 2))
    one.step = 2
    assert (one.examples, one.phase) == (4, (2, 2))


def test_a_run_by_the_clock_ends_with_its_time_and_its_phases_whole(teacher: Any) -> None:
    lessons = Lessons(SMALL, 10**6, Poses(0), seconds=60.0)
    one = Training(teacher, lessons, MASK, CPU)
    one.learn()
    one.spent = 15.0
    assert (one.part, one.steps, one.remaining, one.phase) == (0.25, 4, 45.0, (1, 2))
    one.spent = 61.0
    assert (one.finished, one.steps, one.remaining) == (True, 1, 0)


def test_a_run_by_the_clock_may_go_on_with_another_time(teacher: Any) -> None:
    one, other = (
        Training(teacher, Lessons(SMALL, 10**6, Poses(0), seconds=seconds), MASK, CPU)
        for seconds in (60.0, 120.0)
    )
    one.learn()
    one.spent = 30.0
    other.restore(one.state())
    assert (one.part, other.part) == (0.5, 0.25)
    assert other.history.losses == one.history.losses != []


def test_a_face_that_has_learnt_enough_is_left_alone(teacher: Any) -> None:
    one = training(teacher, 8, face_rate=Phases(((FAST.examples // 2, 1e-4),)))
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
