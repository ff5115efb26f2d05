import numpy as np

from models.distill.poses import Poses
from models.pose import INDEX, MAXIMUM, MINIMUM


def test_a_pose_follows_from_seed_and_number() -> None:
    assert np.array_equal(Poses(3).at(0, 20)[7:9], Poses(3).at(7, 2))
    assert not np.array_equal(Poses(3).at(0, 5), Poses(4).at(0, 5))


def test_no_held_out_pose_is_one_to_learn_from() -> None:
    held_out = {pose.tobytes() for pose in Poses(0, "held-out").at(0, 200)}
    assert not held_out & {pose.tobytes() for pose in Poses(0).at(0, 200)}


def test_poses_keep_to_their_ranges_and_move_every_parameter() -> None:
    poses = Poses(0).at(0, 600)
    assert poses.dtype == np.float32
    assert (poses >= MINIMUM).all()
    assert (poses <= MAXIMUM).all()
    assert (poses.max(axis=0) > 0.5).all()


def test_a_face_makes_one_expression_at_a_time() -> None:
    poses = Poses(0).at(0, 200)
    lids = poses[:, 12:24:2] > 0
    assert (lids.sum(axis=1) <= 1).all()
    both = poses[:, INDEX["eye_wink_left"]] == poses[:, INDEX["eye_wink_right"]]
    assert 0.8 < both.mean() < 1


def test_half_of_the_poses_are_recorded_ones_where_there_are_any() -> None:
    recorded = np.full((3, 45), 0.25, np.float32)
    poses = Poses(0, recorded=recorded).at(0, 200)
    assert 0.4 < (poses == 0.25).all(axis=1).mean() < 0.6


def test_recorded_poses_are_known_by_what_they_are() -> None:
    recorded = np.full((3, 45), 0.25, np.float32)
    same, shorter = Poses(1, recorded=recorded.copy()), Poses(0, recorded=recorded[:2])
    assert Poses(0, recorded=recorded).digest == same.digest != shorter.digest
    assert Poses(0).digest is None
