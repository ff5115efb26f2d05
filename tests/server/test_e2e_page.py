"""What a page measured is read in our own clock."""

import sys

import pytest

from server.e2e_page import Shown, chromium, shown
from server.settings import SettingsError


def test_frames_are_put_on_our_clock_and_those_that_answer_no_pose_left_out() -> None:
    seen = {
        "frames": {
            "3": {"came": 50.0, "seq": 9, "time": 20.0, "decoded": 54.0},
            "4": {"came": 60.0, "seq": 9, "time": 20.0, "decoded": 64.0},
            "5": {"came": 70.0, "seq": 10, "time": 30.0},
        },
        "shown": [
            {"frame": 3, "whole": 40.0, "at": 61.0},
            {"frame": 4, "at": 71.0},
            {"frame": 5, "whole": 45.0, "at": 76.0},
            {"frame": 6, "whole": 1.0, "at": 80.0},
        ],
    }
    assert shown(seen, 1000.0) == [
        Shown(seq=9, time=20.0, came=1050.0, decoded=1054.0, shown=1060.0, whole=40.0)
    ]


async def test_without_playwright_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    with pytest.raises(SettingsError, match=r"install bunraku\[dev\]"):
        async with chromium():
            pass


async def test_without_chromium_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.e2e_page.shutil.which", lambda _: None)
    with pytest.raises(SettingsError, match="no Chromium on this machine"):
        async with chromium():
            pass
