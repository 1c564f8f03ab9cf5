"""Runs and arms side by side: what each was given differently from the first, and what came out differently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final, Literal

from pydantic import Field

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.suggest import nearest
from threatsim.experiment.figures.contrast import Adjusted, Contrast, by_family
from threatsim.experiment.figures.estimates import estimate, sample
from threatsim.experiment.figures.input_differences import InputDifference, arm_differences, input_differences
from threatsim.experiment.figures.pairing import Pairing, pairing
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import ArmOutcome, Override, RunRecord
from threatsim.statistics.estimate import Difference, Estimate

MOST: Final = len(ascii_uppercase)
"""A letter for each."""


@dataclass(frozen=True)
class Side:
    """A run, or one arm of it, to be compared.

    Attributes:
        record: the run.
        arm: name of the arm; None for every arm that both sides have.
        label: how to call the run; scenario name and run id if empty.
    """

    record: RunRecord
    arm: str | None = None
    label: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        name = self.label or f"{self.record.scenario.get('name', 'run')}/{self.record.run_id}"
        return f"{name}:{self.arm}" if self.arm else name


class ComparisonRow(RecordPart):
    """One figure of one arm of the reference and of one arm of another run."""

    arm_reference: str = Field(description="Name of the arm of the reference.")
    arm: str = Field(description="Name of the arm held against it.")
    title_reference: str = Field(default="", description="The arm of the reference in a few words.")
    title: str = Field(default="", description="The arm held against it in a few words.")
    metric: str = Field(description="ARM_METRICS name.")
    reference: Estimate = Field(description="The reference's figure, over the replicates compared.")
    value: Estimate = Field(description="The other's figure, over the replicates compared.")
    difference: Difference = Field(description="The other less the reference, with its test.")
    replicates_needed: int | None = Field(
        description="Where no difference is detected: about how many replicates (of each side) would show one of the "
        "size asked for, or as large as the one seen, in 4 of 5 runs, at the level of Holm's adjustment; null where "
        "that cannot be told."
    )
    needs: Literal["nothing", "replicates", "cases", "unknown"] = Field(
        description="What a detectable difference needs: nothing (it is detected), replicates, cases (the test set "
        "alone leaves too much open), or unknown."
    )

    @property
    def detected(self) -> bool:
        """Whether the difference is told from zero, after Holm's adjustment."""
        return self.difference.detected

    @property
    def same(self) -> bool:
        """Whether both figures are the same number, or undefined both."""
        change = self.difference
        return self.reference == self.value and all(end in (0, None) for end in (change.value, change.low, change.high))


class Against(RecordPart):
    """One run or arm held against the reference."""

    key: str = Field(description="Its letter: B, C, ...")
    name: str = Field(description="What it is: as the user named it, or scenario and run id.")
    pairing: Pairing = Field(description="How its replicates stand to the reference's.")
    inputs: tuple[InputDifference, ...] = Field(description="What it was given differently from the reference.")
    rows: tuple[ComparisonRow, ...] = Field(description="Every figure of every pair of arms.")
    overridden: tuple[Override, ...] = Field(
        default=(), description="What it was asked for in place of its scenario's own."
    )
    alone_reference: tuple[str, ...] = Field(
        default=(), description="Arms of the reference that no arm of the other was held against, in a few words."
    )
    alone: tuple[str, ...] = Field(default=(), description="Arms of the other that were not held against any.")

    @property
    def identical(self) -> bool:
        """Whether all figures are the same."""
        return all(row.same for row in self.rows)


class SideDoubt(RecordPart):
    """What the doubt about its numbers does to one of the runs, which no interval of a comparison holds."""

    key: str = Field(description="Letter of the run.")
    draws: int = Field(description="Draws of its uncertain numbers.")
    loss: Estimate = Field(description="Payer loss of its baseline: mean over the draws, what both doubts leave open.")


class Comparison(RecordPart):
    """Runs and arms against the first of them."""

    reference: str = Field(description="What the others are held against.")
    key: str = Field(default="A", description="Its letter.")
    overridden: tuple[Override, ...] = Field(
        default=(), description="What the reference was asked for in place of its scenario's own."
    )
    others: tuple[Against, ...] = Field(description="The others, in the order given.")
    tests: int = Field(
        description="Differences with a p-value, which Holm's adjustment is over, in families: net benefit, the "
        "figures of the summary's table, who bears what, and the rest."
    )
    detect: float | None = Field(
        description="Size of difference that replicates_needed is for, as a share of the reference's figure; null for "
        "the size seen."
    )
    doubts: tuple[SideDoubt, ...] = Field(
        default=(), description="Of each run that drew its uncertain numbers, in the order given."
    )


def compare(sides: Sequence[Side], *, detect: float | None = None) -> Comparison:
    """Hold runs and arms against the first of them.

    Without arms, every arm is compared with the one that sets the same on the other side, or else with its namesake.
    With one arm named, it is compared with its namesake on the other side; with two, they are compared with each other,
    and may be of the same run. Runs of one seed are compared replicate by replicate (the first ones of both, if their
    numbers differ); others by Welch's interval, and by rank sums where a duration may not be reached.

    Args:
        sides: the reference, then the others.
        detect: the size of difference that should be seen, as a share of the reference's figure; the size seen if None.

    Raises:
        ThreatsimError: for fewer than two sides or more than there are letters, an arm that does not exist, and runs
            without a common arm.
    """
    if not 2 <= len(sides) <= MOST:
        raise ThreatsimError(f"{len(sides)} given to compare; 2 to {MOST} can be, the first being the reference")
    reference, *others = sides
    pairs = [_arm_pairs(reference, other) for other in others]
    contrasts = [
        [list(_contrasts(*pair, reference.record, other.record)) for pair in of_other]
        for other, of_other in zip(others, pairs, strict=True)
    ]
    found = by_family([one for of_other in contrasts for of_pair in of_other for one in of_pair])
    adjusted = iter(found)
    return Comparison(
        reference=reference.name,
        overridden=reference.record.overridden,
        others=tuple(
            Against(
                key=key,
                name=other.name,
                overridden=other.record.overridden,
                pairing=pairing(reference.record, other.record),
                inputs=(*input_differences(reference.record, other.record), *_arm_inputs(of_other)),
                rows=tuple(
                    _row(*pair, one, next(adjusted), detect)
                    for pair, of_pair in zip(of_other, of_pairs, strict=True)
                    for one in of_pair
                ),
                alone_reference=_alone(reference, [left for left, _ in of_other]),
                alone=_alone(other, [right for _, right in of_other]),
            )
            for key, other, of_other, of_pairs in zip(ascii_uppercase[1:], others, pairs, contrasts, strict=False)
        ),
        tests=sum(one.difference.p is not None for one in found),
        detect=detect,
        doubts=tuple(_doubts(sides)),
    )


def _doubts(sides: Sequence[Side]) -> Iterator[SideDoubt]:
    for key, side in zip(ascii_uppercase, sides, strict=False):
        if doubt := side.record.doubt:
            found = {(one.arm, one.figure): one.both for one in doubt.figures}
            yield SideDoubt(key=key, draws=doubt.draws, loss=found[side.record.arms[0].name, "payer_loss"])


def _arm_pairs(left: Side, right: Side) -> list[tuple[ArmOutcome, ArmOutcome]]:
    left_arms = {arm.name: arm for arm in left.record.arms}
    right_arms = {arm.name: arm for arm in right.record.arms}
    if left.arm is not None or right.arm is not None:
        return [
            (
                _named(left_arms, left.arm or right.arm or "", left),
                _named(right_arms, right.arm or left.arm or "", right),
            )
        ]
    common = _matched(list(left_arms.values()), list(right_arms.values()))
    if not common:
        raise ThreatsimError(
            f"{left.name} and {right.name} have no arm in common: {', '.join(left_arms)} in the one, "
            f"{', '.join(right_arms)} in the other",
            hint="Name one arm of each: REPORT:ARM.",
        )
    return common


def _matched(left: list[ArmOutcome], right: list[ArmOutcome]) -> list[tuple[ArmOutcome, ArmOutcome]]:
    """Return the pairs that set the same, of these first those of one name; then those left that have one name."""
    pairs: dict[str, ArmOutcome] = {}
    for by_changes, by_name in ((True, True), (True, False), (False, True)):
        for one in left:
            free = [
                other
                for other in right
                if other not in pairs.values()
                and (other.changes == one.changes or not by_changes)
                and (other.name == one.name or not by_name)
            ]
            if one.name not in pairs and free:
                pairs[one.name] = free[0]
    return [(one, pairs[one.name]) for one in left if one.name in pairs]


def _alone(side: Side, held: list[ArmOutcome]) -> tuple[str, ...]:
    """Return the titles of the arms that were not compared, where none was named."""
    names = {arm.name for arm in held}
    return () if side.arm else tuple(arm.title for arm in side.record.arms if arm.name not in names)


def _named(arms: dict[str, ArmOutcome], name: str, side: Side) -> ArmOutcome:
    if name in arms:
        return arms[name]
    close = nearest(name, arms)
    hint = f"Nearest: {close}." if close else f"It has: {', '.join(arms)}."
    text = f"{side.name.removesuffix(f':{name}')} has no arm '{name}'"
    raise InputError(text, given=name, allowed=arms, hint=hint)


def _arm_inputs(pairs: list[tuple[ArmOutcome, ArmOutcome]]) -> Iterator[InputDifference]:
    """Yield what arms of different names set differently; for namesakes the scenarios tell."""
    for left_arm, right_arm in pairs:
        if left_arm.name != right_arm.name:
            for found in arm_differences(left_arm, right_arm):
                yield found.model_copy(update={"path": f"arm: {found.path}"})


def _contrasts(left: ArmOutcome, right: ArmOutcome, reference: RunRecord, other: RunRecord) -> Iterator[Contrast]:
    """Yield every figure that two arms have; quotients by their sums where both records kept what they are of."""
    paired, designs = pairing(reference, other).paired, (reference.design, other.design)
    for name, metric in ARM_METRICS.items():
        if name not in left.replicates or name not in right.replicates:
            continue  # a record of an earlier threatsim may lack a metric
        if metric.avoids:
            continue  # a difference to the baseline of its own run
        kept = name in left.wholes and name in right.wholes
        base, changed = (
            sample(metric, arm.replicates, "fraud_providers", arm.wholes if kept else {}, arm.clusters if kept else {})
            for arm in (left, right)
        )
        if paired:
            count = min(len(base.values), len(changed.values))
            base, changed = base[:count], changed[:count]
        yield Contrast(metric, base, changed, paired=paired, designs=designs)


def _row(
    left: ArmOutcome, right: ArmOutcome, contrast: Contrast, adjusted: Adjusted, detect: float | None
) -> ComparisonRow:
    metric, found = contrast.metric, adjusted.difference
    reference, other = (
        estimate(metric, one, design=design)
        for one, design in zip((contrast.base, contrast.other), contrast.designs, strict=True)
    )
    size = abs(found.value or 0.0) if detect is None else detect * abs(reference.value or 0.0)
    needed = None if found.detected else contrast.replicates_needed(size, adjusted.alpha)
    return ComparisonRow(
        arm_reference=left.name,
        arm=right.name,
        title_reference=left.title,
        title=right.title,
        metric=metric.name,
        reference=reference,
        value=other,
        difference=found,
        replicates_needed=needed if isinstance(needed, int) else None,
        needs="nothing" if found.detected else "replicates" if isinstance(needed, int) else needed or "unknown",
    )
