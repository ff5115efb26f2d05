import io

import pytest
from rich.console import Console

from bunraku_client.live import live


def test_where_nothing_changes_in_place_the_last_state_has_a_line_of_its_own() -> None:
    said = io.StringIO()
    out = Console(file=said, width=40)
    with live(out) as display:
        display.update("one", refresh=True)
        display.update("two", refresh=True)
    out.print("after")
    assert said.getvalue() == "two\nafter\n"


def test_so_it_has_before_an_error() -> None:
    said = io.StringIO()
    out = Console(file=said, width=40)
    with pytest.raises(KeyError), live(out) as display:
        display.update("one", refresh=True)
        raise KeyError
    assert said.getvalue() == "one\n"
