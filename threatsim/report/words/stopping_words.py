"""How a run ended that went on until an interval was narrow enough, in a sentence or two."""

from __future__ import annotations

import math

from threatsim.catalogue.metrics import METRICS
from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import numbers


def stopped(record: RunRecord) -> str:
    """Return how the run ended; empty if it ran as many replicates as its scenario has."""
    ended = record.stopping
    if ended is None:
        return ""
    metric, _, part = ended.figure.partition("@")
    row = METRICS.get(metric)  # none for a plug-in's that is not there
    unit = row.unit if row else ""
    figure = numbers.printable(f"{row.phrase if row else metric}{f' of {part}' if part else ''}")

    def half(width: float) -> str:
        return f"±{numbers.value(width, unit)}"

    widths = {arm: math.inf if width is None else width for arm, width in ended.looks[-1].half_widths.items()}
    widest = max(widths, key=lambda arm: widths[arm])
    arm = numbers.printable(next(one.title for one in record.arms if one.name == widest))
    opening = f"Stopped after {numbers.count(ended.replicates)} replicates of each arm"
    wanted = f"wanted was {half(ended.wanted)} or less"
    if math.isinf(widths[widest]):
        return f"{opening}, the most that there were to be: {figure} in “{arm}” has no interval yet; {wanted}."
    known = f"{figure} is known to {half(widths[widest])}"
    at_most = f" in “{arm}”{' and to less in the other arms' * (len(widths) > 1)}"
    if ended.reached:
        return f"{opening}: {known}{at_most}; {wanted}."
    left = ended.test_cases.get(widest)
    cases = f" Of it the test cases alone leave {half(left)}, whatever the number of replicates." if left else ""
    return f"{opening}, the most that there were to be: {known}{at_most}; {wanted}.{cases}"
