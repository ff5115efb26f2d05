"""Webcam clips through the whole server: pictures go in, and the poses that their faces make come out."""

import asyncio
import gzip
import io
import json
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import av
import msgpack
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.blendshapes import head_angles, to_pose
from models.character import save_character
from models.pose import INDEX
from models.sample import sample_character
from server.bench import running_server
from server.tracking_pool import Pool, Seen, worker_command

pytest.importorskip("mediapipe", reason="The package mediapipe is not installed.")

MODEL = Path("mediapipe") / "face_landmarker.task"
GIF = "head-pose-face-detection-female.gif"


@dataclass
class Tracked:
    """What came back of a clip: per picture whether a face was seen, and its pose where it was."""

    face: NDArray[np.bool_]
    poses: NDArray[np.float64]

    def of(self, name: str) -> NDArray[np.float64]:
        return self.poses[:, INDEX[name]]


def jpegs(clip: Path) -> Iterator[bytes]:
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            file = io.BytesIO()
            Image.fromarray(frame.to_ndarray(format="rgb24")).save(file, "JPEG", quality=90)
            yield file.getvalue()


def recorded(real_data: Path, clip: str) -> list[tuple[dict[str, float], tuple[float, float, float]] | None]:
    """Blendshapes and head angles of every picture, None where no face was seen."""
    with gzip.open(real_data / "blendshapes" / f"{clip}.jsonl.gz", "rt") as lines:
        names = json.loads(next(lines))["names"]
        return [
            (
                dict(zip(names, line["blendshapes"], strict=True)),
                head_angles(np.reshape(line["matrix"], (4, 4))),
            )
            if line["blendshapes"]
            else None
            for line in map(json.loads, lines)
        ]


@asynccontextmanager
async def server(real_data: Path, tmp_path: Path) -> AsyncIterator[str]:
    save_character(sample_character("ada", 0), tmp_path / "ada")
    async with running_server(
        "--characters", str(tmp_path), "--face-model", str(real_data / MODEL)
    ) as address:
        yield address


@asynccontextmanager
async def performer(address: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{address}/v1/stream", protocols=["bunraku.v1.msgpack"], max_msg_size=0) as socket,
    ):
        await say(
            socket,
            type="hello",
            role="perform",
            character="ada",
            video={"size": 128, "codecs": ["jpeg"], "max_fps": 1},
        )
        yield socket


async def say(socket: aiohttp.ClientWebSocketResponse, **message: Any) -> None:
    await socket.send_bytes(msgpack.packb(message))


async def hear(socket: aiohttp.ClientWebSocketResponse, *kinds: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (message := msgpack.unpackb(await socket.receive_bytes()))["type"] not in kinds:
            pass
    return dict(message)


async def tracked(socket: aiohttp.ClientWebSocketResponse, pictures: Iterable[bytes], rate: float) -> Tracked:
    """Pictures at the rate, a second, at which they were filmed: the face model steadies faces over time."""
    answers, begun = [], time.monotonic()
    for seq, data in enumerate(pictures):
        await asyncio.sleep(begun + seq / rate - time.monotonic())
        await say(socket, type="image", seq=seq, format="jpeg", data=data)
        answers.append(await hear(socket, "tracking"))
        assert answers[-1]["seq"] == seq
    poses = [answer.get("values", [np.nan] * 45) for answer in answers]
    return Tracked(np.array([answer["face"] for answer in answers]), np.array(poses, float))


GREY = 10
"""Pictures of nothing between two plays of the clip whose face is not there at first."""


async def play(real_data: Path, folder: Path) -> dict[str, Tracked]:
    """Every clip, each before a performer of its own."""
    webcam = real_data / "webcam"
    bird = list(jpegs(webcam / "asl_bird.mkv"))
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "grey").save(file, "JPEG")
    clips = {
        GIF: (list(jpegs(webcam / GIF)), 12.5),
        "asl_yes.mkv": (list(jpegs(webcam / "asl_yes.mkv")), 30),
        "asl_bird.mkv": ([*bird, *[file.getvalue()] * GREY, *bird[14:]], 30),
        "d18.mp4": (list(jpegs(webcam / "d18.mp4"))[::3], 10),
    }
    seen = {}
    async with server(real_data, folder) as address:
        for name, (pictures, rate) in clips.items():
            async with performer(address) as socket:
                await say(socket, type="set", tracking={"smoothing": False})
                seen[name] = await tracked(socket, pictures, rate)
    return seen


@pytest.fixture(scope="module")
def played(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tracked]:
    return asyncio.run(play(real_data, tmp_path_factory.mktemp("characters")))


def test_a_turning_head_turns_the_pose_as_the_recording_has_it(
    real_data: Path, played: dict[str, Tracked]
) -> None:
    seen, looks = played[GIF], recorded(real_data, GIF)
    both = [k for k, look in enumerate(looks) if look is not None and seen.face[k]]
    assert len(both) > 0.9 * len(looks)
    expected = np.array([to_pose(*look) for k in both if (look := looks[k]) is not None])
    turn = seen.of("head_y")[both]
    assert turn.max() > 0.9
    assert turn.min() < -0.9
    assert np.corrcoef(turn, expected[:, INDEX["head_y"]])[0, 1] > 0.97
    assert np.median(np.abs(seen.poses[both] - expected)) < 0.02


def test_blinks_and_nods_come_in_their_moments(real_data: Path, played: dict[str, Tracked]) -> None:
    seen, looks = played["asl_yes.mkv"], recorded(real_data, "asl_yes.mkv")
    both = [k for k, look in enumerate(looks) if look is not None and k < len(seen.face) and seen.face[k]]
    expected = np.array([to_pose(*look) for k in both if (look := looks[k]) is not None])
    for name in ("eye_wink_left", "eye_wink_right", "head_x"):
        was, now = expected[:, INDEX[name]], seen.of(name)[both]
        assert np.ptp(was) > 0.5
        assert np.corrcoef(now, was)[0, 1] > 0.85, name
        assert now[was > 0.5].mean() - now[was < 0.1].mean() > 0.4, name


def test_a_face_is_lost_and_found_again_as_the_recording_has_it(
    real_data: Path, played: dict[str, Tracked]
) -> None:
    face, looks = played["asl_bird.mkv"].face, recorded(real_data, "asl_bird.mkv")
    was = np.array([look is not None for look in looks])
    clip, grey, again = np.split(face, [len(was), len(was) + GREY])
    assert (~was).sum() > 10
    assert np.mean(clip == was) > 0.9
    assert not grey.any()
    assert again[-20:].all()
    assert np.isnan(played["asl_bird.mkv"].of("head_x")).tolist() == (~face).tolist()


def test_strong_expressions_open_the_mouth_and_close_the_eyes(played: dict[str, Tracked]) -> None:
    seen = played["d18.mp4"]
    assert seen.face.mean() > 0.9
    assert np.nanmax(seen.of("mouth_aaa")) > 0.7
    assert np.nanmin(seen.of("mouth_aaa")) < 0.05
    lids = seen.of("eye_wink_left") + seen.of("eye_happy_wink_left")
    assert np.nanmax(lids) > 0.7
    assert np.nanmin(lids) < 0.05


async def test_broken_pictures_are_refused_in_a_sentence_and_the_next_face_is_seen(
    real_data: Path, tmp_path: Path
) -> None:
    portrait = (real_data / "webcam" / "obama.jpg").read_bytes()
    async with server(real_data, tmp_path) as address, performer(address) as socket:
        for data in (b"", b"\xff\xd8\xff", portrait[: len(portrait) // 2]):
            await say(socket, type="image", seq=1, format="jpeg", data=data)
            assert (await hear(socket, "error"))["code"] == "bad_image"
        await say(socket, type="image", seq=2, format="jpeg", data=portrait)
        assert (await hear(socket, "tracking"))["face"] is True


def sockets(pid: int) -> list[str]:
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return sorted(link for link in links if link.startswith("socket:"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="This system has no /proc to look into.")
async def test_the_process_that_sees_opens_no_socket(real_data: Path) -> None:
    pool = Pool(worker_command(real_data / MODEL), 1, lambda: None)
    await pool.start()
    try:
        before = sockets(pool.pids[0])
        seen: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        pool.look("a", "jpeg", (real_data / "webcam" / "biden.jpg").read_bytes(), seen.set_result)
        assert (await asyncio.wait_for(seen, 60)).values
        after = sockets(pool.pids[0])
    finally:
        await pool.stop()
    assert after == before
    assert len(before) <= 1  # the pipe that it is fed by


async def test_the_recorded_blendshapes_of_a_portrait_are_what_the_process_sees(real_data: Path) -> None:
    observed = json.loads((real_data / "mediapipe" / "business-person_observed_0.10.30.json").read_text())
    pool = Pool(worker_command(real_data / MODEL), 1, lambda: None)
    await pool.start()
    try:
        seen: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        pool.look("a", "png", (real_data / "webcam" / "business-person.png").read_bytes(), seen.set_result)
        values = (await asyncio.wait_for(seen, 60)).values
    finally:
        await pool.stop()
    assert values is not None
    expected = observed["blendshapes"]
    assert max(abs(values[name] - expected[name]) for name in expected) < 0.1
