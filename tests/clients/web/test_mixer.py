from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


async def test_a_layer_draws_values_as_far_as_its_weight_and_the_last_lies_on_top(call: Call) -> None:
    result = await call(
        "mixer.js",
        """m => m.mixed({a: 0, b: 1, c: 0.5}, [
            {values: {a: 1, b: 0}, weight: 0.25},
            {values: {b: 0.25, unknown: 1}, weight: 1},
        ])""",
    )
    assert result == {"a": 0.25, "b": 0.25, "c": 0.5}


async def test_only_what_changed_is_sent_and_everything_to_a_new_session(call: Call) -> None:
    sent = await call(
        "mixer.js",
        """async m => {
            const { Pose } = await import("/web/js/pose.js");
            const pose = new Pose({names: ["a", "b"], min: [0, 0], max: [1, 1], default: [0, 0]});
            const sent = [];
            const mixer = new m.Mixer(pose, (changes) => sent.push(changes));
            mixer.whole();
            mixer.lay("over", {b: 1}, 0.5);
            pose.set({a: 1});
            mixer.lay("over", {b: 1}, 0.5);
            mixer.lay("over", {b: 1}, 0);
            mixer.whole();
            return sent;
        }""",
    )
    assert sent == [{"a": 0, "b": 0}, {"b": 0.5}, {"a": 1}, {"b": 0}, {"a": 1, "b": 0}]
