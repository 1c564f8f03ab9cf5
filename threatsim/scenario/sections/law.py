"""The laws of a scenario: what payers do about findings, and what may follow from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Bounds, Dollars, PerYear, Quantity, Share, Weeks, is_written_out


def _chance(data: Any) -> Any:
    """Read true and false, as they were written before exclusion was a chance."""
    return float(data) if isinstance(data, bool) else data


Chance = Annotated[Quantity, Bounds(0, 1, "share", "share"), BeforeValidator(_chance)]
Multiple = Annotated[Quantity, Bounds(0, 100, "times")]
Years = Annotated[Quantity, Bounds(0, 100, "years", "year")]


class Appeals(Section):
    """Appeals against the findings of audits; they are decided before money moves."""

    filed: Share = Field(description="Share of the findings of audits that is appealed.")
    overturned_supported: Share = Field(description="Share of appeals that succeed where the claim was supported.")
    overturned_unsupported: Share = Field(description="Share of appeals that succeed where it was not.")
    cost: Dollars = Field(description="What an appeal costs the provider (USD per claim).")


class Tips(Section):
    """Insiders who report a provider: it is looked into, whatever the audits' shares."""

    fraud: PerYear = Field(description="Tips on a provider while it bills falsely (per year).")
    honest: PerYear = Field(description="Mistaken tips on a provider while it does not (per year).")
    probe: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=1000,
        description="Next paid claims that are audited after a tip, under a law without a probe; a law that has one "
        "opens it at once.",
    )


class Probe(Section):
    """A fresh probability sample of a provider's paid claims, drawn once audits have found enough."""

    after_findings: int = Field(
        strict=True, ge=1, le=1000, description="Audit findings within the window on which a probe is opened."
    )
    window: int = Field(strict=True, ge=1, le=520, description="Weeks within which audit findings add up.")
    claims: int = Field(
        strict=True,
        ge=1,
        le=400,
        description="Claims of the sample, from those paid with the finding in the look-back.",
    )
    tolerated_rate: Share = Field(
        description="Share of the sample that may be unsupported; above it the provider is accused, else the findings "
        "so far are forgotten."
    )
    lag: Weeks = Field(
        default=0.0, validate_default=True, description="Weeks from the opening of a probe to its result."
    )
    lookback: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=520,
        description="Weeks that the sample, the extrapolation and the penalties reach back; absent, the window.",
    )


class Collected(Section):
    """What is really collected of what a provider owes."""

    offsets: Share = Field(
        default=1.0,
        validate_default=True,
        description="Share of recoupments for audit findings, which are set off against what a practice is paid.",
    )
    extrapolated: Share = Field(
        default=1.0,
        validate_default=True,
        description="Share of overpayments of the accused, and of recoupments from those who bill no more.",
    )
    penalties: Share = Field(description="Share of damages, settlements and fines.")

    @model_validator(mode="before")
    @classmethod
    def _of_penalties_alone(cls, data: Any) -> Any:
        """One number, as it was written when penalties alone were not collected in full."""
        bare = isinstance(data, (int, float)) and not isinstance(data, bool)
        return {"penalties": data} if bare or is_written_out(data) or isinstance(data, Quantity) else data


class Settlement(Section):
    """How a case is settled out of court: for a multiple of what was overpaid, without penalties per claim."""

    share: Share = Field(description="Share of the accused who settle; the others are judged.")
    multiple: Multiple = Field(description="What is paid, as a multiple of the overpayment, the overpayment included.")


class IntegrityAgreement(Section):
    """What an accused provider who is not excluded agrees to."""

    weeks: int = Field(strict=True, ge=1, le=1040, description="Weeks that the agreement lasts.")
    audits: Multiple = Field(description="What the share audited at random is multiplied by for so long.")


class StateStatute(Section):
    """A state's law on fraud against private insurers, as California and Illinois have it."""

    damages: Multiple = Field(
        description="Damages, as a multiple of the overpayment, the overpayment included; what was repaid is credited."
    )
    per_claim_penalty: Dollars = Field(description="Penalty for each false claim submitted (USD).")


class Law(Section):
    """What follows from findings against a provider, for the payers under this law."""

    kind: Literal["federal", "commercial"] = Field(
        default="federal",
        description="federal: False Claims Act and exclusion, Medicare Advantage included; commercial: contracts, "
        "termination and, where there is one, a state's statute.",
    )
    findings_to_accuse: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=1000,
        description="Findings against a provider on which it is accused at once; in place of a probe.",
    )
    probe: Probe | None = Field(
        default=None, description="A sample that findings lead to, and that decides on an accusation."
    )
    extrapolate: bool = Field(
        default=False,
        strict=True,
        description="Whether the rate of the probe's sample is recouped on all claims of the look-back, at the lower "
        "end of its one-sided 90 % interval; else only the claims of the sample.",
    )
    collected: Collected = Field(description="What is really collected.")
    suspension: Share = Field(
        default=0.0,
        validate_default=True,
        description="Share of payments that is held back from the accusation to the resolution.",
    )
    resolution_lag: Weeks = Field(
        default=0.0,
        validate_default=True,
        description="Weeks from the accusation to settlement, judgment or termination.",
    )
    settlement: Settlement | None = Field(default=None, description="Settlements; absent, every case is judged.")
    damages: Multiple = Field(
        default=1.0,
        validate_default=True,
        description="Damages of a judgment, as a multiple of the overpayment, the overpayment included; what was "
        "repaid is credited (31 USC 3729: 3).",
    )
    per_claim_penalty: Dollars = Field(
        default=0.0,
        validate_default=True,
        description="Penalty of a judgment for each false claim submitted, as far as the sample proves them (USD).",
    )
    state_statute: StateStatute | None = Field(
        default=None, description="commercial only: a state's law on fraud against private insurers."
    )
    liability: Years | None = Field(
        default=None,
        description="The most that a case can take from a provider, in years of its honest income; absent, no limit.",
    )
    exclusion: Chance = Field(
        default=0.0,
        validate_default=True,
        description="federal only: chance that a case ends with exclusion from all payers under this law.",
    )
    termination: Share = Field(
        default=0.0,
        validate_default=True,
        description="commercial only: chance that a case ends with termination by all payers under this law.",
    )
    integrity_agreement: IntegrityAgreement | None = Field(
        default=None, description="What the accused who are not excluded agree to."
    )
    appeals: Appeals | None = Field(default=None, description="Appeals against the findings of audits.")
    tips: Tips | None = Field(default=None, description="Insiders who report fraud.")

    @property
    def findings_to_act(self) -> int:
        """Findings on which the law acts: it opens a probe, or it accuses."""
        return self.probe.after_findings if self.probe else self.findings_to_accuse or 1

    @property
    def lookback(self) -> int:
        """Weeks of claims that a probe reaches back; 0 without one."""
        return (self.probe.lookback or self.probe.window) if self.probe else 0

    @property
    def statute(self) -> tuple[float, float]:
        """Damages of a judgment as a multiple of the overpayment, and the penalty for a false claim (USD)."""
        source = self.state_statute or self
        return float(source.damages), float(source.per_claim_penalty)

    @property
    def bar(self) -> float:
        """Chance that a case ends with exclusion or termination."""
        return float(self.exclusion) + float(self.termination)
