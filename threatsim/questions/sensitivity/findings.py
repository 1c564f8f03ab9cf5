"""What a sensitivity analysis found, as its record holds it."""

from __future__ import annotations

from pydantic import Field

from threatsim.experiment.record.part import RecordPart
from threatsim.statistics.estimate import Estimate


class Answer(RecordPart):
    """A figure whose change is asked for: of the baseline itself, or of another arm against the baseline."""

    figure: str = Field(description="ARM_METRICS name.")
    arm: str = Field(description="Name of the arm.")
    difference: bool = Field(description="Whether it is the arm's difference to the baseline, and not its level.")


class VariedNumber(RecordPart):
    """A number that was varied."""

    label: str = Field(description="Its dotted path; with a * where several places have the same number.")
    places: tuple[str, ...] = Field(description="Every place that has it.")
    unit: str = Field(description="Unit of the number.")
    value: float = Field(description="The value that it has in the scenario.")
    low: float = Field(description="The 5 % quantile of its range.")
    high: float = Field(description="The 95 % quantile of its range.")
    range: str = Field(description="Its range in words, with its parameters.")
    spread: bool = Field(description="Whether the scenario gives it no range, and it was given the common spread.")
    kind: str = Field(description="measured, estimated, fitted or assumed.")
    source: str = Field(description="Where the number comes from; empty if assumed.")


class Swing(RecordPart):
    """What one number alone does to an answer, all others at their values."""

    number: str = Field(description="Label of the number.")
    answer: Answer = Field(description="What it moves.")
    at_low: Estimate = Field(description="The answer at the number's 5 % quantile.")
    at_high: Estimate = Field(description="The answer at its 95 % quantile.")
    change_low: Estimate = Field(description="Change of the answer from the scenario's value to the 5 % quantile.")
    change_high: Estimate = Field(description="Change of the answer from the scenario's value to the 95 % quantile.")

    @property
    def size(self) -> float:
        """How far the answer moves between the lowest and the highest of the three; 0 where it is undefined."""
        known = [0.0, *(one.value for one in (self.change_low, self.change_high) if one.value is not None)]
        return max(known) - min(known)


class Turn(RecordPart):
    """A number that alone puts another arm first."""

    number: str = Field(description="Label of the number.")
    at: float = Field(description="Its value there: the 5 % or the 95 % quantile of its range.")
    first: str = Field(description="The arm that comes first there.")
    before: str = Field(description="The arm that comes first at the scenario's values.")
    lead: Estimate = Field(description="Net benefit of the new first arm over the former, on the same markets.")

    @property
    def sure(self) -> bool:
        """Whether the new first arm's lead is told from chance."""
        return self.lead.low is not None and self.lead.low > 0


class Effect(RecordPart):
    """What a number does to an answer while others move too: Morris's elementary effects, over its whole range."""

    number: str = Field(description="Label of the number.")
    answer: Answer = Field(description="What it moves.")
    mean: Estimate = Field(description="mu: mean effect from the 5 % to the 95 % quantile, with its sign.")
    absolute: Estimate = Field(description="mu*: mean absolute effect.")
    spread: float = Field(description="sigma: standard deviation of the effects, chance taken out.")
    chance: float = Field(description="What mu* of a number without any effect would be on the same markets.")
    beyond_chance: Estimate = Field(description="mu* less that.")


class Index(RecordPart):
    """The share of an answer's variance that a number makes, chance taken out: Sobol's indices."""

    number: str = Field(description="Label of the number.")
    answer: Answer = Field(description="What varies.")
    first: Estimate = Field(description="Share that it makes by itself; n counts samples.")
    total: Estimate = Field(description="Share that it has a part in.")


class Variance(RecordPart):
    """How far the numbers that were drawn together move an answer, and chance beside them."""

    answer: Answer = Field(description="What varies.")
    deviation: float = Field(description="Standard deviation that the numbers make.")
    chance: float | None = Field(description="Share of a single market's variance that chance makes; null if unknown.")


class RankingShare(RecordPart):
    """How often another arm is first, over draws of the numbers that matter."""

    figure: str = Field(description="What arms are ranked by.")
    order: tuple[str, ...] = Field(description="Arms at the scenario's values, the best first.")
    lead: Estimate = Field(description="Lead of the first arm over the second there.")
    draws: int = Field(description="Draws of the numbers.")
    first: dict[str, int] = Field(description="Arm -> draws in which it is first.")
    changed: Estimate = Field(description="Share of draws in which another arm is first than at the scenario's values.")
    chance_pairs: int = Field(description="As many markets as a draw has, at the scenario's values: how often drawn.")
    chance_changed: int = Field(description="Those of them in which another arm is first: what chance alone does.")


class SensitivityFindings(RecordPart):
    """Which numbers drive the answers of a scenario."""

    arms: tuple[str, ...] = Field(description="Arms that were run, the baseline first.")
    answers: tuple[Answer, ...] = Field(description="What was asked of, the first in words first.")
    numbers: tuple[VariedNumber, ...] = Field(description="The numbers varied, in the order of the scenario.")
    left_out: dict[str, str] = Field(description="Assumed number that was not varied -> why.")
    spread: float | None = Field(description="Share by which numbers without a range went up and down; null: none did.")
    evaluations: int = Field(description="Markets of each arm in all.")
    swings: tuple[Swing, ...] = Field(description="One at a time: of every number and answer, the greatest first.")
    confirmed: tuple[str, ...] = Field(description="Numbers whose swings are of markets that they were not chosen by.")
    turns: tuple[Turn, ...] = Field(description="Numbers that alone put another arm first.")
    trajectories: int = Field(description="Morris's trajectories.")
    effects: tuple[Effect, ...] = Field(description="Elementary effects of the numbers that were screened.")
    samples: int = Field(description="Samples behind each of Sobol's indices.")
    indices: tuple[Index, ...] = Field(description="Indices of the numbers that matter most.")
    variances: tuple[Variance, ...] = Field(description="What is divided by them.")
    ranking: RankingShare | None = Field(description="Whether the first arm stays so; null where there is one alone.")
