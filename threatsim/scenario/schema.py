"""The scenario schema: what a YAML scenario holds, with units and ranges.

Reading order: `Scenario` here is the file; `sections/` holds its sections.
The schema knows nothing of images, networks or agents; it only says what a scenario is.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from threatsim.catalogue.access import Access
from threatsim.catalogue.modalities import ImageModality, ModalityName
from threatsim.scenario.rules.code_rules import code_clashes
from threatsim.scenario.rules.consistency import ClashError, clashes
from threatsim.scenario.rules.law_rules import law_clashes
from threatsim.scenario.rules.population_rules import population_clashes
from threatsim.scenario.rules.review_rules import review_clashes
from threatsim.scenario.rules.time_rules import time_clashes
from threatsim.scenario.section import FolderName, Name, Section, Text
from threatsim.scenario.sections.adaptation import Adaptation, OperatingPoint
from threatsim.scenario.sections.answer_section import AnsweredBy
from threatsim.scenario.sections.atlas_section import Atlas
from threatsim.scenario.sections.law import Appeals, Collected, Law, Probe, Tips
from threatsim.scenario.sections.modality import Cases, Modality
from threatsim.scenario.sections.payer import Audit, Payer, Readers, Suppression, Triage
from threatsim.scenario.sections.picture_controls import Detector, DuplicateSearch, Integrity, SamePatient
from threatsim.scenario.sections.population import Population, Practices
from threatsim.scenario.sections.provider_group import Capabilities, Conduct, ProviderGroup
from threatsim.scenario.sections.referral_network import ReferralNetwork
from threatsim.scenario.sections.relative_value import RelativeValue
from threatsim.scenario.sections.review import Contractor, DenialAppeals, Exemption
from threatsim.scenario.sections.tactic import AttackName, Surrogate, Tactic

__all__ = [
    "FILLED",
    "HELD_AGAINST",
    "REPEATED",
    "TOLD",
    "Access",
    "Adaptation",
    "AnsweredBy",
    "Appeals",
    "Arm",
    "Atlas",
    "AttackName",
    "Audit",
    "Capabilities",
    "Cases",
    "Collected",
    "Conduct",
    "Contractor",
    "DenialAppeals",
    "Detector",
    "DuplicateSearch",
    "Exemption",
    "ImageModality",
    "Integrity",
    "Law",
    "Modality",
    "ModalityName",
    "OperatingPoint",
    "Payer",
    "Population",
    "Practices",
    "Probe",
    "ProviderGroup",
    "Readers",
    "ReferralNetwork",
    "SamePatient",
    "Scenario",
    "Suppression",
    "Surrogate",
    "Tactic",
    "Tips",
    "Triage",
]

TOLD = frozenset({"schema_version", "name", "title", "question", "answer", "realism", "atlas"})
"""Keys that say what a run is called and how it is told: no figure of its market hangs on them."""
HELD_AGAINST = frozenset({"arms", "expect"})
"""Keys that say what a market is compared with and what it is held to."""
REPEATED = frozenset({"replicates", "doubt"})
"""Keys that say how often a market is run."""
FILLED = frozenset({"population"})
"""Keys that reading a scenario fills, and that nobody writes."""
_LATER = frozenset({"answer", "population"})
"""Keys that the first scenarios did not have."""
MOST_ARMS = 200
"""Each arm is checked as a scenario of its own."""


class Arm(Section):
    """One policy in a comparison: a name and what it changes."""

    name: Name = Field(description="Short name: lower-case letters, digits, _.")
    title: Text = Field(description="The arm in a few words, for tables and charts.")
    set: dict[str, Any] = Field(
        default_factory=dict,
        description="Dotted path to new value, for instance payers.*.audit.random: 0.02; * means every one. "
        "{times: 2} or {plus: 0.01} is by the number that the scenario has there.",
        json_schema_extra={"additionalProperties": {"anyOf": [RelativeValue.model_json_schema(), {}]}},
    )


class Scenario(Section):
    """A scenario file: one arrangement of providers, payers and controls, and the arms to compare."""

    schema_version: Literal[1] = Field(description="Version of this schema.")
    name: FolderName = Field(description="Short name, also of the report folder.")
    title: Text = Field(description="The scenario in a line.")
    question: Text = Field(description="The question that the scenario answers.")
    answer: AnsweredBy | None = Field(
        default=None,
        description="The figure that answers the question; absent, reports answer by payer loss and net benefit.",
    )
    realism: str = Field(default="", description="How real the arrangement is, and what is left out.")
    weeks: int = Field(strict=True, ge=1, le=520, description="Weeks of the record: all that is told is of them.")
    burn_in: int = Field(
        default=0,
        strict=True,
        ge=0,
        le=520,
        description="Weeks simulated before the record, in no figure: beliefs and cases in court come to what they are "
        "in the long run.",
    )
    replicates: int = Field(strict=True, ge=2, le=10_000, description="Independent repetitions of every arm.")
    doubt: int = Field(
        default=0,
        strict=True,
        ge=0,
        le=10_000,
        description="Draws of the uncertain numbers, on each of which every arm is run too; 0 for none. The replicates "
        "hold these numbers at their values.",
    )
    seed: int = Field(strict=True, ge=0, lt=2**63, description="Root of all random streams.")
    cases: Cases = Field(default=Cases(), description="The pool of images to draw from.")
    modalities: dict[ModalityName, Modality] = Field(min_length=1, description="Kinds of image, by name.")
    providers: dict[Name, ProviderGroup] = Field(min_length=1, description="Groups of providers, by specialty.")
    population: Population | None = Field(
        default=None, description="The file that the providers were filled from; a scenario names it as providers.from."
    )
    tactics: dict[Name, Tactic] = Field(min_length=1, description="Tactics that providers may use, by name.")
    conduct: Conduct = Field(description="How providers decide.")
    payers: tuple[Payer, ...] = Field(min_length=1, description="The payers.")
    law: Law = Field(description="What follows from findings, under every payer that names no other law.")
    other_laws: dict[Name, Law] = Field(
        default_factory=dict, description="Laws that some of the payers are under instead, by name."
    )
    referral_network: ReferralNetwork = Field(description="Which providers are neighbours.")
    atlas: Atlas | None = Field(default=None, description="The scenario as a case study of MITRE ATLAS.")
    arms: tuple[Arm, ...] = Field(
        min_length=1,
        max_length=MOST_ARMS,
        description="The policies compared; the first is the baseline. A standard arm is its name alone: no_attack, "
        "no_classifier.",
    )
    expect: dict[str, Text] = Field(
        default_factory=dict,
        description="What a run should find, checked by `threatsim test`, for instance detection_rate in arm "
        "hash_at_capture: at least 0.9.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        data = self.model_dump()
        found = [
            *clashes(data),
            *code_clashes(data),
            *law_clashes(data),
            *review_clashes(data),
            *time_clashes(data),
            *population_clashes(data),
        ]
        if found:
            raise ClashError(found)
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what came later and is not given: a run of such a scenario is the one that it was before."""
        return {name: value for name, value in handler(self).items() if name not in _LATER or value is not None}

    def law_of(self, payer: Payer) -> Law:
        """Return the law that a payer of this scenario is under."""
        return self.other_laws[payer.law] if payer.law else self.law
