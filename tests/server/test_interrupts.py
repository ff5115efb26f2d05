import os
import signal

import pytest

from server.interrupts import interrupts


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_end_is_noted_and_nothing_is_cut(end: signal.Signals) -> None:
    before = signal.getsignal(end)
    with interrupts() as noted:
        assert not noted
        os.kill(os.getpid(), end)
        assert noted == [end]
    assert signal.getsignal(end) is before
