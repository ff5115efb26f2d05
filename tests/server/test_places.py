from pathlib import Path

from server.places import cache_folder, state_folder


def test_the_cache_is_where_each_platform_keeps_such_things() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/c"}, "linux") == Path("/c/bunraku")
    assert cache_folder({}, "linux") == Path.home() / ".cache" / "bunraku"
    assert cache_folder({}, "darwin") == Path.home() / "Library" / "Caches" / "bunraku"
    assert cache_folder({"LOCALAPPDATA": "/l"}, "win32") == Path("/l/bunraku")


def test_what_must_last_is_kept_where_no_cache_cleaner_looks() -> None:
    assert state_folder({"XDG_STATE_HOME": "/s"}, "linux") == Path("/s/bunraku")
    assert state_folder({}, "linux") == Path.home() / ".local" / "state" / "bunraku"
    assert state_folder({}, "darwin") == Path.home() / "Library" / "Application Support" / "bunraku"
