import pytest

from models.training.course import COURSES, EDITOR, HALF_ROTATOR, TrainingError


def test_the_courses_are_the_papers() -> None:
    assert set(COURSES) == {"body_morpher", "upscaler"}
    assert (HALF_ROTATOR.size, HALF_ROTATOR.examples) == (256, 9_500_000)
    assert (EDITOR.size, EDITOR.examples) == (512, 18_500_000)
    assert HALF_ROTATOR.batch == EDITOR.batch == 16


def test_the_perceptual_loss_comes_in_after_half_a_million_examples() -> None:
    for course in COURSES.values():
        assert course.phases.at(499_999).perceptual == "none"
        assert course.phases.at(500_000).perceptual == "whole"


def test_the_editor_sees_the_coarse_picture_in_its_third_phase_alone() -> None:
    assert not EDITOR.phases.at(9_499_999).coarse
    last = EDITOR.phases.at(9_500_000)
    assert last.coarse and last.perceptual == "half and quarters"
    assert not any(phase.coarse for _, phase in HALF_ROTATOR.phases.steps)


def test_the_rate_warms_up_linearly() -> None:
    assert HALF_ROTATOR.rate_at(0) == pytest.approx(1e-4 * 16 / 5000)
    assert HALF_ROTATOR.rate_at(2_484) == pytest.approx(0.5e-4)
    assert HALF_ROTATOR.rate_at(4_984) == HALF_ROTATOR.rate_at(9_000_000) == 1e-4


def test_a_shortened_course_keeps_its_proportions() -> None:
    short = EDITOR.shortened(1_850)
    assert [until for until, _ in short.phases.steps] == [50, 950, 1850]
    assert (short.examples, short.steps, short.warm_up) == (1850, 116, 0)
    with pytest.raises(TrainingError, match="3 examples are too few for 3 phases"):
        EDITOR.shortened(3)


def test_a_course_without_perceptual_loss_keeps_its_coarse_phase() -> None:
    plain = EDITOR.without_perceptual()
    assert {phase.perceptual for _, phase in plain.phases.steps} == {"none"}
    assert plain.phases.at(10_000_000).coarse
