"""The 95 % intervals of the series over the weeks, from the replicates of a run; a record has their means alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from threatsim.experiment.record.record import RunRecord
from threatsim.statistics.design import Design
from threatsim.statistics.over_replicates import defined, mean_error, t_quantile
from threatsim.statistics.ratio import linearised

Band = tuple[float, float] | None
"""The ends of an interval in one week; None where too few replicates are independent to tell."""
Bands = Mapping[str, Mapping[str, Sequence[Band]]]
"""Name of an arm -> name of a series -> its bands, week by week."""

RECALL: Final = "recall"
"""Series: the share of the false claims up to a week that audits have found by then."""
ACCUSED: Final = "accused_honest"
"""Series: honest providers accused up to a week."""

_STEP: Final = 0.25
"""Degrees of freedom that are told apart."""


class WeeklyReplicate(Protocol):
    """What is read of a replicate."""

    @property
    def arm(self) -> str:
        """Name of its arm."""

    @property
    def replicate(self) -> int:
        """Its number, from 0."""

    @property
    def weekly(self) -> Mapping[str, NDArray[Any]]:
        """Series -> (W,) a value a week."""


def weekly_bands(record: RunRecord, results: Sequence[WeeklyReplicate]) -> Bands:
    """Return the intervals of recall, of accusations and of every tactic's false claims, week by week.

    Args:
        record: the run.
        results: its replicates, in any order.

    Returns:
        The bands of each arm whose replicates were kept with their weeks.
    """
    found = {}
    for arm in record.arms:
        mine = sorted((result for result in results if result.arm == arm.name), key=lambda result: result.replicate)
        if mine and all("false_claims" in result.weekly for result in mine):
            found[arm.name] = _of_arm(mine, record.design)
    return found


def _of_arm(results: Sequence[WeeklyReplicate], design: Design) -> dict[str, list[Band]]:
    def stacked(name: str) -> NDArray[np.float64]:
        return np.stack([np.asarray(result.weekly[name], dtype=np.float64) for result in results])

    false, rightly = (
        np.cumsum(one, axis=1) for one in (stacked("false_claims"), stacked("findings") - stacked("false_findings"))
    )

    def band(values: NDArray[np.float64], most: float) -> Band:
        error, known = mean_error(values, design=design), defined(values)
        if error is None or not len(known):
            return None
        # To a quarter, downwards: a quantile takes a millisecond, and of thousands of bands few then differ in theirs.
        freedom = max(_STEP, _STEP * math.floor(error.freedom() / _STEP + 1e-9))
        mean, half = math.fsum(known) / len(known), t_quantile(freedom) * math.sqrt(error.variance())
        return min(max(mean - half, 0.0), mean), max(min(mean + half, most), mean)

    bands = {RECALL: [band(linearised(*week), 1.0) for week in zip(rightly.T, false.T, strict=True)]}
    bands[ACCUSED] = [band(week, math.inf) for week in np.cumsum(stacked("accused_honest"), axis=1).T]
    for name in results[0].weekly:
        if name.startswith("false_claims_"):
            bands[name] = [band(week, math.inf) for week in stacked(name).T]
    return bands
