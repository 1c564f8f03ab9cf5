"""What a search for the best choice found, as its record holds it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from threatsim.experiment.record.part import RecordPart
from threatsim.statistics.estimate import Estimate


class LeverTold(RecordPart):
    """Something that could be chosen."""

    path: str = Field(description="Its dotted path.")
    side: Literal["payer", "attacker"] = Field(description="Whose choice it is.")
    choices: tuple[Any, ...] = Field(description="The values, if they are listed; else empty.")
    low: float = Field(description="Lower end of the range.")
    high: float = Field(description="Upper end of the range.")
    log: bool = Field(description="Whether steps are equal in the logarithm.")


class GoalTold(RecordPart):
    """What was wanted, or had to hold."""

    text: str = Field(description="As it was written.")
    direction: Literal["minimise", "maximise", "at most", "at least"] = Field(description="What is good.")
    bound: float | None = Field(default=None, description="The number that it is held against; null for an objective.")


class TrialTold(RecordPart):
    """A choice that was tried."""

    number: int = Field(description="Trials in their order, from 0.")
    values: dict[str, Any] = Field(description="Path -> value.")
    objectives: tuple[float, ...] = Field(description="Mean of each objective over the markets of the search.")
    constraints: tuple[float, ...] = Field(description="Mean of what each constraint holds.")
    holds: bool = Field(description="Whether it keeps all constraints in these markets.")


class FreshTold(RecordPart):
    """A choice in markets that the search did not see."""

    trial: int = Field(description="Number of the trial.")
    values: dict[str, Any] = Field(description="Path -> value.")
    in_search: tuple[float, ...] = Field(description="Mean of each objective in the search: flattered by being chosen.")
    objectives: tuple[Estimate, ...] = Field(description="Each objective in fresh markets.")
    gains: tuple[Estimate, ...] = Field(
        description="By how much each objective is better than with the scenario as it is, on the same fresh markets; "
        "above 0 is better."
    )
    constraints: tuple[Estimate, ...] = Field(description="What each constraint holds, in fresh markets.")


class SearchFindings(RecordPart):
    """A search for the best choice of one side."""

    side: Literal["payer", "attacker"] = Field(description="Who chooses.")
    arm: str = Field(description="Arm of the scenario that is the starting point.")
    levers: tuple[LeverTold, ...] = Field(description="What could be chosen.")
    objectives: tuple[GoalTold, ...] = Field(description="What was wanted.")
    constraints: tuple[GoalTold, ...] = Field(description="What had to hold.")
    replicates: int = Field(description="Markets of each trial, the same streams in all.")
    fresh_replicates: int = Field(description="Markets of each choice told of, which the search did not see.")
    trials: tuple[TrialTold, ...] = Field(description="What was tried.")
    as_it_is: FreshTold = Field(description="The scenario as it is; its trial is -1.")
    front: tuple[FreshTold, ...] = Field(
        description="The best choice; of several objectives those that no other beats in all, by the first objective."
    )


class Reply(RecordPart):
    """One side's best reply to the other's choice."""

    side: Literal["payer", "attacker"] = Field(description="Who chose.")
    values: dict[str, Any] = Field(description="Path -> value after the reply.")
    gain: Estimate = Field(description="By how much its objective is better than before, in fresh markets.")
    moved: bool = Field(description="Whether it changed its choice: only where the gain is told from 0.")


class InTurnFindings(RecordPart):
    """Payer and attacker in turn, each with its best reply to the other."""

    outcome: Literal["converged", "cycling", "still moving"] = Field(description="How it ended.")
    cycle: int = Field(description="Replies until the same pair of choices comes again; 0 unless cycling.")
    replies: tuple[Reply, ...] = Field(description="In their order.")
    levers: tuple[LeverTold, ...] = Field(description="What could be chosen.")
    objectives: tuple[GoalTold, ...] = Field(description="The payer's and the attacker's.")
    constraints: tuple[GoalTold, ...] = Field(description="The payer's.")
    replicates: int = Field(description="Markets of each trial.")
    fresh_replicates: int = Field(description="Fresh markets by which a gain is told.")
    trials: int = Field(description="Trials of each reply at most.")
