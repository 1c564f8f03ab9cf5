"""The images of a scenario, and what one of them is worth under three ways of paying."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from pydantic import Field, model_validator

from threatsim.scenario.section import Section, Text
from threatsim.scenario.sections.quantity import Dollars, Factor, PerMonth, Share


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
    source: Literal["real", "synthetic", "auto"] = Field(
        default="synthetic",
        description="synthetic: drawn by threatsim. real: photographs, by the outcomes of attacks that an installed "
        "package has kept of them, or attacked anew in the archive of --images; all test photographs are then the "
        "pool. auto: real for each kind of image of which such outcomes are installed.",
    )


Billed = Literal["instead", "beside"]


class PaymentModel(Section, ABC):
    """One way of paying."""

    @property
    @abstractmethod
    def fees(self) -> tuple[float, float]:
        """Paid without and with the finding (USD per claim)."""


class FeeSchedule(PaymentModel):
    """Payment by a fee for each service; a scenario writes its numbers into the modality itself."""

    fee_negative: Dollars = Field(description="Paid for a claim billed without the finding (USD per claim).")
    fee_positive: Dollars = Field(description="Paid for what the finding unlocks (USD per claim).")
    billed: Billed = Field(description="Whether the latter is paid in place of the former or beside it.")

    @property
    def fees(self) -> tuple[float, float]:
        """Paid without and with the finding (USD per claim)."""
        without, service = float(self.fee_negative), float(self.fee_positive)
        return without, service + (without if self.billed == "beside" else 0.0)


class DrgPayment(PaymentModel):
    """Payment by diagnosis-related group: a base rate times the group's weight, whatever is done for the patient."""

    base_rate: Dollars = Field(description="Paid for a stay of weight 1 (USD per claim).")
    weight_negative: Factor = Field(description="Relative weight of the group without the finding.")
    weight_positive: Factor = Field(description="Relative weight of the group with the finding.")

    @property
    def fees(self) -> tuple[float, float]:
        """Paid without and with the finding (USD per claim)."""
        base = float(self.base_rate)
        return base * float(self.weight_negative), base * float(self.weight_positive)


class RiskAdjustment(PaymentModel):
    """Payment by risk score: the finding raises what a plan is paid a month for the member, for a year.

    A plan is paid base_rate x score a month; the finding adds `coefficient` to the raw score, which is divided by
    `normalisation` and cut by `coding_cut` (42 CFR 422.308; the yearly Rate Announcement has the numbers).
    """

    base_rate: PerMonth = Field(description="Paid for a member of risk score 1 (USD per month).")
    coefficient_negative: Factor = Field(description="What the member's condition adds to the score without it.")
    coefficient_positive: Factor = Field(description="What it adds with the finding.")
    normalisation: Factor = Field(description="Normalisation factor that raw scores are divided by.")
    coding_cut: Share = Field(description="Cut of all scores for the coding of plans.")
    months: Factor = Field(description="Months that a year's diagnosis is paid for (12 for a full year).")

    @property
    def fees(self) -> tuple[float, float]:
        """Paid without and with the finding (USD per member and year)."""
        unit = float(self.base_rate) * float(self.months) * (1 - float(self.coding_cut)) / float(self.normalisation)
        return unit * float(self.coefficient_negative), unit * float(self.coefficient_positive)

    @model_validator(mode="after")
    def _normalised(self) -> RiskAdjustment:
        if float(self.normalisation) <= 0:
            raise ValueError("normalisation must be above 0")
        return self


class Modality(Section):
    """What an image of this kind is worth: the finding, how common it is, and what is paid for it.

    What is paid is a fee schedule (fee_negative and fee_positive), a drg, or a risk_adjustment: exactly one of them.
    """

    finding: Text = Field(description="The finding that a payer pays for, in words.")
    claim_for: Literal["presence", "absence"] = Field(
        default="presence",
        description="Whether the finding is that the image shows what the classifier looks for, or that it does not.",
    )
    classifier: Text | None = Field(
        default=None,
        exclude_if=lambda classifier: classifier is None,
        description="The classifier that the payers use, in all arms: the name of one that is shipped or that a "
        "package adds (`threatsim classifiers list`), or a folder with a card.yaml, as seen from where the command is "
        "run; the one called as the kind of image if absent.",
    )
    service: Text = Field(description="The service that the finding unlocks, in words, with its billing code.")
    prevalence: Share = Field(description="Share of cases that truly have the finding.")
    fee_negative: Dollars | None = Field(
        default=None, description="Fee schedule: paid for a claim billed without the finding (USD per claim)."
    )
    fee_positive: Dollars | None = Field(
        default=None, description="Fee schedule: paid for the service that the finding unlocks (USD per claim)."
    )
    billed: Billed = Field(
        default="instead",
        description="Fee schedule: instead, fee_positive is paid in place of fee_negative, as one code of two; beside, "
        "both are paid for a claim with the finding, as an image and the service that it unlocks.",
    )
    drg: DrgPayment | None = Field(default=None, description="Payment by diagnosis-related group, in place of fees.")
    risk_adjustment: RiskAdjustment | None = Field(
        default=None, description="Payment of a plan by risk score, in place of fees."
    )
    care_cost: Dollars = Field(
        description="What the unlocked service costs a provider who really delivers it (USD per claim)."
    )

    @property
    def fees(self) -> tuple[float, float]:
        """Paid for a claim without and with the finding (USD per claim), however it is written.

        Raises:
            ValueError: the modality has no way of paying, which `consistency` refuses.
        """
        given = next((value for _, value in self if isinstance(value, PaymentModel)), None)
        schedule = {name: getattr(self, name) for name in FeeSchedule.model_fields}
        return given.fees if given else FeeSchedule.model_validate(schedule).fees
