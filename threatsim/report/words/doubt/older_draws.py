"""Records of before doubt was told apart: what was drawn once for each two replicates, and what that did."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import numbers
from threatsim.statistics.drivers.sensitivity import LEAST_DRAWS
from threatsim.statistics.estimate import Estimate


class ShareRow(NamedTuple):
    """What one input explains of one outcome: its path, and its share of the variance."""

    path: str
    share: Estimate


def summary(record: RunRecord) -> str:
    """Return how many numbers were drawn, how often, and what the intervals beside them mean."""
    count = len(record.uncertain)
    draws = len(record.uncertain[0].draws)
    one = count == 1
    return (
        f"{numbers.count(count)} {'number is' if one else 'numbers are'} uncertain and {'was' if one else 'were'} "
        f"drawn {numbers.count(draws)} times from {'its' if one else 'their'} distribution{'' if one else 's'}. "
        "Intervals elsewhere are those of the mean over the draws; here is how far the outcomes spread."
    )


def spread(record: RunRecord, outcome: str) -> str | None:
    """Return the middle 95 % of an outcome over the draws, in the baseline; None where it is undefined in one."""
    values = record.arms[0].replicates.get(outcome, [])
    if not values or any(value is None for value in values):
        return None
    low, high = np.quantile(np.array(values, dtype=np.float64), (0.025, 0.975))
    unit = ARM_METRICS[outcome].unit
    interval = f"{numbers.value(float(low), unit)} to {numbers.value(float(high), unit)}"
    return interval if unit == "share" else f"{interval} {unit}".strip()


def shares(record: RunRecord, outcome: str) -> list[ShareRow]:
    """Return the inputs by their share of an outcome's variance, the greatest first; empty where it cannot be told."""
    rows = [
        ShareRow(one.path, part.share) for one in record.uncertain for part in one.shares if part.outcome == outcome
    ]
    return sorted(rows, key=lambda row: -(row.share.value or 0.0))


def lines(record: RunRecord) -> list[str]:
    """Return a line an outcome: its spread, and what explains it."""
    told = []
    for outcome in shown_in("variance"):
        reach, rows = spread(record, outcome), shares(record, outcome)
        if reach is None:
            continue
        explained = "; ".join(f"{row.path} {numbers.in_words(row.share, 'share')}" for row in rows[:3])
        why = f" Of its variance: {explained}; the rest is chance and interplay." if explained else ""
        told.append(f"{ARM_METRICS[outcome].title}: 95% of the draws from {reach}.{why}")
    draws = len(record.uncertain[0].draws)
    if draws < LEAST_DRAWS:
        told.append(
            f"{draws} draws are too few to say which number matters most: that needs {LEAST_DRAWS}, so "
            f"--replicates {2 * LEAST_DRAWS}."
        )
    return told
