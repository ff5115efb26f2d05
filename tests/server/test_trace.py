import json
from pathlib import Path

import pytest

from house import OpenHouse
from server.outbox import Frame, Stamps
from server.settings import SettingsError
from server.trace import Trace, own_shares, read_trace


def test_each_frame_is_a_line_with_its_input_and_its_times(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "times.jsonl")
    for seq in (4, 5):
        frame = Frame(
            b"", True, "webp", Stamps(1.0, 1.1, 1.2, 1.3, 0.05, 0.02), {"seq": seq, "time": 7.5}, fresh=True
        )
        trace(frame, 1.4)
    trace.close()
    first, second = map(json.loads, (tmp_path / "times.jsonl").read_text().splitlines())
    assert first == {
        "seq": 4, "time": 7.5, "arrived": 1.0, "begun": 1.1, "drawn": 1.2, "encoded": 1.3, "sent": 1.4,
        "busy": 0.05, "handed": 0.02,
    }  # fmt: skip
    assert second["seq"] == 5


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"The trace .*times.jsonl cannot be written: No such file"):
        Trace(tmp_path / "nowhere" / "times.jsonl")


async def test_a_server_that_is_told_to_writes_the_times_of_its_performers(
    house: OpenHouse, tmp_path: Path
) -> None:
    async with house(trace=str(tmp_path / "times.jsonl")) as home:
        performer, watcher = await home.peer(), await home.peer()
        session = (await performer.perform())["session"]
        await watcher.watch(session)
        await performer.say("pose", seq=3, time=12.5, values={"head_x": 0.5})
        for peer in (performer, watcher):
            while (await peer.hear("frame")).get("seq") != 3:
                pass
    (line,) = (tmp_path / "times.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert (told["seq"], told["time"]) == (3, 12.5)
    times = [told[name] for name in ("arrived", "begun", "drawn", "encoded", "sent")]
    assert times == sorted(times)


def test_what_is_the_servers_own_is_told_from_what_the_device_was_busy_with(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "times.jsonl")
    for arrived, busy in ((1.0, 0.09), (2.0, 0.0), (3.0, 0.0)):
        stamps = Stamps(arrived, arrived + 0.1, arrived + 0.2, arrived + 0.3, busy, 0.002)
        trace(Frame(b"", True, "webp", stamps, {}, fresh=True), arrived + 0.301)
    trace.close()
    told = read_trace(tmp_path / "times.jsonl")
    assert own_shares(told, 0.5, 2.5) == pytest.approx([13.0, 103.0])
    assert own_shares(told, 0.5, 2.2) == pytest.approx([13.0])
    assert own_shares(told, 1.5, 2.5) == pytest.approx([103.0])
