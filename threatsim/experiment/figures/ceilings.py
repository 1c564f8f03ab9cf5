"""What a control may cost at most: the price at which the net benefit of an arm is nothing, with no price assumed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.figures.price_units import CHECKING, PRICE_UNITS, bought_name
from threatsim.experiment.record.record import Ceiling
from threatsim.market.result import ReplicateResult
from threatsim.statistics import over_replicates as statistics
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.ratio import ReplicateSample

A_YEAR = "year"
"""The price of all of it, in a year."""


def ceilings(baseline: Sequence[ReplicateResult], arm: Sequence[ReplicateResult]) -> tuple[Ceiling, ...]:
    """Return what an arm's controls may cost at most: in a year, and by the units that it buys more of.

    An arm that checks more images than the baseline is worth its net benefit and what those checks cost; any other its
    net benefit and what all control costs beyond the baseline's. That sum is the same whatever prices the scenario has,
    but for what providers and payers would do otherwise under a budget, of which this market has none.

    Args:
        baseline, arm: the same replicates of both, in their order.
    """
    if not all({"net_benefit", "control_cost"} <= row.outcomes.keys() for row in (*baseline, *arm)):
        return ()

    def more(name: str) -> NDArray[np.float64]:
        columns = ([row.outcomes.get(name, 0.0) for row in rows] for rows in (arm, baseline))
        here, there = (np.array(column, np.float64) for column in columns)
        return here - there

    units = {name: more(bought_name(name)) for name in PRICE_UNITS}
    buys = [name for name, many in units.items() if (many > 0).all()]
    paid = more(bought_name(CHECKING) if buys else "control_cost")
    worth = more("net_benefit") + paid
    in_all = Ceiling(per=A_YEAR, price=_mean(ReplicateSample(worth)), units=1.0, now=_average(paid))
    return (
        in_all,
        *(
            Ceiling(
                per=name,
                price=_mean(ReplicateSample(worth / units[name], units[name])),
                units=_average(units[name]),
                now=_average(paid) / _average(units[name]),
            )
            for name in buys
        ),
    )


def _mean(sample: ReplicateSample) -> Estimate:
    return statistics.resampled_mean_interval(sample.linear, design="fours")


def _average(values: NDArray[np.float64]) -> float:
    return math.fsum(values) / len(values)
