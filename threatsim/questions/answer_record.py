"""The record of an answer: what was asked, what it stands on, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import Field, model_validator

from threatsim.experiment.record.fingerprint import fingerprint, run_id
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import Override

if TYPE_CHECKING:
    from threatsim.questions.scenario_markets import ScenarioMarkets  # slow to import, and needed to ask alone

Findings = TypeVar("Findings", bound=RecordPart)


class AnswerRecord(RecordPart, Generic[Findings]):
    """What a question came to. Equal inputs and options give an equal record, byte for byte."""

    question: str = Field(description="sweep, break-even, sensitivity, optimise, or in_turn.")
    schema_version: int = Field(default=1, description="Version of this record's form.")
    scenario: str = Field(description="Name of the scenario.")
    title: str = Field(description="Title of the scenario.")
    seed: int = Field(description="Root of all random streams.")
    arms: dict[str, str] = Field(description="Arm that was run -> its title, the baseline first.")
    options: dict[str, Any] = Field(description="What was asked beside the scenario.")
    inputs: str = Field(description="Fingerprint of everything that a market depends on.")
    versions: dict[str, str] = Field(description="Versions of threatsim and of the libraries that touch numbers.")
    overridden: tuple[Override, ...] = Field(
        default=(), description="What the scenario was asked for in place of its own, besides replicates."
    )
    findings: Findings = Field(description="What was found.")

    @model_validator(mode="before")
    @classmethod
    def _baseline_first(cls, data: Any) -> Any:
        """Put the arms in the order that was asked for, which the sorted keys of a written record have lost."""
        options, arms = (data.get(name) if isinstance(data, dict) else None for name in ("options", "arms"))
        asked = options.get("arms") if isinstance(options, dict) else None
        if not isinstance(arms, dict) or not isinstance(asked, list):
            return data
        return {**data, "arms": {name: arms[name] for name in [*asked, *arms] if name in arms}}

    @property
    def identity(self) -> str:
        """Twelve hex digits of the inputs and the options: what the folder is called by."""
        return identity_of(self.question, self.inputs, self.options)


def identity_of(question: str, inputs: str, options: dict[str, Any]) -> str:
    """Return twelve hex digits of what an answer stands on."""
    return run_id(fingerprint({"inputs": inputs, "question": question, "options": options}))


def parts_of(markets: ScenarioMarkets) -> dict[str, Any]:
    """Return the fields of a record that say what the markets stand on."""
    from threatsim.experiment.written import overridden_in

    scenario = markets.loaded.scenario
    titles = {arm.name: arm.title for arm in scenario.arms}
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "seed": scenario.seed,
        "arms": {name: titles[name] for name in markets.arms},
        "inputs": markets.hash,
        "versions": dict(markets.run.inputs.versions),
        "overridden": overridden_in(markets.loaded, markets.run.request, without=("replicates", "doubt")),
    }
