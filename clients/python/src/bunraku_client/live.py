"""A display that changes in place on a terminal; elsewhere its last state is printed, with the line's end."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live


@contextmanager
def live(out: Console) -> Iterator[Live]:
    """Show what the block gives it, until it ends."""
    try:
        with Live(console=out, auto_refresh=False) as display:
            yield display
    finally:
        if not out.is_terminal:  # on one, `Live` does it
            out.line()
