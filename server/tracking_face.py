"""What is known of a performer's tracked face, and the poses made of it. Pure: time is passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.blendshapes import UNCALIBRATED, Neutral, head_angles, to_pose
from models.measures import BLENDSHAPES
from models.mixer import Presence, present, voiced
from models.pose import DEFAULT
from models.profiles import PRESETS
from models.smoothing import Smoother
from server.protocol import ProtocolError, Tracking

CALIBRATION_SECONDS = 0.5

Angles = tuple[float, float, float]


class Face:
    """One face from look to look. Seconds are those of one rising clock."""

    def __init__(self) -> None:
        self.mirror = False
        self.mouth = True
        """Whether the vowels are the face's; else they stay as `pose` messages have them."""
        self.smoothing: bool | None = None
        """Whether poses are steadied; None: those of pictures only, since other trackers steady their own."""
        self.profile = PRESETS["natural"]
        self._looks: list[tuple[Mapping[str, float], Angles]] = [({}, (0.0, 0.0, 0.0))]
        self._calibrating_until = -np.inf
        self._neutral = UNCALIBRATED
        self._smoother = Smoother()
        self._presence = Presence()
        self._last: NDArray[np.float32] = DEFAULT

    def pose(
        self,
        values: Mapping[str, float],
        head: Sequence[float] | None,
        now: float,
        spoken: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """The pose for a face that the client tracked; PoseError where a number is not finite.

        `spoken` is the pose before, whose vowels stay where the mouth is not the face's.
        """
        pose = self._mapped(values, head, now)
        if self.smoothing:
            pose = self._smoother(pose, now)
        return pose if self.mouth else voiced(pose, spoken)

    def seen(
        self, values: Mapping[str, float], matrix: Sequence[float], now: float, spoken: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The pose for a face in a picture; `matrix`: 16 numbers, row-major."""
        pose = self._mapped(values, head_angles([matrix[row : row + 3] for row in (0, 4, 8)]), now)
        self._last = pose if self.smoothing is False else self._smoother(pose, now)
        return self._shown(True, now, spoken)

    def lost(self, now: float, spoken: NDArray[np.float32]) -> NDArray[np.float32]:
        """The pose for a picture without a face: the last one for a moment, then ever nearer to rest."""
        return self._shown(False, now, spoken)

    def change(self, wanted: Tracking) -> None:
        """Take over the settings that are named. Raises ProtocolError where there is no such profile."""
        if wanted.profile is not None:
            if wanted.profile not in PRESETS:
                raise ProtocolError("bad_message", f"The tracking profiles are {', '.join(PRESETS)}.")
            self.profile = PRESETS[wanted.profile]
        if wanted.brow_down is not None:
            self.profile = replace(self.profile, brow_down_as=wanted.brow_down)
        self.mirror = self.mirror if wanted.mirror is None else wanted.mirror
        self.mouth = self.mouth if wanted.mouth is None else wanted.mouth
        self.smoothing = self.smoothing if wanted.smoothing is None else wanted.smoothing

    def calibrate(self, now: float) -> None:
        """The newest look becomes neutral, and for half a second the mean of it and those that come."""
        del self._looks[:-1]
        self._calibrating_until = now + CALIBRATION_SECONDS
        self._neutral = self._mean()

    def _mapped(
        self, values: Mapping[str, float], head: Sequence[float] | None, now: float
    ) -> NDArray[np.float32]:
        angles = None if head is None else (head[0], head[1], head[2])
        # Before it is remembered, since this refuses what is not finite.
        pose = self._posed(values, angles)
        look = (values, angles or (0.0, 0.0, 0.0))
        if now > self._calibrating_until:
            self._looks = [look]
            return pose
        self._looks.append(look)
        self._neutral = self._mean()
        return self._posed(values, angles)

    def _posed(self, values: Mapping[str, float], head: Angles | None) -> NDArray[np.float32]:
        return to_pose(values, head, neutral=self._neutral, profile=self.profile, mirror=self.mirror)

    def _mean(self) -> Neutral:
        heads = np.mean([head for _, head in self._looks], axis=0)
        faces = [[values.get(name, 0.0) for name in BLENDSHAPES] for values, _ in self._looks]
        face = dict(zip(BLENDSHAPES, np.mean(faces, axis=0).tolist(), strict=True))
        return Neutral((float(heads[0]), float(heads[1]), float(heads[2])), face)

    def _shown(self, face: bool, now: float, spoken: NDArray[np.float32]) -> NDArray[np.float32]:
        pose = present(self._last, self._presence.step(face, now))
        return pose if self.mouth else voiced(pose, spoken)
