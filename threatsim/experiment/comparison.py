"""Two runs side by side: what they were given differently, and what came out differently."""

from __future__ import annotations

from pydantic import Field

from threatsim.errors import ThreatsimError
from threatsim.experiment.differences import InputDifference, arm_differences, input_differences
from threatsim.experiment.estimates import difference, estimate, replicate_values
from threatsim.experiment.record import ArmOutcome, Part, RunRecord
from threatsim.scenario.metrics import ARM_METRICS
from threatsim.statistics.estimate import Estimate
from threatsim.suggest import nearest


class ComparisonRow(Part):
    """One figure of one arm on the left and one on the right."""

    arm_left: str = Field(description="Name of the arm on the left.")
    arm_right: str = Field(description="Name of the arm on the right.")
    metric: str = Field(description="ARM_METRICS name.")
    left: Estimate = Field(description="The figure on the left, over the replicates compared.")
    right: Estimate = Field(description="The figure on the right, over the replicates compared.")
    difference: Estimate = Field(description="Right less left.")


class Comparison(Part):
    """Two runs side by side."""

    left: str = Field(description="What stands on the left, as the user named it or by its run id.")
    right: str = Field(description="What stands on the right.")
    paired: bool = Field(description="Whether replicate i of both draws from the same random streams.")
    reason: str = Field(description="Why the replicates are paired or not, in words.")
    replicates: int = Field(description="Replicates of the side that has fewer; all that are compared, if paired.")
    inputs: list[InputDifference] = Field(description="What the two were given differently.")
    rows: list[ComparisonRow] = Field(description="Every metric of every pair of arms.")


def compare(
    left: RunRecord,
    right: RunRecord,
    *,
    left_arm: str | None = None,
    right_arm: str | None = None,
    left_label: str | None = None,
    right_label: str | None = None,
) -> Comparison:
    """Compare two runs, or one arm of each.

    Without arms, every arm that both have is compared with its namesake. With one arm named, it is compared
    with its namesake on the other side; with two, they are compared with each other, and may be of the same
    run. Runs of one seed are compared replicate by replicate (the first ones of both, if their numbers
    differ); others by Welch's interval, and by rank sums where a duration may not be reached.

    Args:
        left, right: the records.
        left_arm, right_arm: names of arms, or None.
        left_label, right_label: how to call the two sides; scenario name and run id by default.

    Raises:
        ThreatsimError: for an arm that does not exist, and for runs without a common arm.
    """
    pairs = _arm_pairs(left, right, left_arm, right_arm)
    paired = left.seed == right.seed
    rows = [row for pair in pairs for row in _rows(*pair, paired=paired)]
    return Comparison(
        left=left_label or _label(left, left_arm),
        right=right_label or _label(right, right_arm),
        paired=paired,
        reason=_reason(left, right),
        replicates=min(left.replicates, right.replicates),
        inputs=input_differences(left, right) + _arm_inputs(pairs),
        rows=rows,
    )


def _label(record: RunRecord, arm: str | None) -> str:
    name = f"{record.scenario.get('name', 'run')}/{record.run_id}"
    return f"{name}:{arm}" if arm else name


def _reason(left: RunRecord, right: RunRecord) -> str:
    if left.seed != right.seed:
        return (
            f"not paired: the seeds are {left.seed} and {right.seed}, so the two runs draw from different "
            "random streams; the intervals are wider than those of two runs of one seed"
        )
    paired = f"paired: both runs used seed {left.seed}, so replicate i of both draws from the same random streams"
    if left.replicates != right.replicates:
        count = min(left.replicates, right.replicates)
        return f"{paired}; of {left.replicates} and {right.replicates}, the first {count} are compared"
    return paired


def _arm_pairs(
    left: RunRecord, right: RunRecord, left_arm: str | None, right_arm: str | None
) -> list[tuple[ArmOutcome, ArmOutcome]]:
    left_arms = {arm.name: arm for arm in left.arms}
    right_arms = {arm.name: arm for arm in right.arms}
    if left_arm is not None or right_arm is not None:
        return [
            (
                _named(left_arms, left_arm or right_arm or "", _label(left, None)),
                _named(right_arms, right_arm or left_arm or "", _label(right, None)),
            )
        ]
    common = [(arm, right_arms[name]) for name, arm in left_arms.items() if name in right_arms]
    if not common:
        raise ThreatsimError(
            f"the two runs have no arm in common: {', '.join(left_arms)} on the left, "
            f"{', '.join(right_arms)} on the right",
            hint="Name one arm of each: REPORT:ARM.",
        )
    return common


def _named(arms: dict[str, ArmOutcome], name: str, label: str) -> ArmOutcome:
    if name in arms:
        return arms[name]
    close = nearest(name, arms)
    hint = f"Nearest: {close}." if close else f"It has: {', '.join(arms)}."
    raise ThreatsimError(f"{label} has no arm '{name}'", hint=hint)


def _arm_inputs(pairs: list[tuple[ArmOutcome, ArmOutcome]]) -> list[InputDifference]:
    """What arms of different names set differently; for namesakes the scenarios tell."""
    return [
        found.model_copy(update={"path": f"arm: {found.path}"})
        for left_arm, right_arm in pairs
        if left_arm.name != right_arm.name
        for found in arm_differences(left_arm, right_arm)
    ]


def _rows(left: ArmOutcome, right: ArmOutcome, *, paired: bool) -> list[ComparisonRow]:
    rows = []
    for name, metric in ARM_METRICS.items():
        if name not in left.replicates or name not in right.replicates:
            continue  # a record of an earlier threatsim may lack a metric
        values = [replicate_values(name, arm.replicates, "fraud_providers") for arm in (left, right)]
        if paired:
            count = min(len(sample) for sample in values)
            values = [sample[:count] for sample in values]
        rows.append(
            ComparisonRow(
                arm_left=left.name,
                arm_right=right.name,
                metric=name,
                left=estimate(name, metric, values[0]),
                right=estimate(name, metric, values[1]),
                difference=difference(name, values[0], values[1], paired=paired),
            )
        )
    return rows
