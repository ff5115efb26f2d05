from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.distill.recipe import Phases
from models.student import Weights
from models.teachers.rotators import BodyMorpher, Upscaler
from models.teachers.unet import UNetSizes
from models.team import Team
from models.training.course import HALF_ROTATOR, Course, Phase, TrainingError
from models.training.feed import batched
from models.training.training import Aids, Training, drawn, side_at
from models.training.triples import Triple
from models.vgg import Vgg
from teams import started

CPU = torch.device("cpu")
TINY = UNetSizes(4, 7, 6, 32, (1, 1))

# What each process does: three steps of one training.
SCRIPT = """
import sys
import numpy as np, torch
from models.distill.recipe import Phases
from models.teachers.rotators import BodyMorpher, Upscaler
from models.teachers.unet import UNetSizes
from models.team import gathering
from models.training.course import Course, Phase
from models.training.training import Aids, Training
from models.training.triples import Triple

class Given(list):
    checksum = 1

tiny = UNetSizes(4, 7, 6, 32, (1, 1))
turns = (-1.0, -0.3, 0.4, 1.0)
examples = Given(
    Triple(torch.full((4, 8, 8), -0.5), np.float32(t) * np.eye(45, dtype=np.float32)[40],
           torch.full((4, 8, 8), t / 4)) for t in turns)
phases = Phases(((4, Phase("none")), (12, Phase("none", coarse=True))))
course = Course("upscaler", 8, phases, batch=4, rate=1e-3, warm_up=4)
cpu = torch.device("cpu")
with gathering(cpu) as team:
    torch.manual_seed(team.rank)  # whose weights count is the first process's
    network, rotator = Upscaler(tiny), BodyMorpher(tiny)
    training = Training(course, examples, Aids(half_rotator=rotator), 0, cpu,
                        network=network, team=team, threads=1)
    while not training.finished:
        training.learn()
    training.close()
    torch.save(network.state_dict(), f"{sys.argv[1]}/{team.rank}-{team.size}.pt")
"""

Make = Callable[..., Training]


def lasting(course: Course, steps: int, **changes: Any) -> Course:
    phases = Phases(((steps * changes.get("batch", course.batch), Phase("none")),))
    return replace(course, phases=phases, **changes)


def given(triples: Any, examples: list[Triple]) -> Any:
    return replace(triples, all=examples)


def test_the_loss_comes_down_to_the_medians(make: Make, course: Course, triples: Any) -> None:
    """Pictures of one colour, several for one pose: by L1 the best answer to a pose is their median.

    What is drawn and what is blended can reach it. A picture of one colour stays itself under every flow, so
    the warped picture's share is fixed.
    """
    colours = {0.0: (-0.6, -0.5, 0.2), 1.0: (0.1, 0.4, 0.5)}
    rest = -0.2
    all_colours = [colour for some in colours.values() for colour in some]
    spread = np.mean([abs(colour - np.median(some)) for some in colours.values() for colour in some])
    fixed = np.mean([abs(colour - rest) for colour in all_colours])

    turned = [(turn, colour) for turn, some in colours.items() for colour in some]
    flat = torch.ones(4, 8, 8)
    poses = {turn: np.eye(45, dtype=np.float32)[40] * np.float32(turn) for turn in colours}
    examples = [Triple(rest * flat, poses[turn], colour * flat) for turn, colour in turned]
    long = lasting(course, 100, batch=6, rate=3e-3, warm_up=60)
    training = make(course=long, triples=given(triples, examples))
    losses = [training.learn() for _ in range(long.steps)]
    first, last = losses[0], losses[-1]
    assert training.finished
    assert first["direct"] > spread + 0.15 < first["merged"]
    for name in ("direct", "merged"):
        assert spread - 1e-6 <= last[name] < spread + 0.02
    assert last["warped"] == pytest.approx(fixed, abs=1e-6)


def test_the_flow_learns_how_far_a_picture_moved(make: Make, course: Course, triples: Any) -> None:
    """A ramp that is moved by two pixels: the flow can follow, but for what comes from beyond the border."""
    places = (torch.arange(8) * 2 + 1) / 8 - 1
    ramp = (0.8 * places).expand(4, 8, 8).clone()
    moved = ramp + 0.8 * 0.5
    limit = float((moved - ramp.max()).clamp(min=0).mean())

    example = Triple(ramp, np.zeros(45, np.float32), moved)
    long = lasting(course, 120, batch=1, rate=3e-3, warm_up=10)
    training = make(course=long, triples=given(triples, [example]))
    losses = [training.learn()["warped"] for _ in range(long.steps)]
    assert losses[0] == pytest.approx(0.4, abs=1e-3)
    assert limit - 1e-6 <= min(losses) < limit + 0.03


def test_a_restored_training_goes_on_bit_for_bit(make: Make, course: Course) -> None:
    course = lasting(course, 6)
    one, other = make(course=course), make(course=course)
    for _ in range(3):
        one.learn()
    other.restore(one.state())
    assert [one.learn() for _ in range(3)] == [other.learn() for _ in range(3)]
    theirs = other.network.state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in one.network.state_dict().items())


def test_the_state_of_another_run_is_refused(make: Make, course: Course, triples: Any) -> None:
    state = make().state()
    for other in (
        make(seed=1),
        make(course=lasting(course, 5)),
        make(triples=replace(triples, checksum=2)),
    ):
        with pytest.raises(TrainingError, match="another course, seed or data"):
            other.restore(state)


def test_perceptual_terms_join_in_their_phase(make: Make, course: Course) -> None:
    torch.manual_seed(0)
    phases = Phases(((2, Phase("none")), (4, Phase("whole"))))
    training = make(course=replace(course, phases=phases), aids=Aids(vgg=Vgg()))
    assert training.learn().keys() == {"warped", "direct", "merged"}
    assert training.learn().keys() >= {"warped, whole", "direct, whole", "merged, whole"}
    assert training.finished


def test_the_editor_learns_its_coarse_input_in_the_last_phase_alone(triples: Any) -> None:
    torch.manual_seed(0)
    editor, rotator = Upscaler(TINY), BodyMorpher(TINY)
    still = [value.clone() for value in rotator.parameters()]
    phases = Phases(((4, Phase("none")), (12, Phase("none", coarse=True))))
    course = Course("upscaler", 8, phases, batch=2, rate=1e-3, warm_up=0)
    training = Training(course, triples, Aids(half_rotator=rotator), 0, CPU, network=editor, threads=1)
    before = editor.coarse_image_conv.weight.detach().clone()
    for _ in range(2):
        training.learn()
    assert torch.equal(editor.coarse_image_conv.weight, before)
    for _ in range(4):
        training.learn()
    assert not torch.equal(editor.coarse_image_conv.weight, before)
    pairs = zip(still, rotator.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_what_a_course_needs_must_be_there(make: Make, course: Course) -> None:
    seeing = replace(course, phases=Phases(((2, Phase("whole")),)))
    with pytest.raises(TrainingError, match="name VGG16's weights"):
        make(course=seeing)
    coarse = replace(course, network="upscaler", phases=Phases(((2, Phase("none", coarse=True)),)))
    with pytest.raises(TrainingError, match="upscaler needs a trained body_morpher"):
        make(course=coarse)


def test_a_batch_must_be_shared_evenly(make: Make) -> None:
    three = Team()
    three.size = 3
    with pytest.raises(TrainingError, match="2 examples a step cannot be shared by 3 processes"):
        make(team=three)


def test_frames_can_be_looked_at_between_steps(make: Make, triples: Any) -> None:
    training = make()
    made, posed = training.shown(batched([triples[3]]))
    assert torch.equal(posed, torch.full((1, 4, 8, 8), 0.25))
    # Untrained, it draws 0, warps nothing, and blends the two half and half.
    assert torch.allclose(made, torch.full((1, 4, 8, 8), -0.25), atol=1e-6)


def test_a_network_is_drawn_by_its_seed() -> None:
    one, other = drawn(HALF_ROTATOR, 5), drawn(HALF_ROTATOR, 5)
    key = "body.first_conv.weight"
    assert torch.equal(one.get_parameter(key), other.get_parameter(key))
    assert not torch.equal(one.get_parameter(key), drawn(HALF_ROTATOR, 6).get_parameter(key))


def test_both_sides_are_drawn_as_often() -> None:
    sides = [side_at(0, step) for step in range(1000)]
    assert 450 < sides.count("colour") < 550
    assert sides == [side_at(0, step) for step in range(1000)]


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    started(SCRIPT, str(tmp_path), size=1)
    started(SCRIPT, str(tmp_path))
    one, first, second = (torch.load(tmp_path / f"{name}.pt") for name in ("0-1", "0-2", "1-2"))
    torch.manual_seed(0)
    assert apart(first, second) == 0
    # Where a gradient is but rounding, Adam makes a step of it all the same: a few weights differ.
    assert apart(one, first) < 0.02 * apart(one, dict(Upscaler(TINY).state_dict()))


def apart(one: Weights, other: Weights) -> float:
    return sum(float((value - other[key]).abs().sum()) for key, value in one.items())
