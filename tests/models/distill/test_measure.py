import math

import numpy as np
import torch

from models.distill.measure import trials
from models.distill.poses import Poses
from models.sample import sample_character
from models.teachers.teacher import StudentTeacher, Teacher

CPU = torch.device("cpu")


def test_a_student_is_exactly_like_itself() -> None:
    ada = sample_character("ada")
    tried = list(trials(ada, StudentTeacher(ada), 2, 3, CPU))
    assert [trial.likeness.psnr for trial in tried] == [math.inf, math.inf]
    assert np.array_equal([trial.pose for trial in tried], Poses(3, "held-out").at(0, 2))


def test_an_untrained_student_is_unlike_its_teacher(teacher: Teacher) -> None:
    [trial] = trials(sample_character("ada"), teacher, 1, 0, CPU)
    assert trial.likeness.psnr < 30
