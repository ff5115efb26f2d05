import torch

from models.distill.mask import EYES, MOUTH, movable
from models.pose import NAMES
from models.teachers.teacher import Teacher


def test_the_mask_is_a_rectangle_around_what_the_mouth_changes_and_nine_pixels(teacher: Teacher) -> None:
    expected = torch.zeros(128, 128)
    expected[71:121, 39:89] = 1
    assert torch.equal(movable(teacher, count=12), expected)


class Face:
    """Only gives faces: two eyes with eyebrows, a mouth with a chin, and hair whose outline trembles."""

    def faces(self, poses: torch.Tensor) -> torch.Tensor:
        faces = torch.zeros(len(poses), 4, 128, 128)
        eyes = poses[:, EYES].amax(dim=1)[:, None, None]
        mouth = poses[:, MOUTH].amax(dim=1)[:, None, None]
        for left in (20, 80):
            faces[:, 0, 50:62, left : left + 24] = eyes
            faces[:, 0, 40:46, left + 4 : left + 20] = eyes
        faces[:, 0, 90:96, 56:72] = mouth
        for column in range(40):  # a slanting line, which hangs together by its corners only
            faces[:, 0, 105 + column // 8, 44 + column] = mouth[:, 0] / 2
        faces[:, 0, 4, ::3] = eyes[:, 0] + mouth[:, 0]
        return faces


def test_each_eye_has_a_rectangle_with_its_eyebrow_and_the_mouth_with_the_chin() -> None:
    expected = torch.zeros(128, 128)
    for left in (20, 80):
        expected[36:66, left - 4 : left + 28] = 1
    expected[81:119, 35:93] = 1
    assert torch.equal(movable(Face(), count=24), expected)  # type: ignore[arg-type]


def test_a_face_that_never_moves_has_no_mask() -> None:
    class Still(Face):
        def faces(self, poses: torch.Tensor) -> torch.Tensor:
            return torch.zeros(len(poses), 4, 128, 128)

    assert movable(Still(), count=4).sum() == 0  # type: ignore[arg-type]


def test_every_facial_number_belongs_to_the_eyes_or_to_the_mouth() -> None:
    assert sorted(EYES + MOUTH) == list(range(39))
    assert {NAMES[number].split("_")[0] for number in EYES} == {"eyebrow", "eye", "iris"}
