"""Controls that look at the picture itself: duplicate search, same-patient matching, input detectors.

Each raises its alarm where a statistic of the picture exceeds a threshold, which is set on clean pictures so that no
more than `false_alarm` of them are flagged. How many altered pictures it then flags is measured, never written here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from threatsim.catalogue.controls import DETECTOR_KINDS, DETECTORS
from threatsim.catalogue.names import NameOf
from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Dollars, Quantity, Share

DetectorKind = Annotated[str, NameOf(lambda: DETECTORS)]
"""The name of an input detector of the catalogue."""


class Price(Section):
    """What a control costs the payer that uses it."""

    per_claim: Dollars = Field(
        default=0.0,
        validate_default=True,
        description="For each claim with the finding that is checked (USD per claim).",
    )
    per_device: Dollars = Field(
        default=0.0,
        validate_default=True,
        description="For the device of each practice, of which a payer bears its share of claims (USD per device and "
        "year).",
    )


class PictureControl(Section, ABC):
    """What all controls on the picture have in common."""

    if TYPE_CHECKING:  # each control has these as fields of its own
        false_alarm: Quantity
        on_hit: str
        announced: bool
        price: Price

    @property
    @abstractmethod
    def name(self) -> str:
        """The name of its row in the catalogue, which its measured statistics go by."""

    @property
    def recognised_share(self) -> float:
        """Share of other patients' pictures that a reader recognises by what this control shows."""
        return 0.0

    @property
    def known_share(self) -> Quantity | None:
        """Share of claims on which the control can be run; None for all."""
        return None


class DuplicateSearch(PictureControl):
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
    announced: bool = Field(
        default=False, strict=True, description="Whether providers know from the first what the control flags."
    )
    price: Price = Field(default=Price(), description="What it costs the payer; absent, nothing.")

    @property
    def name(self) -> str:
        """The name of its row in the catalogue."""
        return "duplicate_search"

    @property
    def recognised_share(self) -> float:
        """What a reader recognises who is shown both pictures; nobody is, where the claim is denied by machine."""
        if self.on_hit != "pend":
            return 0.0
        return 1.0 if self.recognised is None else float(self.recognised)


class SamePatient(PictureControl):
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
    announced: bool = Field(
        default=False, strict=True, description="Whether providers know from the first what the control flags."
    )
    price: Price = Field(default=Price(), description="What it costs the payer; absent, nothing.")

    @property
    def name(self) -> str:
        """The name of its row in the catalogue."""
        return "same_patient"

    @property
    def recognised_share(self) -> float:
        """What a reader recognises who is shown both pictures; nobody is, where the claim is denied by machine."""
        if self.on_hit != "pend":
            return 0.0
        return 1.0 if self.recognised is None else float(self.recognised)

    @property
    def known_share(self) -> Quantity | None:
        """Share of claims whose patient the payer has an earlier picture of."""
        return self.known


class Detector(PictureControl):
    """A detector of altered pictures, fitted on clean ones alone."""

    kind: DetectorKind = Field(description=DETECTOR_KINDS)
    false_alarm: Share = Field(description="Greatest share of clean pictures flagged; sets the threshold.")
    on_hit: Literal["pend", "mark"] = Field(
        default="pend",
        description="pend: to a reader, who sees the true picture under any noise. mark: paid as it would be, but "
        "within reach of audit.flagged.",
    )
    announced: bool = Field(
        default=False, strict=True, description="Whether providers know from the first what the control flags."
    )
    price: Price = Field(default=Price(), description="What it costs the payer; absent, nothing.")

    @property
    def name(self) -> str:
        """The name of its row in the catalogue."""
        return self.kind


class Integrity(Section):
    """Controls on the image: on its file, and on what it shows."""

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
    announced: bool = Field(
        default=True,
        strict=True,
        description="Whether providers know of the signatures from the first; if not, they begin with the record, and "
        "providers find out by being caught.",
    )
    price: Price = Field(default=Price(), description="What signatures cost the payer, while it checks them.")
    duplicate_search: DuplicateSearch | None = Field(
        default=None, description="Search among earlier submissions of other patients; absent, none."
    )
    same_patient: SamePatient | None = Field(
        default=None, description="Comparison with an earlier picture of the patient; absent, none."
    )
    detector: Detector | None = Field(default=None, description="Detector of altered images; absent, none.")


class MatchImages(Section):
    """Duplicate search, same-patient matching or both, after a number of findings."""

    after_findings: int = Field(strict=True, ge=1, le=1_000_000, description="Findings of this payer until then.")
    duplicate_search: DuplicateSearch | None = Field(default=None, description="The search used from then on.")
    same_patient: SamePatient | None = Field(default=None, description="The comparison used from then on.")

    @model_validator(mode="after")
    def _any(self) -> MatchImages:
        if self.duplicate_search is None and self.same_patient is None:
            raise ValueError("name duplicate_search, same_patient or both")
        return self


class Detect(Section):
    """A detector of altered images, after a number of findings."""

    after_findings: int = Field(strict=True, ge=1, le=1_000_000, description="Findings of this payer until then.")
    detector: Detector = Field(description="The detector used from then on.")


def controls_in(*sections: Section | None) -> list[PictureControl]:
    """Return the controls on the picture that some sections have, in the order of their fields."""
    there = [section for section in sections if section is not None]
    return [value for section in there for _, value in section if isinstance(value, PictureControl)]
