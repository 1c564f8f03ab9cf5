"""What a run found of two doubts: chance, and numbers that are not known."""

from __future__ import annotations

from pydantic import Field

from threatsim.experiment.record.part import RecordPart
from threatsim.statistics.estimate import Estimate


class DrawnNumber(RecordPart):
    """A number of the scenario that was drawn."""

    label: str = Field(description="Its dotted path; with a * where several places have the same number.")
    places: tuple[str, ...] = Field(description="Every place that has it.")
    unit: str = Field(description="Unit of the number.")
    value: float = Field(description="The value that the replicates hold it at.")
    distribution: str = Field(description="The distribution in words, with its parameters.")
    kind: str = Field(description="measured, estimated, fitted or assumed.")
    source: str = Field(description="Where the distribution comes from; empty if assumed.")
    draws: list[float] = Field(description="What it was in each draw, in the first arm that has it uncertain.")


class Driver(RecordPart):
    """How a figure follows one of the numbers over the draws."""

    number: str = Field(description="Label of the number.")
    correlation: Estimate = Field(description="Spearman's rank correlation of the number and the draws' means.")
    share: Estimate | None = Field(
        description="First-order share of the variance of the draws' means; null for fewer than 40 draws."
    )
    lowest: float = Field(description="Mean of the figure over the fifth of the draws with the least of the number.")
    highest: float = Field(description="Mean of the figure over the fifth of the draws with the most of it.")


class FigureDoubt(RecordPart):
    """A figure of an arm under both doubts; of an arm beside the baseline its difference to the baseline."""

    arm: str = Field(description="Name of the arm.")
    figure: str = Field(description="ARM_METRICS name.")
    both: Estimate = Field(
        description="Mean over the draws, and the interval that holds 95 % of what the numbers may make of the figure, "
        "with the chance that the run's own interval holds; n counts draws."
    )
    of_numbers: Estimate = Field(
        description="Share of the variance between single replicates that the numbers make; the rest is chance."
    )
    drivers: tuple[Driver, ...] = Field(description="The numbers that it follows most, the strongest first.")


class RankingDoubt(RecordPart):
    """Whether the arms keep their order by net benefit."""

    order: tuple[str, ...] = Field(description="Arms by net benefit at the numbers' values, the greatest first.")
    kept: int = Field(description="Draws in which the whole order is the same.")
    first: dict[str, int] = Field(description="Arm -> draws in which it is first.")
    chance_pairs: int = Field(description="Pairs of replicates at the numbers' values, as many as a draw has.")
    chance_kept: int = Field(description="Those of them in which the order is the same: what chance alone does.")
    chance_first: int = Field(description="Those of them in which the first arm is first.")


class Doubt(RecordPart):
    """The outer loop of a run: every arm run on draws of the uncertain numbers."""

    draws: int = Field(description="Draws of all numbers together, a Latin hypercube.")
    replicates: int = Field(description="Replicates of every arm in each draw.")
    numbers: tuple[DrawnNumber, ...] = Field(description="What was drawn.")
    figures: tuple[FigureDoubt, ...] = Field(description="Figures of the baseline, and differences of the other arms.")
    ranking: RankingDoubt | None = Field(description="Of the arms that are policies; null where there is one alone.")
