"""The sheet of all parameters."""

from models.pose import DEFAULT, INDEX, Pose
from models.puppet.puppet import Posed, Puppet
from models.puppet.sheet import cells, draw_sheet


def test_every_parameter_stands_at_each_of_its_ends() -> None:
    labels = [label for label, _, _ in cells()]
    assert len(labels) == 1 + 45 + 7 and len(set(labels)) == len(labels)
    assert all(any(label.split()[0] == name for label in labels) for name in INDEX)


def test_facial_parameters_are_shown_close_up() -> None:
    close = [label for label, _, whole in cells() if not whole]
    assert len(close) == 39 + 2 and "eye_wink_left" in close and "head_x +1" not in close


class StillPuppet(Puppet):
    """One picture for every pose, so that only the sheet is looked at."""

    def __init__(self, posed: Posed) -> None:
        self.posed = posed

    def pose(self, pose: Pose) -> Posed:
        return self.posed


def test_a_sheet_shows_the_whole_picture_and_then_faces(minato: Puppet) -> None:
    sheet = draw_sheet(StillPuppet(minato.pose(DEFAULT)))
    assert sheet.mode == "RGB" and sheet.size == (8 * 224, 7 * 242)
    paper = sheet.getpixel((2, 2))
    assert sheet.getpixel((224 + 112, 60)) != paper == sheet.getpixel((112, 2))
