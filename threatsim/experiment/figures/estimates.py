"""How each figure is averaged over replicates: by its mean, by a ratio of sums, by counts, or by its median."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import MetricRow
from threatsim.statistics import over_replicates as statistics
from threatsim.statistics.counts import Count, CountKind
from threatsim.statistics.design import Design
from threatsim.statistics.estimate import ALPHA, Estimate
from threatsim.statistics.ratio import ReplicateSample, ratio_of_sums
from threatsim.statistics.spread import prediction_interval

Figures = Mapping[str, Sequence[float | None]]
"""Name -> value in each replicate; None or NaN stands for undefined and for not reached."""


def sample(
    metric: MetricRow, figures: Figures, occurrences: str, wholes: Figures, clusters: Figures
) -> ReplicateSample:
    """Return a figure over replicates: NaN where undefined, +inf where a duration is not reached.

    Args:
        metric: the figure.
        figures: all figures of these replicates.
        occurrences: name of the figure that is 0 where there was nothing to detect; a duration is undefined
            there and not reached elsewhere.
        wholes: what quotients were divided by; a record of before this was kept has none, and their mean is taken.
        clusters: of how many groups those are made, where their units do not stand alone.
    """
    values = statistics.as_floats(figures[metric.name])
    if metric.kind == "duration":
        occurred = statistics.as_floats(figures[occurrences]) > 0
        values[np.isnan(values) & occurred] = math.inf
    given = (statistics.as_floats(kept[metric.name]) if metric.name in kept else None for kept in (wholes, clusters))
    return ReplicateSample(values, *given)


def estimate(metric: MetricRow, sample: ReplicateSample, *, design: Design = "fours", alpha: float = ALPHA) -> Estimate:
    """Return the figure over replicates with its 95 % interval, cut to the range that its unit allows.

    Args:
        metric: the figure.
        sample: it, in each replicate.
        design: how the replicates share streams and cases.
        alpha: how seldom the interval misses the figure, where that is not 5 %; of a duration it always is.
    """
    if metric.kind == "duration":
        some = independent(sample.values, design)
        return _with_undefined(statistics.median_interval(some), some)
    found = statistics.resampled_mean_interval(sample.linear, bounds=value_range(metric), design=design, alpha=alpha)
    if found.value is None and sample.wholes is not None and sample.wholes.sum() > 0:
        # Of one pair alone nothing can be left out: the quotient is known, its error is not.
        return _with_undefined(
            found.model_copy(update={"value": ratio_of_sums(sample.parts, sample.wholes)}), sample.values
        )
    count = counted(metric, sample, design)
    if count is not None and count.few:
        low, high = count.limits(alpha)
        found = found.model_copy(update={"value": count.rate, "low": low, "high": high, "events": round(count.events)})
    return _with_undefined(found, sample.values)


def one_market(metric: MetricRow, sample: ReplicateSample, *, design: Design = "fours") -> Estimate | None:
    """Return the interval that holds the figure of one further market in 95 of 100 cases; of durations None."""
    if metric.kind == "duration":
        return None
    return prediction_interval(sample.values, bounds=value_range(metric), design=design)


def counted(metric: MetricRow, sample: ReplicateSample, design: Design) -> Count | None:
    """Return a figure as a count in all replicates; None if it is none, or its error cannot be told."""
    if not metric.counts or sample.wholes is None or not sample.wholes.sum() > 0:
        return None
    error = statistics.mean_error(sample.linear, design=design)
    if error is None:
        return None
    clusters = None if sample.clusters is None else math.fsum(sample.clusters)
    kind: CountKind = "share" if metric.kind == "share" else "rate"
    return Count.of(kind, round(math.fsum(sample.parts)), math.fsum(sample.wholes), clusters, error)


def independent(values: NDArray[np.float64], design: Design) -> NDArray[np.float64]:
    """Return one replicate of each set of streams: the intervals of medians are for independent values."""
    if values.size <= 2:
        return values
    # Of fours the first and the last: 0, 3, 4, 7, ...
    return values[::2] if design == "pairs" else values[np.isin(np.arange(values.size) % 4, (0, 3))]


def _with_undefined(found: Estimate, values: NDArray[np.float64]) -> Estimate:
    undefined = int(np.isnan(values).sum())
    return found.model_copy(update={"n": len(values) - undefined, "undefined": undefined})


def value_range(metric: MetricRow) -> tuple[float, float]:
    """Return the least and the greatest value that a figure can have."""
    if metric.kind == "share":
        return 0.0, 1.0
    return statistics.UNBOUNDED if metric.kind in {"money", "change"} else (0.0, math.inf)
