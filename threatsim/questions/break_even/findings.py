"""What a search for a break-even found, as its record holds it."""

from __future__ import annotations

from pydantic import Field

from threatsim.experiment.record.part import RecordPart
from threatsim.questions.sweep.findings import VariedPath
from threatsim.statistics.estimate import Estimate


class ValueLookedAt(RecordPart):
    """The curve at one value."""

    value: float = Field(description="The number that varies.")
    left: Estimate = Field(description="The figure there.")
    distance: Estimate = Field(description="The figure less what it is to reach, on the same markets.")


class Crossing(RecordPart):
    """A value at which the figure reaches what it is to reach."""

    at: float = Field(description="The crossing of the means.")
    low: float | None = Field(description="Lower end of its 95 % interval; null where it goes on below the range.")
    high: float | None = Field(description="Upper end of its 95 % interval; null where it goes on above the range.")
    rises: bool = Field(description="Whether the figure rises through it as the number grows.")


class BreakEvenFindings(RecordPart):
    """Where a figure reaches a value, as one number of the scenario varies."""

    until: str = Field(description="What was to be reached, as it was written.")
    figure: str = Field(description="The figure, with @ and a payer or tactic for a part of the arm.")
    arm: str = Field(description="The arm that it is of.")
    number: float | None = Field(description="The number that it is to reach; null where it is another arm's figure.")
    other: str | None = Field(description="The arm whose figure it is to reach; null for a number.")
    varied: VariedPath = Field(description="What varied; its values are the ends of the range.")
    replicates: int = Field(description="Replicates at every value; the same streams everywhere.")
    crossings: tuple[Crossing, ...] = Field(description="Where it is reached, in order; none if never in the range.")
    curve: tuple[ValueLookedAt, ...] = Field(description="Every value that was looked at, in order.")
