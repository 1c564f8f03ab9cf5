"""An interval drawn in characters: ├──●──┤ on a scale with zero marked."""

from __future__ import annotations

from threatsim.statistics.estimate import Estimate


def interval_line(difference: Estimate | None, reach: float, width: int) -> str:
    """Return the interval of a difference on a scale from -`reach` to `reach`, `width` cells wide; zero is │.

    Empty where there is nothing to draw: no difference, an interval without ends, or a scale of no length.
    """
    if difference is None or difference.value is None or reach <= 0:
        return ""
    if difference.low is None or difference.high is None:
        return ""

    def cell(x: float) -> int:
        return round((min(max(x / reach, -1.0), 1.0) + 1) / 2 * (width - 1))

    cells = [" "] * width
    first, last = cell(difference.low), cell(difference.high)
    for i in range(first, last + 1):
        cells[i] = "─"
    cells[first], cells[last] = "├", "┤"
    cells[cell(0.0)] = "│"
    cells[cell(difference.value)] = "●"
    return "".join(cells)
