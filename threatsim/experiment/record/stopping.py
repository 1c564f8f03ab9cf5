"""What the record keeps of a run that went on until an interval was narrow enough."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from threatsim.experiment.record.part import RecordPart
from threatsim.statistics.estimate import Estimate


class Look(RecordPart):
    """What was known at one look."""

    replicates: int = Field(description="Replicates of every arm so far.")
    half_widths: dict[str, float | None] = Field(
        description="Arm -> half the length of the interval then; null if there was none yet."
    )


class Stopping(RecordPart):
    """How a run with a wanted interval ended. Its intervals hold at all looks together in 95 of 100 such runs."""

    figure: str = Field(description="The figure, with @ and a payer or tactic for a part of an arm.")
    arm: str = Field(description="The arm that was asked for; empty if every arm's interval was to be narrow.")
    wanted: float = Field(description="Half the length that the interval was to have at most.")
    most: int = Field(description="Replicates after which it would end in any case.")
    looks: tuple[Look, ...] = Field(description="Every look, the last one at the end.")
    found: dict[str, Estimate] = Field(
        description="Arm -> the figure with its interval of the confidence sequence at the end."
    )
    test_cases: dict[str, float | None] = Field(
        description="Arm -> half the length that the test cases leave the interval of the end, however many replicates "
        "there are; null if it is not known."
    )
    reached: bool = Field(description="Whether it was as narrow as wanted.")

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for, on which the results depend."""
        return {"figure": self.figure, "arm": self.arm, "wanted": self.wanted, "most": self.most}

    @property
    def text(self) -> str:
        """It as an option has it."""
        return f"{self.figure}{f'[{self.arm}]' if self.arm else ''}={self.wanted!r}"

    @property
    def replicates(self) -> int:
        """Replicates of every arm that were run."""
        return self.looks[-1].replicates
