from models.distill.history import History


def test_a_long_run_keeps_some_hundred_points() -> None:
    history = History()
    for step in range(1, 10_001):
        history.learnt(step, 1.0 / step, 2.0)
    assert 400 <= len(history.losses) < 800
    steps = [step for step, _, _ in history.losses]
    assert steps == sorted(steps)
    assert steps[-1] > 10_000 - 16
    assert {body for _, _, body in history.losses} == {2.0}


def test_points_are_means_so_that_nothing_is_lost() -> None:
    history = History()
    for step in range(1, 801):
        history.learnt(step, float(step), 0.0)
    assert len(history.losses) == 400
    assert history.losses[0] == (2, 1.5, 0.0)
    assert history.losses[-1] == (800, 799.5, 0.0)


def test_a_restored_history_goes_on() -> None:
    one, other = History(), History()
    for step in range(1, 1000):
        one.learnt(step, float(step), 0.0)
    one.measured(999, 30.0)
    other.restore(one.state())
    for history in (one, other):
        history.learnt(1000, 5.0, 0.0)
    assert one.state() == other.state()


def test_of_one_step_only_the_newest_measure_is_kept() -> None:
    history = History()
    for step, psnr in ((10, 20.0), (20, 25.0), (20, 26.0)):
        history.measured(step, psnr)
    assert history.psnr == [(10, 20.0), (20, 26.0)]
