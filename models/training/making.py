"""Examples drawn from puppets, so that training can be tried without any other data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.distill.poses import Poses
from models.pictures import write_picture
from models.puppet.invent import invented
from models.puppet.puppet import Puppet
from models.training.course import TrainingError
from models.training.triples import INDEX, line_of


def make_triples(
    folder: Path, puppets: int, each: int, seed: int, on_made: Callable[[], None] = lambda: None
) -> None:
    """Write a folder of examples: so many puppets drawn by lot, at so many poses each.

    The same numbers give the same examples. The index is written last. Raises TrainingError where there is
    one already, or the folder cannot be written.
    """
    if min(puppets, each) < 1 or seed < 0:
        raise TrainingError("There must be at least one puppet, and one pose of each; no seed is below 0.")
    if (folder / INDEX).exists():
        raise TrainingError(f"{folder} holds examples already; name another folder.")
    try:
        for name in ("rest", "posed"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        lines = []
        for number in range(puppets):
            lines += _of_puppet(folder, number, each, seed, on_made)
        (folder / INDEX).write_text("".join(lines), "utf-8")
    except OSError as error:
        raise TrainingError(f"{folder} cannot be written: {error.strerror}.") from None


def _of_puppet(folder: Path, number: int, each: int, seed: int, on_made: Callable[[], None]) -> list[str]:
    puppet = Puppet(invented(f"Puppet {number}", seed))
    lines = []
    for place, pose in enumerate(Poses(seed).at(number * each, each)):
        name = f"{number:05}_{place:03}.png"
        posed = puppet.pose(pose)
        write_picture(posed.rest, folder / "rest" / name)
        write_picture(posed.posed, folder / "posed" / name)
        lines.append(line_of(f"rest/{name}", f"posed/{name}", pose))
        on_made()
    return lines
