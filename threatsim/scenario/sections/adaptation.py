"""How a payer changes its controls while the run goes on."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from threatsim.scenario.section import Section
from threatsim.scenario.sections.picture_controls import Detect, MatchImages
from threatsim.scenario.sections.quantity import Factor, Share


class OperatingPoint(Section):
    """The triage threshold, by the rate it reaches on clean calibration images. Name exactly one."""

    ONE_OF_ITS_KEYS: ClassVar[bool] = True

    sensitivity: Share | None = Field(default=None, description="Share of true findings at or above the threshold.")
    specificity: Share | None = Field(default=None, description="Share of clean negatives below the threshold.")

    @model_validator(mode="after")
    def _one(self) -> OperatingPoint:
        if self.sensitivity is not None and self.specificity is not None:
            raise ValueError(
                "both sensitivity and specificity are named; write {sensitivity: ...} or {specificity: ...}"
            )
        if self.sensitivity is None and self.specificity is None:
            raise ValueError("name exactly one of sensitivity and specificity")
        return self


class RaiseAudits(Section):
    """More audits after weeks in which many of them found something, fewer again when they do not."""

    above: Share = Field(
        description="Share of the audits closed in the window that find something, beyond which to act."
    )
    factor: Factor = Field(description="What the shares of audits are multiplied by while it is exceeded.")
    window: int = Field(strict=True, ge=1, le=104, description="Weeks of closed audits that are looked back on.")


class BestReply(Section):
    """Random audits as a player of the inspection game: as many as pay, by what audits have found so far.

    A payer that believes a share q of its claims with the finding to be false gains q x sensitivity x (sum at stake and
    collected damages) less the audit's cost by one more audit. It audits `most` where that is above 0, else `random`;
    with a `precision` it moves between the two by the logistic function of the gain.
    """

    most: Share = Field(description="Share of the claims paid with the finding that is audited where an audit pays.")
    precision: Factor | None = Field(
        default=None,
        description="How sharply the better choice is preferred (per 1,000 USD); absent, entirely.",
    )


class MoveThreshold(Section):
    """Another operating point after a number of findings."""

    after_findings: int = Field(strict=True, ge=1, le=1_000_000, description="Findings of this payer until then.")
    operating_point: OperatingPoint = Field(description="Where the threshold lies from then on.")


class Harden(Section):
    """The hardened classifier of the modality in place of the plain one, after a number of findings."""

    after_findings: int = Field(strict=True, ge=1, le=1_000_000, description="Findings of this payer until then.")


class SignImages(Section):
    """Images signed at capture, after a number of findings."""

    after_findings: int = Field(strict=True, ge=1, le=1_000_000, description="Findings of this payer until then.")


class Adaptation(Section):
    """What a payer does about the fraud that it finds; what is left out it does not do."""

    raise_audits: RaiseAudits | None = Field(default=None, description="More audits while many find something.")
    best_reply: BestReply | None = Field(default=None, description="Random audits where they pay, by what they found.")
    move_threshold: MoveThreshold | None = Field(default=None, description="Another operating point after findings.")
    harden: Harden | None = Field(default=None, description="The hardened classifier after findings.")
    sign_images: SignImages | None = Field(default=None, description="Signatures at capture after findings.")
    match_images: MatchImages | None = Field(default=None, description="Identity checks after findings.")
    detect: Detect | None = Field(default=None, description="A detector after findings.")
