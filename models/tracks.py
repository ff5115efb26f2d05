"""Poses in files: arrays of numbers, lists of poses, and recorded pose tracks."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.pose import COUNT, DEFAULT, Pose, PoseError, changed, from_values

MAX_FRAMES = 10**6

SUFFIXES = (".npz", ".npy", ".json", ".jsonl")


class TrackError(ValueError):
    """A file of poses that cannot be used; the message is one plain sentence that names the file."""


def read_poses(path: Path, fps: float = 30) -> NDArray[np.float32]:
    """The poses of a file, float32 (N, 45) with N > 0, each clamped to its range.

    `.npz` holds (N, 45) as `poses`; `.npy` is that array; `.json` is a list of poses, each 45 numbers or a
    map from names to values over the rest pose; `.jsonl` is a pose track: {"time": milliseconds, "values":
    45 numbers or a map over the pose before} a line, of which the newest is taken every 1/fps seconds.

    Raises TrackError for a file that is missing, is none of these, or holds what is no pose.
    """
    if path.suffix not in SUFFIXES:
        raise TrackError(f"{path.name} must end in {', '.join(SUFFIXES)} to be read as poses.")
    try:
        poses = _read(path, fps)
    except OSError as error:
        raise TrackError(f"{path.name} cannot be read: {error.strerror or 'it is damaged'}.") from None
    except PoseError as error:
        raise TrackError(f"{path.name}: {error}") from None
    if not poses:
        raise TrackError(f"{path.name} holds no poses.")
    return np.stack(poses)


def _read(path: Path, fps: float) -> list[Pose]:
    if path.suffix == ".json":
        return _list(path)
    if path.suffix == ".jsonl":
        return _sampled(list(_track(path)), fps, path.name)
    return _array(path)


def _array(path: Path) -> list[Pose]:
    try:
        found = np.load(path, allow_pickle=False)
        array = np.asarray(found["poses"] if isinstance(found, np.lib.npyio.NpzFile) else found)
    except KeyError:
        raise TrackError(f"{path.name} has no array named poses.") from None
    except (ValueError, EOFError, zipfile.BadZipFile):
        raise TrackError(f"{path.name} is damaged: it is not an array of numbers.") from None
    if array.ndim != 2 or array.shape[1] != COUNT:
        raise TrackError(f"{path.name} must have the shape (N, {COUNT}), not {array.shape}.")
    return [from_values(row) for row in array]


def _list(path: Path) -> list[Pose]:
    poses = _json(path.read_bytes(), path.name)
    if not isinstance(poses, list):
        raise TrackError(f"{path.name} must be a list of poses.")
    return [_pose(values, DEFAULT) for values in poses]


def _track(path: Path) -> Iterator[tuple[float, Pose]]:
    """(milliseconds, pose) of every line."""
    pose, last = DEFAULT, float("-inf")
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        entry = _json(line, f"Line {number} of {path.name}")
        time = entry.get("time") if isinstance(entry, dict) else None
        if not isinstance(time, int | float) or not last <= time < float("inf") or "values" not in entry:
            raise TrackError(
                f"Line {number} of {path.name} must have values and a time that does not go back."
            )
        pose, last = _pose(entry["values"], pose), time
        yield time, pose


def _sampled(track: list[tuple[float, Pose]], fps: float, name: str) -> list[Pose]:
    if not track:
        return []
    times = np.array([time for time, _ in track]) - track[0][0]
    if times[-1] * fps / 1000 >= MAX_FRAMES:
        raise TrackError(f"{name} is longer than {MAX_FRAMES} frames.")
    # A hair late, so that a line written at a frame's own time is not missed by rounding.
    frames = np.arange(int(times[-1] * fps / 1000 + 1e-6) + 1) * 1000 / fps + 1e-3
    return [track[place][1] for place in np.searchsorted(times, frames, side="right") - 1]


def _pose(values: object, last: Pose) -> Pose:
    if isinstance(values, dict):
        return changed(last, values)
    if isinstance(values, list):
        return from_values(values)
    raise PoseError(f"A pose must be {COUNT} numbers, or a map from names to numbers.")


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise TrackError(f"{name} is not JSON.") from None
