"""How long a run will take, in a line."""

from __future__ import annotations

from threatsim.experiment.kept.time_needed import TimeNeeded
from threatsim.report.words import numbers


def time_line(needed: TimeNeeded) -> str:
    """Return what a run has before it here."""
    markets = f"{numbers.count(needed.markets)} markets of {numbers.count(needed.weeks)} weeks"
    if needed.seconds is None:
        attacks = numbers.count(needed.attacks)
        return f"A run here: up to {attacks} attacks first, which are kept; then {markets}, which can be timed then."
    processes = "1 processor" if needed.processes == 1 else f"{needed.processes} processors"
    took = duration(needed.seconds)
    return f"A run here: its attacks are kept; {markets} take about {took} on {processes}, then patterns and page."


def duration(seconds: float) -> str:
    """Return a time in one figure or two: 8 s, 3 min, 2 h 10 min."""
    if seconds < 55:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
