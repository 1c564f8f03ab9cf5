"""An estimate: a figure that never goes without its interval; and a difference, which has a test besides."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

ALPHA: Final = 0.05
"""A difference is found where its p-value, adjusted for all that were tested with it, is at most this."""


class Estimate(BaseModel):
    """A figure with its 95 % interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float | None = Field(description="The estimate; null if undefined or not reached.")
    low: float | None = Field(description="Lower end of the 95 % interval; null if undefined.")
    high: float | None = Field(description="Upper end of the 95 % interval; null if undefined or unbounded.")
    n: int = Field(description="Observations behind it: replicates, or cases for a classifier's figure.")
    undefined: int = Field(
        default=0, description="Replicates without the figure; left out of a record if there are none."
    )
    events: int | None = Field(
        default=None,
        description="What was counted in all replicates, where it is so few that the interval is exact; else left out.",
    )

    later: ClassVar[tuple[str, ...]] = ("undefined", "events")
    """Fields that records leave out where they say nothing, as those from before there were any do."""

    @model_serializer(mode="wrap")
    def _silent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        said: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        for name in self.later:
            if name in said and said[name] == fields[name].default:
                del said[name]
        return said

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return (self.low is not None and self.low > 0) or (self.high is not None and self.high < 0)

    @property
    def detected(self) -> bool:
        """Whether it is told from zero: here by its interval alone."""
        return self.excludes_zero

    def __neg__(self) -> Estimate:
        """Return the estimate of the negative."""
        value, low, high = (None if x is None else -x for x in (self.value, self.high, self.low))
        return self.model_copy(update={"value": value, "low": low, "high": high})


class Difference(Estimate):
    """A difference to the baseline, with its test. The interval is that of this difference alone, not adjusted."""

    p: float | None = Field(default=None, description="Two-sided p-value; left out of a record where there is none.")
    p_holm: float | None = Field(
        default=None, description="The same by Holm's adjustment for all differences of its family; else left out."
    )
    detectable: float | None = Field(
        default=None,
        description="Where nothing was found: the smallest difference that 4 of 5 such runs would have found, after "
        "the adjustment; else left out.",
    )

    later: ClassVar[tuple[str, ...]] = (*Estimate.later, "p", "p_holm", "detectable")

    @property
    def detected(self) -> bool:
        """Whether it is told from zero after the adjustment; in records from before there was one, by its interval."""
        return self.excludes_zero if self.p_holm is None else self.p_holm <= ALPHA
