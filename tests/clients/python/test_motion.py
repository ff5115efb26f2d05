import numpy as np

from bunraku_client.motion import Motion
from bunraku_client.welcome import Parameters

PARAMETERS = Parameters(
    tuple(f"p{index}" for index in range(45)),
    np.where(np.arange(45) < 39, 0, -1).astype(np.float32),
    np.ones(45, np.float32),
    np.zeros(45, np.float32),
)
SECONDS = np.arange(0, 20, 1 / 30)


def test_motion_stays_in_range_and_uses_it() -> None:
    poses = np.stack([Motion(PARAMETERS, 3).at(second) for second in SECONDS])
    assert poses.shape == (600, 45)
    assert (poses >= PARAMETERS.low - 1e-6).all() and (poses <= PARAMETERS.high + 1e-6).all()
    assert (np.ptp(poses, axis=0) > 0.3 * (PARAMETERS.high - PARAMETERS.low)).all()


def test_motion_is_smooth() -> None:
    poses = np.stack([Motion(PARAMETERS, 3).at(second) for second in SECONDS])
    assert np.abs(np.diff(poses, axis=0)).max() < 0.2


def test_a_seed_is_a_motion() -> None:
    assert np.array_equal(Motion(PARAMETERS, 1).at(2.5), Motion(PARAMETERS, 1).at(2.5))
    assert not np.array_equal(Motion(PARAMETERS, 1).at(2.5), Motion(PARAMETERS, 2).at(2.5))
