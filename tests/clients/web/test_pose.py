from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]

PARAMETERS = {
    "names": ["eye_wink_left", "eye_wink_right", "iris_rotation_x", "mouth_aaa", "head_x", "new_thing"],
    "min": [0, 0, -1, 0, -1, 0],
    "max": [1, 1, 1, 1, 1, 2],
    "default": [0, 0, 0, 0, 0, 0.5],
}


async def on_a_pose(call: Call, function: str) -> Any:
    return await call("pose.js", f"(m, parameters) => ({function})(new m.Pose(parameters), m)", PARAMETERS)


async def test_every_parameter_stands_in_one_row_with_its_sides_together(call: Call) -> None:
    groups = await call("pose.js", "(m, names) => m.layout(names)", PARAMETERS["names"])
    assert [(group["id"], [row["names"] for row in group["rows"]]) for group in groups] == [
        ("eyes", [["eye_wink_left", "eye_wink_right"]]),
        ("irises", [["iris_rotation_x"]]),
        ("mouth", [["mouth_aaa"]]),
        ("body", [["head_x"], ["new_thing"]]),
    ]
    assert [row["label"] for group in groups for row in group["rows"]] == [
        "Wink",
        "Look up, down",
        "Aaa",
        "Head up, down",
        "New thing",
    ]


async def test_a_side_has_its_other_side(call: Call) -> None:
    other = "m => ['eye_wink_left', 'eye_wink_right', 'head_x'].map(m.otherSide)"
    assert await call("pose.js", other) == ["eye_wink_right", "eye_wink_left", None]


async def test_values_are_clamped_and_only_changes_are_told(call: Call) -> None:
    told = await on_a_pose(
        call,
        """pose => {
            const told = [];
            pose.addEventListener('change', (event) => told.push(event.detail.changes));
            pose.set({head_x: -3, mouth_aaa: 0, nose: 1, new_thing: NaN});
            pose.set({head_x: -1});
            return told;
        }""",
    )
    assert told == [{"head_x": -1}]


async def test_a_copied_pose_is_read_back(call: Call) -> None:
    values = await on_a_pose(
        call, "pose => { pose.set({head_x: 0.12345, new_thing: 2}); return pose.read(pose.toText()); }"
    )
    assert values["head_x"] == 0.123
    assert values["new_thing"] == 2
    assert len(values) == 6


async def test_a_list_is_read_in_the_order_of_the_parameters_and_a_map_leaves_the_rest_at_rest(
    call: Call,
) -> None:
    assert (await on_a_pose(call, "pose => pose.read('[1,0,0,0.5,0,0]')"))["mouth_aaa"] == 0.5
    assert await on_a_pose(call, "pose => pose.read('{\"head_x\": 1}')") == {
        "eye_wink_left": 0,
        "eye_wink_right": 0,
        "iris_rotation_x": 0,
        "mouth_aaa": 0,
        "head_x": 1,
        "new_thing": 0.5,
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "This is not JSON."),
        ("3", "A pose is a map of names to numbers."),
        ("[1]", "A pose has 6 numbers; this one has 1."),
        ('{"nose": 1}', "There is no parameter called “nose”."),
        ('{"head_x": "1"}', "The value of head_x is not a number."),
    ],
)
async def test_a_text_that_is_no_pose_is_told_in_one_sentence(call: Call, text: str, sentence: str) -> None:
    read = "(m, p, text) => { try { new m.Pose(p).read(text); } catch (error) { return error.message; } }"
    assert await call("pose.js", read, PARAMETERS, text) == sentence
