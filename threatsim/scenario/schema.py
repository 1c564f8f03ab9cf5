"""The scenario schema: everything an analyst may write in a scenario file, with units and ranges.

Reading order: `Scenario` at the end is the file; the models above it are its sections. The schema knows
nothing of images, networks or agents; it only says what a scenario is.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from threatsim.scenario.consistency import ClashError, clashes
from threatsim.scenario.quantity import Dollars, Factor, PerWeek, Share, Weeks
from threatsim.scenario.tactic_rules import tactic_clashes

ModalityName = Literal["fundoscopy", "chest_xray", "dermoscopy"]
Access = Literal["none", "white_box", "black_box", "queries"]
AttackName = Literal[
    "none",
    "substitution",
    "captures",
    "rotation",
    "fgsm",
    "pgd",
    "apgd",
    "universal",
    "square",
    "hopskipjump",
    "patch",
    "lens_patch",
    "foolbox",
    "art",
]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
PixelValue = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Section(BaseModel):
    """A section of a scenario: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cases(Section):
    """The images that providers see."""

    per_modality: int = Field(
        default=400,
        strict=True,
        ge=20,
        le=100_000,
        description="Test cases drawn for each modality (images).",
    )
    positive_share: Share = Field(
        default=0.5,
        validate_default=True,
        description="Share of the pool with the finding. The market draws labels by prevalence, not by this.",
    )


class Modality(Section):
    """What an image of this kind is worth: the finding, how common it is, and what is paid for it."""

    finding: Text = Field(description="The finding that a payer pays for, in words.")
    service: Text = Field(description="The service that the finding unlocks, in words, with its billing code.")
    prevalence: Share = Field(description="Share of cases that truly have the finding.")
    fee_negative: Dollars = Field(description="Paid for a claim billed without the finding (USD per claim).")
    fee_positive: Dollars = Field(description="Paid for a claim billed with the finding (USD per claim).")
    care_cost: Dollars = Field(
        description="What the unlocked service costs a provider who really delivers it (USD per claim)."
    )


class ProviderGroup(Section):
    """Providers of one specialty."""

    modality: ModalityName = Field(description="The kind of image they send.")
    count: int = Field(strict=True, ge=1, le=200_000, description="Number of providers.")
    weekly_volume: PerWeek = Field(description="Mean number of cases a provider sees (cases per week).")
    volume_skew: Factor = Field(
        description="Spread of volume between providers: standard deviation of its natural logarithm."
    )
    coding_error_up: Share = Field(description="Share of cases without the finding honestly billed with it.")
    coding_error_down: Share = Field(description="Share of cases with the finding honestly billed without it.")
    coding_error_spread: Factor = Field(
        default=0.0, validate_default=True, description="Log standard deviation of errors between providers."
    )


class Tactic(Section):
    """One way to get a case without the finding paid as if it had it."""

    attack: AttackName = Field(
        description="What is done to the image: nothing (only the code is false), another patient's image, another "
        "capture or angle, noise by one of several attacks, a patch in the file or on the lens, or an attack of "
        "foolbox or ART by name."
    )
    access: Access = Field(
        default="none",
        description="What the attacker has of the payer's classifier: nothing, its weights, a surrogate, or answers "
        "to queries.",
    )
    epsilon: Factor | None = Field(default=None, description="Noise: greatest change of a pixel, on `pixel_range`.")
    step: Factor | None = Field(default=None, description="PGD: step size, on `pixel_range`.")
    steps: int | None = Field(default=None, strict=True, ge=1, le=1000, description="PGD, APGD: number of steps.")
    pixel_range: tuple[PixelValue, PixelValue] = Field(
        default=(-1.0, 1.0), description="The scale that `epsilon` and `step` are measured on."
    )
    scale: Share | None = Field(default=None, description="Patch: diameter as a share of the image's width.")
    queries: int | None = Field(
        default=None, strict=True, ge=1, le=100_000, description="Square, HopSkipJump: queries that an image may cost."
    )
    angle: Factor | None = Field(default=None, description="Rotation: greatest angle either way (degrees).")
    captures: int | None = Field(
        default=None, strict=True, ge=2, le=1000, description="Captures: how many there are to choose from."
    )
    attack_name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="foolbox, art: class in foolbox.attacks or art.attacks.evasion.",
    )
    arguments: dict[str, Any] | None = Field(
        default=None, description="foolbox, art: its keyword arguments, lengths on pixels from 0 to 1."
    )
    setup_cost: Dollars = Field(description="Paid once by a provider before the first use (USD).")
    cost_per_claim: Dollars = Field(description="Paid for each altered image (USD per claim).")
    belief_paid: Share | None = Field(
        default=None,
        description="Prior belief that a claim by this tactic is paid; else conduct.belief_paid.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Tactic:
        found = tactic_clashes(self.model_dump())
        if found:
            raise ClashError(found)
        return self


class Conduct(Section):
    """How providers decide to bill above the truth."""

    rule: Literal["best_response", "logit"] = Field(
        description="best_response takes the option of greatest expected utility; logit prefers better ones."
    )
    precision: Factor = Field(
        description="logit only: how sharply better options are preferred (per 1,000 USD of weekly utility)."
    )
    decision_interval: int = Field(strict=True, ge=1, le=52, description="Weeks between two decisions of a provider.")
    shares: tuple[Annotated[float, Field(ge=0, le=1, strict=True)], ...] = Field(
        min_length=2,
        description="Shares of the eligible cases a provider may choose to bill above the truth.",
    )
    reluctance_median: Dollars = Field(
        description="Median of what a false claim costs a provider in conscience and name (USD per claim)."
    )
    reluctance_spread: Factor = Field(
        description="Spread of reluctance between providers: standard deviation of its natural logarithm."
    )
    greed_penalty: Factor = Field(
        description="How reluctance grows with the share billed falsely: reluctance x (1 + this x share)."
    )
    white_box_share: Share = Field(description="Share of providers who can get the payer's classifier itself.")
    black_box_share: Share = Field(description="Share of providers who can train a surrogate, beyond white box.")
    belief_paid: Share = Field(description="Prior belief that a false claim is paid, for any tactic.")
    belief_detected: Share = Field(description="Prior belief that a false claim is found out.")
    belief_weight: Factor = Field(description="Strength of the prior beliefs, in observed claims.")
    neighbour_weight: Share = Field(description="Weight of a neighbour's finding beside one's own.")
    care_delivered: Share = Field(
        description="Share of the unlocked service really delivered on a false claim, at its cost."
    )


class OperatingPoint(Section):
    """The triage threshold, by the rate it reaches on clean calibration images. Name exactly one."""

    sensitivity: Share | None = Field(default=None, description="Share of true findings at or above the threshold.")
    specificity: Share | None = Field(default=None, description="Share of clean negatives below the threshold.")

    @model_validator(mode="after")
    def _one(self) -> OperatingPoint:
        if (self.sensitivity is None) == (self.specificity is None):
            raise ValueError("name exactly one of sensitivity and specificity")
        return self


class Triage(Section):
    """The payer's automated triage model."""

    operating_point: OperatingPoint = Field(description="Where the threshold lies, for every modality.")
    below: Literal["pend", "deny"] = Field(
        description="What happens to a claim with the finding whose image scores below the threshold."
    )


class Integrity(Section):
    """Controls on the image file itself."""

    hash_at_capture: bool = Field(
        default=False,
        strict=True,
        description="The device signs each image at capture and the payer checks the signature.",
    )
    false_alarm: Share = Field(
        default=0.0,
        validate_default=True,
        description="Share of untouched images whose signature fails (recompression, migration).",
    )


class Readers(Section):
    """Human readers of pended and flagged claims."""

    capacity: PerWeek = Field(description="Claims that the payer's readers can read (claims per week).")
    overflow: Literal["pay", "deny"] = Field(description="What happens to pended claims beyond the capacity.")
    sensitivity: Share = Field(description="Share of true findings that a reader confirms.")
    specificity: Share = Field(description="Share of cases without the finding that a reader turns down.")
    patch_seen: Share = Field(description="Share of patched images that a reader recognises as tampered with.")
    cost: Dollars = Field(description="Cost of one reading (USD per claim).")


class Audit(Section):
    """Post-payment audits of claims paid with the finding."""

    random: Share = Field(description="Share of claims paid with the finding that is drawn for audit at random.")
    targeted: Share = Field(
        description="Further share, spent on providers whose rate of findings stands out among their peers."
    )
    outlier_score: Factor = Field(
        description="Robust z of the billed finding rate within the specialty beyond which one is a target."
    )
    window: int = Field(
        strict=True, ge=1, le=104, description="Weeks of billing that the peer comparison looks back on."
    )
    lag: Weeks = Field(description="Weeks from payment to the audit's finding.")
    sensitivity: Share = Field(description="Share of false claims that an audit recognises as unsupported.")
    specificity: Share = Field(description="Share of supported claims that an audit leaves standing.")
    cost: Dollars = Field(description="Cost of auditing one claim (USD per claim).")


class Payer(Section):
    """A payer and its controls."""

    name: Name = Field(description="Short name: lower-case letters, digits, _.")
    share: Share = Field(description="Share of all claims that this payer receives.")
    triage: Triage = Field(description="The automated triage model.")
    integrity: Integrity = Field(default=Integrity(), description="Controls on the image file.")
    readers: Readers = Field(description="The people who look at pended and flagged claims.")
    audit: Audit = Field(description="Post-payment audits.")


class Law(Section):
    """What follows from findings against a provider."""

    findings_to_accuse: int = Field(
        strict=True,
        ge=1,
        le=1000,
        description="Findings against a provider before it is accused of fraud and penalised.",
    )
    damages: Factor = Field(description="Penalty on an accused provider, as a multiple of the sums found.")
    per_claim_penalty: Dollars = Field(description="Penalty on an accused provider for each claim found (USD).")
    collected: Share = Field(description="Share of the penalty that is really collected.")
    exclusion: bool = Field(
        strict=True, description="Whether an accused provider is excluded from billing from then on."
    )


class ReferralNetwork(Section):
    """Who hears of whose findings."""

    kind: Literal["small_world", "scale_free"] = Field(description="Family of random graph (networkx).")
    neighbours: int = Field(strict=True, ge=2, le=100, description="Mean number of neighbours of a provider.")
    rewiring: Share = Field(description="small_world only: share of links that leave the neighbourhood.")


class Arm(Section):
    """One policy in a comparison: a name and what it changes."""

    name: Name = Field(description="Short name: lower-case letters, digits, _.")
    title: Text = Field(description="The arm in a few words, for tables and charts.")
    set: dict[str, Any] = Field(
        default_factory=dict,
        description="Dotted path to new value, for instance payers.*.audit.random: 0.02; * means every one.",
    )


class Scenario(Section):
    """A scenario file: one arrangement of providers, payers and controls, and the arms to compare."""

    schema_version: Literal[1] = Field(description="Version of this schema.")
    name: Name = Field(description="Short name, also of the report folder.")
    title: Text = Field(description="The scenario in a line.")
    question: Text = Field(description="The question that the scenario answers.")
    realism: str = Field(default="", description="How real the arrangement is, and what is left out.")
    weeks: int = Field(strict=True, ge=1, le=520, description="Weeks simulated.")
    replicates: int = Field(strict=True, ge=2, le=10_000, description="Independent repetitions of every arm.")
    seed: int = Field(strict=True, ge=0, lt=2**63, description="Root of all random streams.")
    cases: Cases = Field(default=Cases(), description="The pool of images to draw from.")
    modalities: dict[ModalityName, Modality] = Field(min_length=1, description="Kinds of image, by name.")
    providers: dict[Name, ProviderGroup] = Field(min_length=1, description="Groups of providers, by specialty.")
    tactics: dict[Name, Tactic] = Field(min_length=1, description="Tactics that providers may use, by name.")
    conduct: Conduct = Field(description="How providers decide.")
    payers: tuple[Payer, ...] = Field(min_length=1, description="The payers.")
    law: Law = Field(description="What follows from findings.")
    referral_network: ReferralNetwork = Field(description="Which providers are neighbours.")
    arms: tuple[Arm, ...] = Field(min_length=1, description="The policies compared; the first is the baseline.")

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        found = clashes(self.model_dump())
        if found:
            raise ClashError(found)
        return self
