"""The payers of a scenario and their controls."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threatsim.scenario.section import Name, Section
from threatsim.scenario.sections.adaptation import Adaptation, OperatingPoint
from threatsim.scenario.sections.picture_controls import Integrity
from threatsim.scenario.sections.quantity import Dollars, Factor, PerWeek, Share, Weeks
from threatsim.scenario.sections.review import Contractor, DenialAppeals, Exemption


class Triage(Section):
    """The payer's automated triage model."""

    operating_point: OperatingPoint = Field(description="Where the threshold lies, for every modality.")
    below: Literal["pend", "deny"] = Field(
        description="What happens to a claim with the finding whose image scores below the threshold."
    )
    classifier: bool = Field(
        default=True,
        strict=True,
        description="Whether a classifier looks at the images (modalities.*.classifier says which); without one all "
        "claims with the finding go to readers, and those beyond their capacity are paid.",
    )
    exemption: Exemption | None = Field(
        default=None, description="Practices whose claims are paid without a look; absent, all are looked at."
    )


class Readers(Section):
    """Human readers of pended and flagged claims, and of some that the triage model approves."""

    capacity: PerWeek = Field(description="Claims that the payer's readers can read (claims per week).")
    overflow: Literal["pay", "deny"] = Field(description="What happens to pended claims beyond the capacity.")
    sensitivity: Share = Field(description="Share of true findings that a reader confirms.")
    specificity: Share = Field(description="Share of cases without the finding that a reader turns down.")
    patch_seen: Share = Field(description="Share of patched images that a reader recognises as tampered with.")
    second_look: Share = Field(
        default=0.0,
        validate_default=True,
        description="Share of the claims that the triage model approves which a reader looks at before they are paid.",
    )
    appealed: Share = Field(
        default=0.0,
        validate_default=True,
        description="Share of the denials by machine that is appealed; a reader decides, beyond the capacity.",
    )
    cost: Dollars = Field(description="Cost of one reading (USD per claim).")
    appeals: DenialAppeals | None = Field(
        default=None, description="Appeals against denials by a reader; absent, these are final."
    )
    contractor: Contractor | None = Field(
        default=None,
        description="The firm that the readers work for, if it is paid by what they save; absent, the payer's own.",
    )


class Audit(Section):
    """Post-payment audits of claims paid with the finding."""

    random: Share = Field(description="Share of claims paid with the finding that is drawn for audit at random.")
    targeted: Share = Field(
        description="Further share, spent on providers whose rate of findings stands out among their peers."
    )
    network: Share = Field(
        default=0.0,
        validate_default=True,
        description="Further share, spent on neighbours, in the referral network, of providers accused in the window.",
    )
    flagged: Share | None = Field(
        default=None,
        description="Further share, spent on claims that a control on the image flagged and that were paid all the "
        "same; absent, none.",
    )
    budget: PerWeek | None = Field(
        default=None,
        description="Most audits of all kinds (claims per week); what is beyond is dropped, random ones first.",
    )
    outlier_score: Factor = Field(
        description="Deviations of the billed finding rate above the specialty's beyond which one is a target: by an "
        "exact binomial tail, and in units of the specialty's own spread."
    )
    least_claims: int = Field(
        default=20,
        strict=True,
        ge=1,
        le=100_000,
        description="Claims within the window below which nobody is a target, whatever their rate.",
    )
    window: int = Field(
        strict=True, ge=1, le=104, description="Weeks of billing that the peer comparison looks back on."
    )
    lag: Weeks = Field(description="Weeks from payment to the audit's finding.")
    sensitivity: Share = Field(description="Share of false claims that an audit recognises as unsupported.")
    specificity: Share = Field(description="Share of supported claims that an audit leaves standing.")
    cost: Dollars = Field(description="Cost of auditing one claim (USD per claim).")


class Suppression(Section):
    """A payer that attacks: it alters images that show the finding, so that its triage model does not."""

    tactic: Name = Field(description="Tactic used; toward the negative, on claims that truly have the finding.")
    share: Share = Field(description="Share of the claims with the finding whose image is altered.")
    reviewed: Share = Field(description="Share of the claims denied that a regulator looks into.")
    penalty: Dollars = Field(description="Penalty for a suppressed claim that the regulator finds (USD per claim).")


class Payer(Section):
    """A payer and its controls."""

    name: Name = Field(description="Short name: lower-case letters, digits, _.")
    share: Share = Field(description="Share of all claims that this payer receives.")
    share_of_allowed: Share = Field(
        default=1.0,
        validate_default=True,
        description="Share of the allowed amount of a claim that it pays; the patient, or an insurer of hers besides, "
        "bears the rest.",
    )
    law: Name | None = Field(
        default=None, description="The law that it is under, one of other_laws; absent, that of the scenario."
    )
    triage: Triage = Field(description="The automated triage model.")
    integrity: Integrity = Field(default=Integrity(), description="Controls on the image.")
    readers: Readers = Field(description="The people who look at pended and flagged claims.")
    audit: Audit = Field(description="Post-payment audits.")
    adaptation: Adaptation = Field(default=Adaptation(), description="What it changes when it finds fraud.")
    suppression: Suppression | None = Field(default=None, description="Its own attack on true findings, if any.")
