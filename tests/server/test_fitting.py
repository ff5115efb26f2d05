from collections.abc import Callable, Iterable
from itertools import pairwise

from server.fitting import Fitting

Fits = Callable[[int, float], bool]


def costing(share: float) -> Fits:
    """A device of which a picture of 512 takes this share, and others as their pixels."""
    return lambda size, part: share * (size / 512) ** 2 <= part


def steps(fitting: Fitting, begun: float, seconds: float, fits: Fits, asked: int = 512) -> list[int]:
    """The sizes, second by second, from `begun` on."""
    return [fitting.step(begun + second, asked, fits) for second in range(int(seconds))]


def changes(sizes: Iterable[int]) -> list[int]:
    """A run of equal sizes as one."""
    sizes = list(sizes)
    return [size for before, size in pairwise([0, *sizes]) if size != before]


def test_what_fits_stays_as_it_is() -> None:
    assert changes(steps(Fitting(512), 0, 300, costing(0.9))) == [512]
    assert changes(steps(Fitting(256), 0, 300, costing(3.5))) == [256]


def test_a_picture_that_is_too_much_for_a_while_becomes_smaller_until_it_fits() -> None:
    sizes = steps(Fitting(512), 0, 30, costing(3.0))
    assert changes(sizes) == [512, 256]
    assert sizes.index(256) <= 3
    assert changes(steps(Fitting(512), 0, 30, costing(9.0))) == [512, 256, 128]


def test_the_smallest_size_is_kept_however_slow_the_device_is() -> None:
    assert changes(steps(Fitting(128), 0, 60, costing(100.0))) == [128]


def test_a_moment_of_trouble_changes_nothing() -> None:
    fitting = Fitting(512)
    for moment in range(0, 60, 2):
        assert fitting.step(moment, 512, costing(2.0)) == 512
        assert fitting.step(moment + 1, 512, costing(0.5)) == 512


def test_a_device_that_becomes_free_draws_larger_again() -> None:
    fitting = Fitting(512)
    steps(fitting, 0, 10, costing(9.0))
    assert fitting.size == 128
    assert changes(steps(fitting, 10, 12, costing(0.5))) == [128, 256, 512]


def test_a_larger_size_needs_room_to_spare() -> None:
    assert changes(steps(Fitting(256), 0, 300, costing(0.8))) == [256]
    assert changes(steps(Fitting(256), 0, 300, costing(0.7))) == [256, 512]


def test_a_larger_size_that_proves_too_much_is_tried_less_and_less_often() -> None:
    """A device whose cost is foretold too low from a smaller size."""
    fitting = Fitting(256)
    moments = []
    for second in range(600):
        before = fitting.size
        if fitting.step(second, 512, costing(2.0 if fitting.size == 512 else 0.5)) > before:
            moments.append(second)
    waits = [later - sooner for sooner, later in pairwise(moments)]
    assert waits == sorted(waits)
    assert waits[0] < 15
    assert waits[-1] > 60


def test_a_size_that_is_drawn_anyway_is_taken_however_slow_the_device_is() -> None:
    sizes = steps(Fitting(128), 0, 20, lambda size, _: size == 512)
    assert changes(sizes) == [128, 512]
    assert changes(steps(Fitting(256), 0, 20, lambda size, _: size == 512)) == [256, 512]


def test_no_more_is_given_than_is_asked_for() -> None:
    fitting = Fitting(512)
    assert fitting.step(0, 256, costing(0.1)) == 256
    assert changes(steps(fitting, 1, 60, costing(0.1), asked=256)) == [256]
    assert steps(fitting, 61, 10, costing(0.1), asked=512)[-1] == 512
