from collections.abc import Awaitable, Callable
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
Call = Callable[..., Awaitable[Any]]


async def test_changes_leave_together_and_the_newest_of_a_name_wins(call: Call) -> None:
    taken = await call(
        "outbox.js",
        """m => {
            const o = new m.Outbox();
            o.put({a: 1, b: 2}, 10);
            o.put({a: 3}, 12);
            return [o.take(20), o.take(40)];
        }""",
    )
    assert taken == [{"values": {"a": 3, "b": 2}, "time": 10}, None]


async def test_a_pose_waits_for_its_interval_and_is_not_lost(call: Call) -> None:
    taken = await call(
        "outbox.js",
        """m => {
            const o = new m.Outbox();
            o.interval = 16;
            o.put({a: 1}, 0);
            const first = o.take(0);
            o.put({a: 2}, 4);
            return [first.values, o.take(8), o.empty, o.take(16), o.empty];
        }""",
    )
    assert taken == [{"a": 1}, None, False, {"values": {"a": 2}, "time": 4}, True]


async def test_poses_leave_room_for_acks_under_the_servers_limit(call: Call) -> None:
    interval = "(m, limit, fps) => m.poseInterval(limit, fps)"
    assert await call("outbox.js", interval, 240, 30) == pytest.approx(1000 / 62)
    assert await call("outbox.js", interval, 60, 30) == pytest.approx(1000 / 24)
    assert await call("outbox.js", interval, 10, 30) == pytest.approx(200)
    assert await call("outbox.js", "m => m.poseInterval(undefined, 30)") == pytest.approx(1000 / 62)


async def test_who_performs_acknowledges_each_frame_and_who_watches_some(call: Call) -> None:
    due = "(m, role, ...moments) => moments.map(now => m.ackDue(role, 1000, now))"
    moments = (1000, 1033, 1149, 1150, 1400)
    assert await call("outbox.js", due, "perform", *moments) == [True] * 5
    assert await call("outbox.js", due, "watch", *moments) == [False, False, False, True, True]
    assert await call("outbox.js", "m => m.ackDue('watch', -Infinity, 0)") is True
