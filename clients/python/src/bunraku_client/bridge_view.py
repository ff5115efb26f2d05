"""What a bridge shows of itself: a table that keeps changing, or a line a second for a log."""

from rich.table import Table

from bunraku_client.bridge import AXES, Bridge

_CHANNELS = 12
_WIDTH = 24


def table(bridge: Bridge, latency_ms: float | None) -> Table:
    """The strongest channels of the newest face as bars, under the rates."""
    grid = Table(title=line(bridge, latency_ms), show_header=False, box=None, title_justify="left")
    look = bridge.last
    if look is None:
        grid.add_row("" if bridge.counts.taken else "waiting for the tracker")
        return grid
    for axis, angle in zip(AXES, look.head or (), strict=False):
        grid.add_row(axis, f"{angle:+6.1f}", "")
    strongest = sorted(look.blendshapes.items(), key=lambda shape: -shape[1])[:_CHANNELS]
    for name, value in sorted(strongest):
        grid.add_row(name, f"{value:6.2f}", "█" * round(value * _WIDTH))
    return grid


def line(bridge: Bridge, latency_ms: float | None) -> str:
    """One line: faces a second, faces sent, packets dropped, milliseconds from a face to its picture."""
    counts = bridge.counts
    parts = [f"{bridge.rate:5.1f} faces/s", f"{counts.sent} sent", f"{counts.refused} dropped"]
    if latency_ms is not None:
        parts.append(f"latency {latency_ms:.1f} ms")
    return "   ".join(parts)
