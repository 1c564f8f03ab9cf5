"""Who is reviewed, who reviews for a share of what is saved, and what becomes of a denial that is appealed."""

from __future__ import annotations

from pydantic import Field

from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Dollars, Factor, Share


class DenialAppeals(Section):
    """Appeals against denials by a reader; they are decided in the week of the claim, by somebody else."""

    filed: Share = Field(description="Share of the denials by a reader that is appealed; not of tampered images.")
    overturned_supported: Share = Field(description="Share of appeals that succeed where the claim is supported.")
    overturned_unsupported: Share = Field(description="Share of appeals that succeed where it is not.")
    cost: Dollars = Field(description="What an appeal costs the provider (USD per claim).")


class Contractor(Section):
    """A firm whose readers review for a payer, for a share of the spending that their denials avert.

    It bears the cost of its readings. Medicare's recovery auditors and the participants of its model WISeR are paid so.
    """

    share: Share = Field(description="Share of the payer's averted spending that the firm is paid for a denial.")
    clawback: Factor = Field(
        default=1.0,
        validate_default=True,
        description="What the firm gives back, times what it was paid for the denial, where the denial falls.",
    )
    discretion: Share = Field(
        default=0.0,
        validate_default=True,
        description="Share of the claims that its readers would confirm which they can deny as well; they do so where "
        "a denial that may fall on appeal leaves the firm more than it has to give back.",
    )


class Exemption(Section):
    """Exemption from review for practices whose claims were nearly all affirmed (a gold card)."""

    affirmed: Share = Field(
        description="Share of a practice's claims with the finding, reviewed within a period, that must be paid."
    )
    least_claims: int = Field(
        strict=True, ge=1, le=100_000, description="Claims reviewed within a period below which nobody is exempted."
    )
    period: int = Field(strict=True, ge=1, le=520, description="Weeks after which exemptions are decided anew.")
    spot_check: Share = Field(
        description="Share of the claims of an exempt practice that is reviewed as any other's; by these it keeps or "
        "loses its exemption."
    )
