"""Which figure answers the scenario's question."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from threatsim.scenario.section import Name, Section, Text


class AnsweredBy(Section):
    """The figure that answers the question: as it is and as the arms change it, or where it reaches a value."""

    metric: Name = Field(description="The figure, as in expect: fraud_payoff, accepted_rate, ...")
    arm: Name | None = Field(default=None, description="The arm that the question is about; absent, all of them.")
    break_even: Text | None = Field(
        default=None,
        description="What varies until the figure reaches a value, as --vary of threatsim break-even has it: "
        "payers.*.audit.random=0.001:0.2:log.",
    )
    reaches: Annotated[float, Field(strict=True, allow_inf_nan=False)] = Field(
        default=0.0, description="The value that is to be reached, where something varies."
    )
