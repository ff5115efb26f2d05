"""A pose track: a recorded performance, as a file.

Either JSON lines, each `{"time": ms, "values": [45 numbers] | {name: number}}`, a map changing only what it
names; or an `.npz` with `poses` (n, 45) and, if wished, `fps`.
"""

import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bunraku_client.errors import InvalidInputError, reason
from bunraku_client.pose import PARAMETERS, checked, whole
from bunraku_client.welcome import Parameters

DEFAULT_FPS = 30.0
Values = dict[str, float] | NDArray[np.float32]


@dataclass(frozen=True)
class Track:
    """Poses in time: `times` (n,) milliseconds, rising; `values` one whole or sparse pose each."""

    times: NDArray[np.floating[Any]]
    values: tuple[Values, ...]

    def __post_init__(self) -> None:
        if not self.values or len(self.values) != len(self.times):
            raise InvalidInputError("A track has at least one pose, and one time for each.")
        if not np.isfinite(self.times).all() or (np.diff(self.times) < 0).any():
            raise InvalidInputError("The times of a track are finite and do not go back.")

    @property
    def step_ms(self) -> float:
        """Milliseconds from one pose to the next, in the middle of the track's steps."""
        steps = np.diff(self.times)
        step = float(np.median(steps)) if steps.size else 0.0
        return step or 1000 / DEFAULT_FPS

    @property
    def length_ms(self) -> float:
        """Milliseconds from the first pose to where a repetition would begin."""
        return float(self.times[-1] - self.times[0]) + self.step_ms

    def poses(self, parameters: Parameters) -> NDArray[np.float32]:
        """Every pose whole: float32 (n, 45), sparse ones laid over those before them, beginning at rest.

        Raises `InvalidInputError` for a parameter that the character does not have.
        """
        index = {name: place for place, name in enumerate(parameters.names)}
        pose, rows = parameters.rest.copy(), []
        for values in self.values:
            pose = _laid_over(pose, values, index)
            rows.append(pose)
        return np.stack(rows)

    def sampler(self, parameters: Parameters) -> Callable[[float], NDArray[np.float32]]:
        """A function from seconds to the pose at that moment, going round and round."""
        poses, times = self.poses(parameters), self.times - self.times[0]

        def at(seconds: float) -> NDArray[np.float32]:
            moment = seconds * 1000 % self.length_ms
            pose: NDArray[np.float32] = poses[int(np.searchsorted(times, moment, "right")) - 1]
            return pose

        return at


def read_track(path: Path, fps: float | None = None) -> Track:
    """Read a track; `fps` goes before that of an `.npz`, whose own default is 30.

    Raises `InvalidInputError`, naming the line where there is one.
    """
    try:
        if path.suffix == ".npz":
            return _read_npz(path, fps)
        return _read_lines(path.read_text("utf-8").splitlines())
    except (OSError, zipfile.BadZipFile) as error:
        raise InvalidInputError(f"The track {path} cannot be read: {reason(error)}.") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"The track {path} is neither JSON lines nor .npz.") from error


def write_track(path: Path, track: Track) -> None:
    """Write a track as the suffix says: `.npz` for whole poses at an even pace, else JSON lines.

    Raises `InvalidInputError` where an `.npz` cannot hold it.
    """
    if path.suffix == ".npz":
        np.savez_compressed(path, poses=_rows(track), fps=np.float64(_even_fps(track)))
        return
    entries = zip(track.times.tolist(), track.values, strict=True)
    lines = (json.dumps({"time": time, "values": _plain(values)}) for time, values in entries)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _laid_over(pose: NDArray[np.float32], values: Values, index: dict[str, int]) -> NDArray[np.float32]:
    if not isinstance(values, dict):
        return values
    changed = pose.copy()
    for name, number in values.items():
        if name not in index:
            raise InvalidInputError(f"The track moves {name!r}, which the character does not have.")
        changed[index[name]] = number
    return changed


def _read_npz(path: Path, fps: float | None) -> Track:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            poses = np.asarray(arrays["poses"], dtype=np.float32)
            pace = float(fps or arrays.get("fps", DEFAULT_FPS))
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidInputError(f"The track {path} holds no array 'poses' of numbers.") from error
    if poses.ndim != 2 or poses.shape[1] != PARAMETERS:
        raise InvalidInputError(f"'poses' in {path} has shape {poses.shape}, not (n, {PARAMETERS}).")
    if not pace > 0:
        raise InvalidInputError(f"The track {path} has no pace: fps is {pace}.")
    return Track(
        np.arange(len(poses), dtype=np.float64) * (1000 / pace), tuple(whole(pose) for pose in poses)
    )


def _read_lines(lines: Iterable[str]) -> Track:
    entries = [_entry(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    times = np.array([time for time, _ in entries], dtype=np.float64)
    return Track(times, tuple(values for _, values in entries))


def _entry(line: str, number: int) -> tuple[float, Values]:
    try:
        entry: Any = json.loads(line)
        values = checked(entry["values"])
        return float(entry["time"]), values if isinstance(values, dict) else whole(values)
    except InvalidInputError as error:
        raise InvalidInputError(f"Line {number} of the track: {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        sentence = f"Line {number} of the track is not a map with a time in ms and values."
        raise InvalidInputError(sentence) from error


def _rows(track: Track) -> NDArray[np.float32]:
    rows = [values for values in track.values if isinstance(values, np.ndarray)]
    if len(rows) < len(track.values):
        raise InvalidInputError("An .npz holds whole poses only: write JSON lines instead.")
    return np.stack(rows)


def _even_fps(track: Track) -> float:
    even = track.times[0] + np.arange(len(track.times)) * track.step_ms
    if not np.allclose(track.times, even, rtol=0, atol=0.5):
        raise InvalidInputError("An .npz holds poses at an even pace only: write JSON lines instead.")
    return 1000 / track.step_ms


def _plain(values: Values) -> object:
    return values.tolist() if isinstance(values, np.ndarray) else values
