"""Face tracking measured on a clip: pictures into poses, what a pose costs, and how steady it is."""

from __future__ import annotations

import asyncio
import io
import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypedDict

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image

from models.blendshapes import head_angles, to_pose
from models.expressions import SHIPPED
from models.mixer import Fade, Presence, layer, present
from models.pose import DEFAULT, INDEX
from models.smoothing import Smoother
from models.steadiness import blinks, trembling
from server.bench import percentile, running_server
from server.performing import Plan
from server.settings import SettingsError
from server.tracking_face import Face
from server.tracking_model import find_model
from server.tracking_neighbours import bench_neighbours
from server.tracking_pictures import read_picture
from server.tracking_pool import Pool, Seen, worker_command
from server.tracking_worker import as_image, landmarker

_WIDTH = 320
_QUALITY = 70
_MOST_PICTURES = 300
_WARM = 5
_ROUNDS = 5


class TimeRow(TypedDict):
    """From a picture to what is known of it, in milliseconds; `against_bare` is the ratio of the medians.

    process_ms: mean time of all cores together; NaN for another process's.
    """

    what: str
    median_ms: float
    p95_ms: float
    against_bare: float
    process_ms: float


class PoseRow(TypedDict):
    """What one step from a look at a face to the pose that is drawn takes of the process's time."""

    step: str
    us: float


class SteadyRow(TypedDict):
    """`trembling`: the share that smoothing leaves. `depth`, `late_ms`: of the least and the latest blink."""

    what: str
    trembling: float
    blinks: int
    depth: float
    late_ms: float


@dataclass(frozen=True)
class Clip:
    """Pictures as the page sends them, JPEG of 320 wide, and how many of them are of a second."""

    pictures: Sequence[bytes]
    fps: float


@dataclass(frozen=True)
class Look:
    """A face in the picture of that moment, in seconds; `matrix` of 16 numbers."""

    seconds: float
    values: dict[str, float]
    matrix: Sequence[float]

    def pose(self) -> NDArray[np.float32]:
        """The pose that it makes, not smoothed."""
        return to_pose(self.values, head_angles([self.matrix[row : row + 3] for row in (0, 4, 8)]))


def read_clip(path: Path) -> Clip:
    """The first 300 pictures of a film. Raises SettingsError where it cannot be read."""
    try:
        with av.open(str(path)) as film:
            stream = film.streams.video[0]
            frames = itertools.islice(film.decode(stream), _MOST_PICTURES)
            pictures = [_jpeg(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)) for frame in frames]
            return Clip(pictures, float(stream.average_rate or 30))
    except (OSError, IndexError, FFmpegError):
        raise SettingsError(f"{path} is no film that can be read.") from None


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    picture, file = Image.fromarray(pixels), io.BytesIO()
    height = round(picture.height * _WIDTH / picture.width)
    picture.resize((_WIDTH, height), Image.Resampling.BILINEAR).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


async def bench_tracking(
    clip: Path, model: str, folder: Path, plan: Plan
) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Every table by its title. `model` as in the settings; `folder` has the plan's characters.

    Raises SettingsError and ModelError for what is not there.
    """
    found, film = find_model(model), read_clip(clip)
    times, looks = await bench_pictures(film, found)
    if not looks:
        raise SettingsError(f"No face is seen in {clip}.")
    async with running_server("--characters", str(folder), "--face-model", str(found)) as address:
        neighbours = await bench_neighbours(address, plan, film.pictures, times[0]["process_ms"] / 1e3)
    return {
        f"{len(film.pictures)} pictures, MediaPipe alone and a tracker process by turns": times,
        f"A session of {plan.fps:g} poses a second beside four others": neighbours,
        "From a look at a face to the pose that is drawn, process time": bench_poses(looks),
        "What smoothing leaves": steadiness(looks, film.fps),
    }


async def bench_pictures(clip: Clip, model: Path) -> tuple[list[TimeRow], list[Look]]:
    """Every picture to MediaPipe alone and to a tracker process, which of them first by turns.

    `bare` is FaceLandmarker on the decoded picture; `tracked` is from the JPEG's bytes to the smoothed pose,
    by the way that pictures go in the server. The looks are those of the tracked faces, of pictures that come
    at the clip's own pace afterwards: the face model steadies faces over time.
    """
    bare, tracked = _Bare(model), _Tracked(model)
    await tracked.pool.start()
    try:
        for number, picture in enumerate(clip.pictures):
            moment = number / clip.fps
            if number % 2:
                bare.see(picture, moment)
                await tracked.see(picture, moment)
            else:
                await tracked.see(picture, moment)
                bare.see(picture, moment)
    finally:
        bare.close()
        await tracked.pool.stop()
    usual, process = median(bare.times[_WARM:]), bare.process / len(clip.pictures)
    rows = [_times("bare", bare.times, usual, process), _times("tracked", tracked.times, usual, math.nan)]
    return rows, await _paced(clip, model)


async def _paced(clip: Clip, model: Path) -> list[Look]:
    tracked = _Tracked(model)
    await tracked.pool.start()
    try:
        begun = time.monotonic()
        for number, picture in enumerate(clip.pictures):
            moment = number / clip.fps
            await asyncio.sleep(begun + moment - time.monotonic())
            await tracked.see(picture, moment)
    finally:
        await tracked.pool.stop()
    return tracked.looks


def _times(what: str, seconds: Sequence[float], usual: float, process: float) -> TimeRow:
    ordered = sorted(seconds[_WARM:])
    middle = median(ordered)
    return TimeRow(
        what=what,
        median_ms=1e3 * middle,
        p95_ms=1e3 * percentile(ordered, 0.95),
        against_bare=middle / usual,
        process_ms=1e3 * process,
    )


class _Bare:
    def __init__(self, model: Path) -> None:
        self.times: list[float] = []
        self.process = 0.0
        self._landmarker = landmarker(str(model))

    def see(self, picture: bytes, moment: float) -> None:
        image = as_image(read_picture(picture, "jpeg"))
        begun, process = time.perf_counter(), time.process_time()
        self._landmarker.detect_for_video(image, round(1e3 * moment))
        self.times.append(time.perf_counter() - begun)
        self.process += time.process_time() - process

    def close(self) -> None:
        self._landmarker.close()


class _Tracked:
    def __init__(self, model: Path) -> None:
        self.times: list[float] = []
        self.looks: list[Look] = []
        self.pool = Pool(worker_command(model), 1, lambda: None)
        self._face = Face()

    async def see(self, picture: bytes, moment: float) -> None:
        answer: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        self.pool.look("bench", "jpeg", picture, answer.set_result)
        seen = await answer
        if seen.values is not None and seen.matrix is not None:
            self._face.seen(seen.values, seen.matrix, moment, DEFAULT)
            self.looks.append(Look(moment, dict(seen.values), seen.matrix))
        self.times.append(time.perf_counter() - begun)


def bench_poses(looks: Sequence[Look]) -> list[PoseRow]:
    """What mapping, smoothing and mixing a look take, the least of five rounds over all of them."""
    poses = [look.pose() for look in looks]
    smoother, presence = Smoother(), Presence()
    expression = Fade(after=layer(SHIPPED["happy"]))

    def mixed(pose: NDArray[np.float32], seconds: float) -> None:
        expression.at(seconds).over(present(pose, presence.step(True, seconds)))

    rows = [
        _row("mapping", lambda k: looks[k].pose(), len(looks)),
        _row("smoothing", lambda k: smoother(poses[k], looks[k].seconds), len(looks)),
        _row("mixing, with an expression", lambda k: mixed(poses[k], looks[k].seconds), len(looks)),
    ]
    return [*rows, PoseRow(step="all of it", us=sum(row["us"] for row in rows))]


def _row(step: str, work: Callable[[int], Any], count: int) -> PoseRow:
    rounds = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        for number in range(count):
            work(number)
        rounds.append((time.process_time() - begun) / count)
    return PoseRow(step=step, us=1e6 * min(rounds))


def steadiness(looks: Sequence[Look], fps: float) -> list[SteadyRow]:
    """What smoothing leaves of the trembling of each angle, and how whole and how late blinks come."""
    smoother = Smoother()
    times = np.array([look.seconds for look in looks])
    raw = np.stack([look.pose() for look in looks])
    shown = np.stack([smoother(pose, look.seconds) for pose, look in zip(raw, looks, strict=True)])
    nothing = math.nan
    rows = [
        SteadyRow(
            what=name,
            trembling=trembling(raw[:, INDEX[name]], shown[:, INDEX[name]], fps),
            blinks=0,
            depth=nothing,
            late_ms=nothing,
        )
        for name in ("head_x", "head_y", "neck_z")
    ]
    lids = [blinks(_lid(raw, side), _lid(shown, side), times) for side in ("left", "right")]
    found = [blink for side in lids for blink in side]
    depth = min((blink.depth for blink in found), default=nothing)
    late = 1e3 * max((blink.late for blink in found), default=nothing)
    return [*rows, SteadyRow(what="lids", trembling=nothing, blinks=len(found), depth=depth, late_ms=late)]


def _lid(poses: NDArray[np.float32], side: str) -> NDArray[np.float32]:
    return np.asarray(poses[:, INDEX[f"eye_wink_{side}"]] + poses[:, INDEX[f"eye_happy_wink_{side}"]])
