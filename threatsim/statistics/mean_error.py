"""What makes a mean over replicates uncertain, and how much of it more replicates take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class MeanError:
    """What makes a mean over replicates uncertain: their luck, of which more of them leave less, and the test set's.

    Attributes:
        luck: variance of the figure between units, which are pairs of replicates of one luck, or single replicates.
        cases: variance of the mean that comes from the test set, however many units there are.
        units: units observed.
    """

    luck: float
    cases: float
    units: int

    def variance(self, units: int | None = None) -> float:
        """The variance of the mean of so many units; of those observed if None."""
        return self.luck / (units or self.units) + self.cases

    def freedom(self, units: int | None = None) -> float:
        """Satterthwaite's degrees of freedom of that variance."""
        m, variance = units or self.units, self.variance(units)
        if variance == 0:
            return m - 1.0
        # In shares of the variance: tiny variances would underflow.
        return 1 / ((self.luck / m / variance) ** 2 / (m - 1) + (self.cases / variance) ** 2 / m)


def welch_freedom(errors: Sequence[MeanError], units: int | None = None) -> float:
    """Satterthwaite's degrees of freedom of the sum of independent variances, each of so many units or of its own."""
    total = sum(error.variance(units) for error in errors)
    if total == 0:
        return min(error.freedom(units) for error in errors)
    # In shares of the variance: tiny variances would underflow.
    return 1 / sum((error.variance(units) / total) ** 2 / error.freedom(units) for error in errors)
