"""Controls that look at the picture itself: duplicate search, same-patient matching, input detectors.

Each raises its alarm where a statistic of the picture exceeds a threshold, which is set on clean pictures so that no
more than `false_alarm` of them are flagged. How many altered pictures it then flags is measured, never written here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Share

ScreenName = Literal["duplicate_search", "same_patient", "gaussian", "density", "squeezing"]
"""What flags pictures, by the name that its measured statistics go by."""
DetectorKind = Literal["gaussian", "density", "squeezing"]


class DuplicateSearch(Section):
    """Search of each picture among those that other patients' claims have come with before, by perceptual hash.

    Pictures sent in another patient's place count as billed before, to a payer whose index is searched.
    """

    false_alarm: Share = Field(description="Greatest share of clean pictures flagged; sets the threshold.")
    on_hit: Literal["pend", "deny"] = Field(
        default="deny",
        description="pend: a reader is shown both pictures. deny: denied by machine, and a finding, like a failed "
        "signature.",
    )
    recognised: Share | None = Field(
        default=None,
        description="Share of other patients' pictures that a reader, shown the match, recognises: a denial and a "
        "finding; absent, all.",
    )

    @property
    def name(self) -> ScreenName:
        """The name of its measured statistics."""
        return "duplicate_search"


class SamePatient(Section):
    """Comparison of each picture with an earlier one of the same patient."""

    false_alarm: Share = Field(description="Greatest share of clean pictures flagged; sets the threshold.")
    on_hit: Literal["pend", "deny"] = Field(
        default="pend",
        description="pend: a reader is shown both pictures. deny: denied by machine, and a finding.",
    )
    recognised: Share | None = Field(
        default=None,
        description="Share of other patients' pictures that a reader, shown the mismatch, recognises: a denial and a "
        "finding; absent, all.",
    )
    known: Share | None = Field(
        default=None, description="Share of claims whose patient the payer has an earlier picture of; absent, all."
    )

    @property
    def name(self) -> ScreenName:
        """The name of its measured statistics."""
        return "same_patient"


class Detector(Section):
    """A detector of altered pictures, fitted on clean ones alone."""

    kind: DetectorKind = Field(
        description="gaussian: distance of deep features to their class (Mahalanobis). density: their kernel density. "
        "squeezing: change of the verdict when the picture is simplified."
    )
    false_alarm: Share = Field(description="Greatest share of clean pictures flagged; sets the threshold.")
    on_hit: Literal["pend", "mark"] = Field(
        default="pend",
        description="pend: to a reader, who sees the true picture under any noise. mark: paid as it would be, but "
        "within reach of audit.flagged.",
    )

    @property
    def name(self) -> ScreenName:
        """The name of its measured statistics."""
        return self.kind
