from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

ON_A_CLOCK = """async (m) => {
    const {Pose} = await import('/web/js/pose.js');
    const pose = new Pose({names: ['a', 'b'], min: [0, 0], max: [1, 1], default: [0, 0]});
    const clock = {time: 0, steps: []};
    const glide = new m.Glide(pose, {now: () => clock.time, next: (step) => clock.steps.push(step)});
    glide.still = false;
    const at = (time) => {
        clock.time = time;
        clock.steps.splice(0).forEach((step) => step());
        return {...pose.values};
    };
    return (%s)(glide, pose, at, clock);
}"""


async def test_values_come_to_their_targets_and_then_rest(call: Call) -> None:
    seen = await call(
        "glide.js",
        ON_A_CLOCK
        % """(glide, pose, at, clock) => {
            glide.to({a: 1});
            return [at(0).a, at(130).a, at(260).a, clock.steps.length];
        }""",
    )
    assert seen == [0, 0.875, 1, 0]


async def test_what_the_person_moves_is_theirs_at_once(call: Call) -> None:
    seen = await call(
        "glide.js",
        ON_A_CLOCK
        % """(glide, pose, at) => {
            glide.to({a: 1, b: 1});
            at(130);
            glide.stop(['a']);
            pose.set({a: 0.2});
            return at(260);
        }""",
    )
    assert seen == {"a": 0.2, "b": 1}


async def test_less_motion_goes_there_at_once(call: Call) -> None:
    seen = await call(
        "glide.js",
        ON_A_CLOCK % "(glide, pose) => { glide.still = true; glide.to({a: 0.4}); return pose.values.a; }",
    )
    assert seen == 0.4
