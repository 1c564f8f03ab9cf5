"""One figure on two sides: its difference, with interval and test, and what it would take to find one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

import numpy as np

from threatsim.catalogue.metrics import MetricRow
from threatsim.experiment.figures.estimates import counted, independent
from threatsim.statistics import over_replicates as statistics
from threatsim.statistics import significance
from threatsim.statistics.counts import Count, detectable_rise, difference_limits, difference_p
from threatsim.statistics.design import Design
from threatsim.statistics.estimate import ALPHA, Difference, Estimate
from threatsim.statistics.mean_error import MeanError, welch_freedom
from threatsim.statistics.ratio import ReplicateSample
from threatsim.statistics.special import student_t_quantile

Designs = tuple[Design, Design]
FOURS: Final[Designs] = ("fours", "fours")
_CLOSEST: Final = 0.95
"""Correlation of two counts that is the most believed of an estimate from few replicates."""


@dataclass(frozen=True)
class Contrast:
    """One figure of two arms or runs.

    Attributes:
        metric: the figure.
        base, other: it, in the replicates of each side.
        paired: whether replicate i of one belongs to replicate i of the other.
        designs: how the replicates of each side share streams and cases.
    """

    metric: MetricRow
    base: ReplicateSample
    other: ReplicateSample
    paired: bool = True
    designs: Designs = FOURS

    @cached_property
    def difference(self) -> Difference:
        """`other - base` with its 95 % interval and p-value, neither adjusted."""
        if self.metric.kind == "duration":
            return _tested(self._of_medians(), self._p_of_medians())
        plain = self._of_means()
        if self._counts is None:
            return _tested(plain, self._p_of_means())
        base, other, correlation = self._counts
        low, high = difference_limits(base, other, correlation, ALPHA)
        exact = plain.model_copy(update={"value": other.rate - base.rate, "low": low, "high": high})
        return _tested(exact, difference_p(base, other, correlation))

    def detectable(self, alpha: float) -> float | None:
        """Return the smallest difference that a test at alpha finds in 4 of 5 such runs; None where it cannot be told.

        The sum of the quantiles of level and power, in standard errors; of few events a rise.
        """
        if self._counts is not None:
            base, other, _ = self._counts
            return detectable_rise(base, other, alpha, significance.POWER)
        errors = self._errors
        if errors is None or (squared := sum(error.variance() for error in errors)) == 0:
            return None
        freedom = welch_freedom(errors)
        quantiles = (student_t_quantile(p, freedom) for p in (1 - alpha / 2, significance.POWER))
        return sum(quantiles) * math.sqrt(squared)

    def replicates_needed(self, size: float, alpha: float = ALPHA) -> int | Literal["cases"] | None:
        """Return about how many replicates (of each side) would show a difference of a size in 4 of 5 runs.

        "cases" if no number would, because the test set alone leaves more open; None where it cannot be told: for a
        size of 0, for durations, for few events, and for too few replicates.

        Args:
            size: the difference that is to be shown, in the figure's unit.
            alpha: level of the test.
        """
        errors = self._errors
        if errors is None or size == 0 or self._counts is not None:
            return None
        units = significance.units_needed(errors, size, alpha)
        if units is None:
            return "cases"
        # Units are pairs, and fewer where a figure is undefined.
        each = max(len(values) / error.units for (values, _), error in zip(self._samples, errors, strict=True))
        whole = max(2 if design == "pairs" else 4 for _, design in self._samples)
        return whole * math.ceil(units * each / whole)

    @cached_property
    def _samples(self) -> list[tuple[statistics.Floats, Design]]:
        """What the mean is taken of: the differences of pairs, or either side."""
        base, other = self.base.linear, self.other.linear
        return [(other - base, self._common)] if self.paired else list(zip((base, other), self.designs, strict=True))

    @cached_property
    def _errors(self) -> list[MeanError] | None:
        """The error of each sample; None for durations, and where too few replicates are independent to tell."""
        if self.metric.kind == "duration":
            return None
        errors = [statistics.mean_error(values, design=design) for values, design in self._samples]
        known = [error for error in errors if error is not None]
        return known if len(known) == len(errors) else None

    @cached_property
    def _counts(self) -> tuple[Count, Count, float] | None:
        """Both sides as counts, where there are few events on one of them, and the correlation of their rates."""
        designs = (self._common, self._common) if self.paired else self.designs
        base, other = (
            counted(self.metric, one, design) for one, design in zip((self.base, self.other), designs, strict=True)
        )
        if base is None or other is None or not (base.few or other.few):
            return None
        return base, other, self._correlation() if self.paired else 0.0

    def _correlation(self) -> float:
        """Return the correlation of both means, from the variance of their difference."""
        design = self._common
        values = (self.base.linear, self.other.linear, self.other.linear - self.base.linear)
        errors = [statistics.mean_error(one, design=design) for one in values]
        one, two, apart = (0.0 if error is None else error.variance() for error in errors)
        if one == 0 or two == 0:
            return 0.0
        return min(max((one + two - apart) / (2 * math.sqrt(one * two)), -_CLOSEST), _CLOSEST)

    def _of_means(self) -> Estimate:
        base, other = self.base.linear, self.other.linear
        missing = [np.isnan(one.values) for one in (self.base, self.other)]
        if self.paired:
            found = statistics.paired_mean_difference(base, other, design=self._common)
            missing = [missing[0] | missing[1]]
        else:
            found = statistics.welch_mean_difference(base, other, designs=self.designs)
        undefined, total = (int(sum(count(one) for one in missing)) for count in (np.count_nonzero, len))
        return found.model_copy(update={"n": total - undefined, "undefined": undefined})

    def _p_of_means(self) -> float | None:
        base, other = self.base.linear, self.other.linear
        if self.paired:
            return significance.paired_mean_p(base, other, design=self._common)
        return significance.welch_mean_p(base, other, designs=self.designs)

    def _of_medians(self) -> Estimate:
        sides = self._independent()
        return (statistics.paired_median_difference if self.paired else statistics.unpaired_median_difference)(*sides)

    def _p_of_medians(self) -> float | None:
        return (significance.paired_median_p if self.paired else significance.unpaired_median_p)(*self._independent())

    def _independent(self) -> tuple[statistics.Floats, statistics.Floats]:
        designs = (self._common, self._common) if self.paired else self.designs
        return independent(self.base.values, designs[0]), independent(self.other.values, designs[1])

    @property
    def _common(self) -> Design:
        """The design of the differences: of pairs and fours only the pairs have as much in common on both sides."""
        return "fours" if self.designs == FOURS else "pairs"


class Adjusted(NamedTuple):
    """A difference among others, with the level that it was held against in the end."""

    difference: Difference
    alpha: float


def by_family(contrasts: Sequence[Contrast]) -> list[Adjusted]:
    """Return the differences of arms or runs, adjusted within each family of figures, and what would have been found.

    What arms are ranked by, which a run is for, is not to be lost among the figures of a table, nor these among those
    that only a page lists.
    """
    families = {
        family: iter(_with_detectable([one for one in contrasts if one.metric.family == family]))
        for family in {one.metric.family for one in contrasts}
    }
    return [next(families[one.metric.family]) for one in contrasts]


def adjusted(family: Sequence[Contrast]) -> list[Adjusted]:
    """Return the differences of a family, their p-values adjusted by Holm's step-down for their number.

    Where a difference is not found, the level is that of the step at which it fails: 5 % over the number of those not
    found.
    """
    found = [one.difference for one in family]
    holm = significance.holm([one.p for one in found])
    alpha = ALPHA / max(1, sum(p is not None and p > ALPHA for p in holm))
    return [Adjusted(one.model_copy(update={"p_holm": p}), alpha) for one, p in zip(found, holm, strict=True)]


def _with_detectable(family: Sequence[Contrast]) -> list[Adjusted]:
    """Return the same with the smallest difference that would have been found at that level, where none was."""
    return [
        one
        if one.difference.p_holm is None or one.difference.detected
        else Adjusted(one.difference.model_copy(update={"detectable": contrast.detectable(one.alpha)}), one.alpha)
        for contrast, one in zip(family, adjusted(family), strict=True)
    ]


def _tested(found: Estimate, p: float | None) -> Difference:
    return Difference(**dict(found), p=p)
