"""Distributions that an uncertain number of a scenario may have: five families, each by the parameters it is known by.

Draws are by inversion: a uniform number in [0, 1) becomes the quantile of the distribution cut to the allowed range, so
that one number decides one draw, in whatever order draws are made.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]


class _Frozen(Protocol):
    """What is used of a frozen distribution of scipy.stats."""

    def cdf(self, x: float) -> Any: ...
    def ppf(self, q: float) -> Any: ...


class Distribution(BaseModel, ABC):
    """One family with its parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    @abstractmethod
    def centre(self) -> float:
        """The value used where one number is needed: the mean; of a lognormal the median."""

    @abstractmethod
    def frozen(self) -> _Frozen:
        """The distribution in scipy.stats."""

    def within(self, low: float, high: float | None) -> float:
        """The probability of the range from `low` to `high`, both included."""
        law = self.frozen()
        upper = 1.0 if high is None else float(law.cdf(high))
        return upper - float(law.cdf(math.nextafter(low, -math.inf)))

    def quantile(self, uniform: float, low: float, high: float | None) -> float:
        """The quantile at `uniform` in [0, 1) of the distribution cut to the range from `low` to `high`."""
        law = self.frozen()
        start = float(law.cdf(math.nextafter(low, -math.inf)))
        end = 1.0 if high is None else float(law.cdf(high))
        drawn = float(law.ppf(start + uniform * (end - start)))
        return min(max(drawn, low), math.inf if high is None else high)

    def words(self) -> str:
        """The distribution as a report gives it: `triangular (low 0.1, mode 0.2, high 0.4)`."""
        parameters = ", ".join(f"{name} {value:g}" for name, value in self.model_dump().items())
        return f"{type(self).__name__.lower()} ({parameters})"


class Normal(Distribution):
    """A normal distribution, cut to the range that the number may have."""

    mean: Number = Field(description="Mean, in the number's unit.")
    sd: Positive = Field(description="Standard deviation, in the number's unit.")

    @property
    def centre(self) -> float:
        """The mean."""
        return self.mean

    def frozen(self) -> _Frozen:
        """scipy.stats.norm."""
        from scipy.stats import norm

        return norm(self.mean, self.sd)


class Lognormal(Distribution):
    """A lognormal distribution."""

    median: Positive = Field(description="Median, in the number's unit.")
    sigma: Positive = Field(description="Standard deviation of the natural logarithm.")

    @property
    def centre(self) -> float:
        """The median."""
        return self.median

    def frozen(self) -> _Frozen:
        """scipy.stats.lognorm."""
        from scipy.stats import lognorm

        return lognorm(self.sigma, scale=self.median)


class Beta(Distribution):
    """A beta distribution on 0 to 1: alpha - 1 successes and beta - 1 failures seen, from no knowledge."""

    alpha: Positive = Field(description="First shape parameter.")
    beta: Positive = Field(description="Second shape parameter.")

    @property
    def centre(self) -> float:
        """The mean."""
        return self.alpha / (self.alpha + self.beta)

    def frozen(self) -> _Frozen:
        """scipy.stats.beta."""
        from scipy.stats import beta

        return beta(self.alpha, self.beta)


class Triangular(Distribution):
    """A triangular distribution: least, likeliest, greatest."""

    low: Number = Field(description="Least value, in the number's unit.")
    mode: Number = Field(description="Likeliest value.")
    high: Number = Field(description="Greatest value.")

    @model_validator(mode="after")
    def _rises(self) -> Triangular:
        if not self.low <= self.mode <= self.high or self.low == self.high:
            raise ValueError("low, mode and high must rise: low <= mode <= high, and low < high")
        return self

    @property
    def centre(self) -> float:
        """The mean."""
        return (self.low + self.mode + self.high) / 3

    def frozen(self) -> _Frozen:
        """scipy.stats.triang."""
        from scipy.stats import triang

        width = self.high - self.low
        return triang((self.mode - self.low) / width, loc=self.low, scale=width)


class Uniform(Distribution):
    """A uniform distribution."""

    low: Number = Field(description="Least value, in the number's unit.")
    high: Number = Field(description="Greatest value.")

    @model_validator(mode="after")
    def _rises(self) -> Uniform:
        if self.low >= self.high:
            raise ValueError("low must lie below high")
        return self

    @property
    def centre(self) -> float:
        """The mean."""
        return (self.low + self.high) / 2

    def frozen(self) -> _Frozen:
        """scipy.stats.uniform."""
        from scipy.stats import uniform

        return uniform(self.low, self.high - self.low)


FAMILIES: dict[str, type[Distribution]] = {
    "normal": Normal,
    "lognormal": Lognormal,
    "beta": Beta,
    "triangular": Triangular,
    "uniform": Uniform,
}
"""Key in a scenario -> family."""
