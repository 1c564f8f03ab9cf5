"""The run record: everything a run was given, used and found, typed. The schema is its documentation."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from threatsim.experiment.record.doubt import Doubt
from threatsim.experiment.record.part import RecordPart, Since
from threatsim.experiment.record.stopping import Stopping
from threatsim.outcomes.audit import NOT_AUDITED
from threatsim.statistics.design import Design
from threatsim.statistics.estimate import Difference, Estimate

RECORD_NAME = "record.json"
"""The file of a report's folder that holds the record."""


class AttackFigures(RecordPart):
    """What one tactic does to the classifier of one modality."""

    tactic: str = Field(description="Name of the tactic in the scenario.")
    technique: str = Field(description="MITRE ATLAS technique id, or empty.")
    attack: str = Field(description="The attack in words, with its parameters.")
    success: Estimate = Field(
        description="Cases without the finding, rightly below the baseline threshold when clean, that the "
        "attack lifts over it."
    )
    auroc: Estimate = Field(description="AUROC when every case is attacked toward the wrong class.")
    accuracy: Estimate = Field(description="Accuracy at 0.5 when every case is attacked toward the wrong class.")
    confidence: Estimate = Field(description="Mean of the larger class probability on the attacked images.")
    passes_policy: Annotated[Estimate | None, Since(6)] = Field(
        default=None,
        description="Claim codes: share of the successes that the payer's own edits would pay as well, a gap in the "
        "policy and not only in the classifier; null for images.",
    )
    flagged: Annotated[dict[str, Estimate], Since(9)] = Field(
        default_factory=dict,
        description="Control on the picture, with its budget -> share of the attacked images of cases without the "
        "finding that it flags.",
    )
    suppression: Annotated[Estimate | None, Since(11)] = Field(
        default=None,
        description="Cases with the finding, rightly at or above the baseline threshold when clean, that the attack "
        "pushes below it.",
    )


class SwapExample(RecordPart):
    """A claim before and after its codes were swapped for others that are true of the same patient."""

    tactic: str = Field(description="Name of the tactic; empty for the published example of Finlayson et al.")
    service: str = Field(description="What is billed.")
    before: tuple[str, ...] = Field(description="Codes with their words, as a careful coder writes them.")
    after: tuple[str, ...] = Field(description="Codes as sent.")
    score_before: float = Field(description="p(payable) by the payer's classifier before.")
    score_after: float = Field(description="p(payable) after.")
    denied_before: tuple[str, ...] = Field(description="The policy's edits that deny the claim before.")
    denied_after: tuple[str, ...] = Field(description="The policy's edits that deny it after; none if they pay it.")


class SuccessCurve(RecordPart):
    """Success of one tactic against its budget, by nested budgets: what falls at a small one counts at all larger."""

    tactic: str = Field(description="Name of the tactic in the scenario.")
    asked: float = Field(description="The scenario's own budget (grey levels of 255).")
    budgets: tuple[float, ...] = Field(description="Greatest change of a pixel (grey levels of 255), rising.")
    success: tuple[Estimate, ...] = Field(
        description="For each budget: cases without the finding, rightly below the baseline threshold when clean, that "
        "are lifted over it by this budget or a smaller one."
    )
    cases: int = Field(description="Cases that were attacked: the first of the pool that are eligible.")


class KeptOutcomes(RecordPart):
    """Where outcomes come from that were kept of photographs, and what was attacked in the run beside them."""

    table: str = Field(description="Hash of the table of outcomes: one of the inputs.")
    computed: str = Field(description="When they were computed, UTC.")
    by: str = Field(description="The programs that computed them, with their versions.")
    command: str = Field(description="The command that did.")
    live_cases: int = Field(description="Synthetic cases attacked in the run, for the gallery and the curves.")
    live_pixels: int = Field(description="Width and height of their images.")


class ClassifierFigures(RecordPart):
    """The payer's classifier on the run's cases, clean and attacked."""

    modality: str = Field(description="Kind of image.")
    finding: str = Field(description="The finding that is claimed by it.")
    network: str = Field(description="The network, in words.")
    weights: str = Field(description="Hash of the victim's weights.")
    surrogate: str = Field(description="Hash of the surrogate's weights.")
    images: str = Field(description="Where the cases come from: synthetic, or the real archive's name.")
    real: bool = Field(description="Whether the images are real.")
    pixels: int = Field(description="Width and height of an image.")
    cases: int = Field(description="Test cases.")
    positives: int = Field(description="Test cases with the finding.")
    threshold: float = Field(description="Threshold of the baseline's first payer on p(finding).")
    auroc: Estimate = Field(description="Clean AUROC.")
    accuracy: Estimate = Field(description="Clean accuracy at 0.5.")
    confidence: Estimate = Field(description="Clean mean of the larger class probability.")
    sensitivity: Estimate = Field(description="Clean sensitivity at the threshold.")
    specificity: Estimate = Field(description="Clean specificity at the threshold.")
    attacks: tuple[AttackFigures, ...] = Field(description="What each tactic that alters the image does to it.")
    surrogates: Annotated[dict[str, str], Since(8)] = Field(
        default_factory=dict,
        description="Further surrogates that tactics name: what each shares with the victim, and its weights' hash.",
    )
    curves: Annotated[tuple[SuccessCurve, ...], Since(10)] = Field(
        default=(), description="Success against the budget, for the tactics that climb a gradient under one."
    )
    audit: Annotated[str, Since(3)] = Field(
        default=NOT_AUDITED,
        description="What the audit of these weights says of attacked figures: audited (with the number of checks "
        "passed), audited and flagged (with the checks), or not audited.",
    )
    examples: Annotated[tuple[SwapExample, ...], Since(6)] = Field(
        default=(), description="Claim codes: swaps to look at, the published example first; empty for images."
    )
    false_alarms: Annotated[dict[str, Estimate], Since(9)] = Field(
        default_factory=dict,
        description="Control on the picture that some payer may use, with its budget -> share of the clean images that "
        "it flags.",
    )
    limits: Annotated[str, Since(13)] = Field(
        default="", description="What the card of a classifier of photographs says of its limits; empty for others."
    )
    kept: Annotated[KeptOutcomes | None, Since(13)] = Field(
        default=None, description="Where the outcomes come from if they were not computed in the run."
    )


class TacticOutcome(RecordPart):
    """The figures of one tactic in one arm."""

    tactic: str = Field(description="Name of the tactic.")
    outcomes: dict[str, Estimate] = Field(description="TACTIC_METRICS name -> estimate over replicates.")
    differences: dict[str, Difference] = Field(description="Paired difference to the baseline; empty in the baseline.")


class PayerOutcome(RecordPart):
    """The figures of one payer in one arm."""

    payer: str = Field(description="Name of the payer.")
    outcomes: dict[str, Estimate] = Field(description="PAYER_METRICS name -> estimate over replicates.")
    differences: dict[str, Difference] = Field(description="Paired difference to the baseline; empty in the baseline.")


class Ceiling(RecordPart):
    """The price at which an arm gains nothing any more, whatever its controls cost in the scenario."""

    per: str = Field(description="What the price is per: year, for all of it; or the name of a unit (PRICE_UNITS).")
    price: Estimate = Field(description="Most that it may cost (USD per unit); below 0, it is not worth having free.")
    units: float = Field(description="Units that the arm has beyond the baseline's (a year); 1 of a year.")
    now: float = Field(description="What it costs beyond the baseline's at the scenario's prices (USD per unit).")


class NumberStep(RecordPart):
    """Two policies that differ in one number, one step apart: what more of it saves, and what it costs."""

    path: str = Field(description="Dotted path of the number, as the arms write it.")
    unit: str = Field(description="Unit of the number.")
    lower: str = Field(description="Name of the arm with the smaller number.")
    higher: str = Field(description="Name of the arm with the greater one.")
    numbers: tuple[float, float] = Field(description="The smaller number and the greater.")
    saved: Estimate = Field(description="Payer loss that the greater one avoids (USD per year).")
    spent: Estimate = Field(description="Control that it costs beyond the smaller (USD per year).")
    benefit: Estimate = Field(description="Its net benefit against the smaller (USD per year).")


class ArmOutcome(RecordPart):
    """The figures of one arm."""

    name: str = Field(description="Name of the arm.")
    title: str = Field(description="The arm in a few words.")
    changes: dict[str, Any] = Field(description="What the arm sets: dotted path to value.")
    outcomes: dict[str, Estimate] = Field(description="ARM_METRICS name -> estimate over replicates.")
    differences: dict[str, Difference] = Field(description="Paired difference to the baseline; empty in the baseline.")
    replicates: dict[str, list[float | None]] = Field(description="ARM_METRICS name -> value in each replicate.")
    wholes: Annotated[dict[str, list[float]], Since(14)] = Field(
        default={}, description="ARM_METRICS name -> what the figure of each replicate is a quotient of."
    )
    clusters: Annotated[dict[str, list[float]], Since(14)] = Field(
        default={}, description="ARM_METRICS name -> providers or provider-years that this is made of."
    )
    one_market: Annotated[dict[str, Estimate], Since(14)] = Field(
        default={},
        description="ARM_METRICS name -> mean of the replicates, with the interval that holds one further market of "
        "the record's length in 95 of 100 cases: what a budget has to allow for.",
    )
    ceilings: Annotated[tuple[Ceiling, ...], Since(16)] = Field(
        default=(), description="What the arm's controls may cost at most; empty in the baseline."
    )
    tactics: tuple[TacticOutcome, ...] = Field(description="The same by tactic.")
    payers: Annotated[tuple[PayerOutcome, ...], Since(14)] = Field(default=(), description="The same by payer.")
    accounts: dict[str, float] = Field(description="Account -> mean net USD over the run; sums to zero.")
    weekly: dict[str, list[float]] = Field(description="Series -> mean over replicates, one number a week.")


class PatternCheck(RecordPart):
    """One pattern, held against this scenario."""

    key: str = Field(description="Short name of the pattern.")
    role: Annotated[Literal["behaviour", "control", "distribution", "input"], Since(14)] = Field(
        default="behaviour",
        description="What it is asked for: a response to a cause; a cause that should do nothing; how practices bill; "
        "or nothing, since numbers of the scenario set it.",
    )
    check: str = Field(description="What is checked.")
    measured: str = Field(description="What the figure is.")
    unit: str = Field(description="Unit of the figure and the range.")
    low: float | None = Field(description="Least value that agrees with the literature; None if there is none.")
    high: float | None = Field(description="Greatest such value.")
    found: Estimate = Field(description="The figure, a mean over replicates with its 95 % interval.")
    ok: bool | None = Field(
        description="true: the whole interval lies in the range; false: outside; null: neither. Until edition 14 by "
        "the figure alone."
    )
    source: str = Field(description="Who reports the pattern.")

    @property
    def verdict(self) -> Literal["held", "failed", "undecided"]:
        """What the range says of the whole interval: held within it, ends included, failed outside, undecided else."""
        low, high = self.found.low, self.found.high
        if low is None or high is None:
            return "undecided"
        if (self.low is None or low >= self.low) and (self.high is None or high <= self.high):
            return "held"
        outside = (self.low is not None and high < self.low) or (self.high is not None and low > self.high)
        return "failed" if outside else "undecided"


class VarianceShare(RecordPart):
    """How much of an outcome's variance one uncertain input explains by itself."""

    outcome: str = Field(description="ARM_METRICS name.")
    share: Estimate = Field(description="First-order share of the variance between replicates, in the baseline.")


class UncertainInput(RecordPart):
    """A number of the scenario that was drawn once for each two replicates."""

    path: str = Field(description="Dotted path in the scenario.")
    unit: str = Field(description="Unit of the number.")
    distribution: str = Field(description="The distribution in words, with its parameters.")
    kind: str = Field(description="measured, estimated, fitted or assumed.")
    source: str = Field(description="Where the distribution comes from; empty if assumed.")
    draws: list[float] = Field(description="The draws in the baseline, one for each two replicates.")
    shares: tuple[VarianceShare, ...] = Field(
        description="Its share of each outcome's variance; empty where the draws are too few to tell."
    )


class ExpectationCheck(RecordPart):
    """One expectation of the scenario, held against the run."""

    expected: str = Field(description="As the scenario has it.")
    found: Estimate = Field(description="The figure; undefined where there was nothing to take it from.")
    ok: bool = Field(description="Whether the figure is as expected.")
    sure: bool = Field(description="Whether the whole 95 % interval says the same.")


FINDING: Final = "--finding"
"""The option that says what label 1 of an archive is to stand for."""


class Override(RecordPart):
    """What a run was asked for in place of what its scenario says."""

    option: str = Field(description="The option of the command, such as --set or --replicates.")
    value: str = Field(description="What it was given: PATH=VALUE of --set, of --images the folder's own name.")

    @property
    def text(self) -> str:
        """Option and value, as they are read."""
        return f"{self.option} {self.value}"


class RunRecord(RecordPart):
    """The whole run. Scenario, seed, versions and attack outcomes give the same bytes on any x86-64 processor."""

    record_version: Literal[1] = Field(description="Version of this layout.")
    run_id: str = Field(description="First 12 hex digits of the fingerprint of the inputs.")
    inputs_fingerprint: str = Field(description="Hash of scenario, seed, images, weights, outcomes and versions.")
    outcomes_fingerprint: Annotated[str, Since(2)] = Field(
        default="", description="Hash of the scores that the market ran on: one of the inputs."
    )
    results_fingerprint: str = Field(description="Hash of number_kinds, classifiers and arms.")
    versions: dict[str, str] = Field(
        description="threatsim, Python, the libraries that touch numbers, and the plug-ins used."
    )
    device: str = Field(description="Kind of device that the attacks ran on: cpu or cuda.")
    seed: int = Field(description="Root seed.")
    replicates: int = Field(description="Replicates of every arm.")
    design: Annotated[Design, Since(12)] = Field(
        default="pairs",
        description="How replicates share streams and resampled cases. 2k and 2k + 1 share streams; fours: 4k and "
        "4k + 2 share their cases, 4k + 1 and 4k + 3 too; pairs, as in records from before this was kept: none do.",
    )
    scenario: dict[str, Any] = Field(description="The resolved scenario, as loaded.")
    order: Annotated[dict[str, list[str]], Since(7)] = Field(
        default={},
        description="Place in the scenario (keys and indices between /) -> its names in the order that the run took "
        "them in, where that is not the record's alphabetical one; empty in records from before it was kept.",
    )
    number_kinds: dict[str, int] = Field(description="How many numbers are measured, estimated, fitted, assumed.")
    classifiers: tuple[ClassifierFigures, ...] = Field(description="The classifiers under attack.")
    arms: tuple[ArmOutcome, ...] = Field(description="The arms; the first is the baseline.")
    steps: Annotated[tuple[NumberStep, ...], Since(16)] = Field(
        default=(), description="Arms that differ in one number, smallest first, where two or more set the same one."
    )
    patterns: Annotated[tuple[PatternCheck, ...], Since(4)] = Field(
        default=(), description="The market of the baseline held against published patterns; empty if it was not."
    )
    uncertain: Annotated[tuple[UncertainInput, ...], Since(5)] = Field(
        default=(),
        description="Numbers drawn once for each two replicates, in records from before there were draws beside them.",
    )
    stopping: Annotated[Stopping | None, Since(17)] = Field(
        default=None,
        description="How the run ended, if it went on until an interval was narrow; the scenario's own replicates are "
        "then the least. Null if it ran as many as that.",
    )
    doubt: Annotated[Doubt | None, Since(14)] = Field(
        default=None, description="What draws of the uncertain numbers showed; null if they were not drawn."
    )
    expectations: Annotated[tuple[ExpectationCheck, ...], Since(5)] = Field(
        default=(), description="What the scenario expects of the run, checked; empty if it expects nothing."
    )
    origins: Annotated[dict[str, str], Since(5)] = Field(
        default_factory=dict,
        description="Dotted path of a number -> where it was written: file:line, --set, a shared parameter.",
    )
    overridden: Annotated[tuple[Override, ...], Since(18)] = Field(
        default=(),
        description="What was asked for in place of the scenario's own, and differs from it; empty if nothing was, and "
        "in records from before it was kept. No figure and no fingerprint depends on it.",
    )
    listed: Annotated[bool, Since(15)] = Field(
        default=False,
        description="Whether the report has a list of its files (manifest.json) and the hash of the results covers "
        "the origins too; false in records from before.",
    )

    @property
    def finding(self) -> str | None:
        """What label 1 of real archives was asked to stand for; None if nothing was, or before it was kept."""
        return next((one.value for one in self.overridden if one.option == FINDING), None)
