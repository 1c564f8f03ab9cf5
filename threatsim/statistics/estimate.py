"""An estimate: a figure that never goes without its interval."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Estimate(BaseModel):
    """A figure with its 95 % interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float | None = Field(description="The estimate; null if undefined or not reached.")
    low: float | None = Field(description="Lower end of the 95 % interval; null if undefined.")
    high: float | None = Field(description="Upper end of the 95 % interval; null if undefined or unbounded.")
    n: int = Field(description="Observations behind it: replicates, or cases for a classifier's figure.")

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return (self.low is not None and self.low > 0) or (self.high is not None and self.high < 0)

    def __neg__(self) -> Estimate:
        """Return the estimate of the negative."""
        value, low, high = (None if x is None else -x for x in (self.value, self.high, self.low))
        return Estimate(value=value, low=low, high=high, n=self.n)
