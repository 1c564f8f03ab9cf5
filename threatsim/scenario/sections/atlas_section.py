"""What only a scenario's author knows of it as a case study of MITRE ATLAS: who, whom, and how in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from threatsim.catalogue.atlas_ids import ATLAS_VERSION, TACTICS, TECHNIQUES
from threatsim.common.suggest import nearest
from threatsim.scenario.rules.consistency import Clash, ClashError
from threatsim.scenario.section import Section, Text


def _known_technique(identifier: str) -> str:
    return _known(identifier, TECHNIQUES, f"technique of MITRE ATLAS {ATLAS_VERSION} against models that predict")


def _known_tactic(identifier: str) -> str:
    return _known(identifier, TACTICS, f"tactic of MITRE ATLAS {ATLAS_VERSION}")


def _known(identifier: str, table: Iterable[str], what: str) -> str:
    known = tuple(table)
    if identifier not in known:
        near = nearest(identifier if identifier.upper().startswith("AML.") else f"AML.{identifier}", known)
        hint = f"; the nearest is {near}" if near else ""
        raise ValueError(f"'{identifier[:40]}' is no {what}{hint}")
    return identifier


TechniqueId = Annotated[str, AfterValidator(_known_technique)]
TacticId = Annotated[str, AfterValidator(_known_tactic)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


class AtlasReference(Section):
    """A source that a case study refers to."""

    title: Text = Field(description="Title of the source.")
    url: Url | None = Field(default=None, description="Where it can be read, with https://.")


class AtlasStep(Section):
    """A step of the case study in the author's words."""

    technique: TechniqueId = Field(description="MITRE ATLAS technique id, such as AML.T0043.000.")
    tactic: TacticId | None = Field(
        default=None, description="MITRE ATLAS tactic id that it serves; needed only where it serves several."
    )
    does: Text = Field(description="What is done, in a sentence or two.")

    @model_validator(mode="after")
    def _serves(self) -> AtlasStep:
        serves = TECHNIQUES[self.technique].tactics
        if self.tactic is not None and self.tactic not in serves:
            listed = " or ".join(f"{tactic} ({TACTICS[tactic]})" for tactic in serves)
            text = f"{self.technique} does not serve {self.tactic} ({TACTICS[self.tactic]}); it serves {listed}"
            raise ClashError([Clash(("tactic",), text)])
        return self


class Atlas(Section):
    """The scenario as a case study of MITRE ATLAS; what is left out is derived from the rest of the scenario."""

    actor: Text | None = Field(default=None, description="Who attacks; by default the providers and such payers.")
    target: Text | None = Field(default=None, description="What is attacked; by default the payers' classifiers.")
    summary: Text | None = Field(default=None, description="The case in a few sentences; by default the question.")
    reporter: Text | None = Field(default=None, description="Who reports it; an exercise needs nobody.")
    references: tuple[AtlasReference, ...] = Field(default=(), description="Sources that the case study refers to.")
    chain: tuple[AtlasStep, ...] = Field(
        default=(), description="Steps in words, in place of the derived ones of the same technique or beside them."
    )
