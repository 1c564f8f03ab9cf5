"""Distributions that an uncertain number of a scenario may have: five families, each by the parameters it is known by.

Draws are by inversion: a uniform number in [0, 1) becomes the quantile of the distribution cut to the allowed range, so
that one number decides one draw, in whatever order draws are made. Probabilities and quantiles are the same to the bit
on every processor: they come from plain arithmetic, or from 30 digits in integer arithmetic (mpmath), rounded once.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from threatsim.common.arithmetic import exact

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]

_TAIL = 0.005
_WIDEST = 10.0
_BELOW_ONE = math.nextafter(1.0, 0.0)


class Distribution(BaseModel, ABC):
    """One family with its parameters. The class is its row: its name, in lower case, is its key in a scenario."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    @abstractmethod
    def centre(self) -> float:
        """The value used where one number is needed: the mean; of a lognormal the median."""

    @abstractmethod
    def cdf(self, x: float) -> float:
        """Return the probability of at most `x`, over the whole line."""

    @abstractmethod
    def inverse(self, p: float) -> float:
        """Return the number of which `cdf` is `p`, strictly between 0 and 1."""

    def holds(self, x: float) -> bool:
        """Return whether a number lies in the range of the distribution: in all but half a percent at either end."""
        return _TAIL <= self.cdf(x) <= 1 - _TAIL

    def within(self, low: float, high: float | None) -> float:
        """Return the probability of the range from `low` to `high`, both included."""
        upper = 1.0 if high is None else self.cdf(high)
        return upper - self.cdf(math.nextafter(low, -math.inf))

    def quantile(self, uniform: float, low: float, high: float | None) -> float:
        """Return the quantile at `uniform` in [0, 1) of the distribution cut to the range from `low` to `high`."""
        start = self.cdf(math.nextafter(low, -math.inf))
        end = 1.0 if high is None else self.cdf(high)
        p = min(start + uniform * (end - start), _BELOW_ONE)
        drawn = self.inverse(p) if p > 0 else -math.inf
        return min(max(drawn, low), math.inf if high is None else high)

    def scaled(self, factor: float) -> Distribution | None:
        """Return the distribution of so many times the number, `factor` above 0; None where the family has none."""
        return type(self)(**{name: value * factor for name, value in self.model_dump().items()})

    def shifted(self, by: float) -> Distribution | None:
        """Return the distribution of the number and so much more; None where the family has none."""
        return None

    @classmethod
    def field_text(cls) -> str:
        """Return what a scenario's schema says of the family: `Uncertain: normal, by mean and sd.`"""
        *first, last = cls.model_fields
        return f"Uncertain: {cls.__name__.lower()}, by {', '.join(first)} and {last}."

    def describe(self) -> str:
        """Return the distribution as a report gives it: `triangular (low 0.1, mode 0.2, high 0.4)`."""
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

    def shifted(self, by: float) -> Distribution | None:
        """Return the distribution of the number and so much more."""
        return Normal(mean=self.mean + by, sd=self.sd)

    def cdf(self, x: float) -> float:
        """Return the normal distribution function."""
        return exact.normal_cdf(x, self.mean, self.sd)

    def inverse(self, p: float) -> float:
        """Return the normal quantile."""
        return exact.normal_quantile(p, self.mean, self.sd)


class Lognormal(Distribution):
    """A lognormal distribution, as it is or moved along the line."""

    median: Positive = Field(description="Median before it is moved, in the number's unit.")
    sigma: Positive = Field(description="Standard deviation of the natural logarithm; at most 10.")
    shift: Number = Field(default=0.0, description="By how much the whole is moved, in the number's unit.")

    @model_validator(mode="after")
    def _in_reach(self) -> Lognormal:
        if self.sigma > _WIDEST:
            raise ValueError(f"sigma is {self.sigma:g}; at most {_WIDEST:g} is allowed, which spans 34 powers of ten")
        return self

    @model_serializer(mode="wrap")
    def _without_no_shift(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if name != "shift" or value}

    @property
    def centre(self) -> float:
        """The median."""
        return self.median + self.shift

    def scaled(self, factor: float) -> Distribution | None:
        """Return the distribution of so many times the number."""
        return Lognormal(median=self.median * factor, sigma=self.sigma, shift=self.shift * factor)

    def shifted(self, by: float) -> Distribution | None:
        """Return the distribution of the number and so much more."""
        return Lognormal(median=self.median, sigma=self.sigma, shift=self.shift + by)

    def cdf(self, x: float) -> float:
        """Return the normal distribution function of the logarithm."""
        return exact.lognormal_cdf(x - self.shift, self.median, self.sigma)

    def inverse(self, p: float) -> float:
        """Return the exponential of the normal quantile."""
        return exact.lognormal_quantile(p, self.median, self.sigma) + self.shift


class Beta(Distribution):
    """A beta distribution on 0 to 1: alpha - 1 successes and beta - 1 failures seen, from no knowledge."""

    alpha: Positive = Field(description="First shape parameter.")
    beta: Positive = Field(description="Second shape parameter.")

    @property
    def centre(self) -> float:
        """The mean."""
        return self.alpha / (self.alpha + self.beta)

    def scaled(self, factor: float) -> Distribution | None:
        """Return itself for a factor of 1, else None: what lies between 0 and 1 does so no more."""
        return self if factor == 1 else None

    def cdf(self, x: float) -> float:
        """Return the regularised incomplete beta function."""
        return exact.beta_cdf(x, self.alpha, self.beta)

    def inverse(self, p: float) -> float:
        """Return the inverse of the regularised incomplete beta function."""
        return exact.beta_quantile(p, self.alpha, self.beta)


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

    def shifted(self, by: float) -> Distribution | None:
        """Return the distribution of the number and so much more."""
        return Triangular(low=self.low + by, mode=self.mode + by, high=self.high + by)

    def holds(self, x: float) -> bool:
        """Return whether a number lies from the least to the greatest value."""
        return self.low <= x <= self.high

    def cdf(self, x: float) -> float:
        """Return the area of the triangle up to `x`."""
        low, mode, high = self.low, self.mode, self.high
        if x <= low or x >= high:
            return float(x >= high)
        if x < mode:
            return (x - low) / (high - low) * ((x - low) / (mode - low))
        return 1 - (high - x) / (high - low) * ((high - x) / (high - mode))

    def inverse(self, p: float) -> float:
        """Return the place, from the nearer corner: what is cut off goes with the square of the distance."""
        low, mode, high = self.low, self.mode, self.high
        if p * (high - low) < mode - low:
            return low + math.sqrt(p * (high - low) * (mode - low))
        return high - math.sqrt((1 - p) * (high - low) * (high - mode))


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

    def shifted(self, by: float) -> Distribution | None:
        """Return the distribution of the number and so much more."""
        return Uniform(low=self.low + by, high=self.high + by)

    def holds(self, x: float) -> bool:
        """Return whether a number lies in the range, its ends included."""
        return self.low <= x <= self.high

    def cdf(self, x: float) -> float:
        """Return the share of the range up to `x`."""
        return min(max((x - self.low) / (self.high - self.low), 0.0), 1.0)

    def inverse(self, p: float) -> float:
        """Return the place in the range."""
        return self.low + p * (self.high - self.low)


FAMILIES: dict[str, type[Distribution]] = {family.__name__.lower(): family for family in Distribution.__subclasses__()}
"""Key in a scenario -> family: all classes above, in their order."""
