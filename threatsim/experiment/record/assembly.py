"""From what a run used and found to its record, with the fingerprints that make it citable and checkable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic.fields import FieldInfo

from threatsim.experiment.record.doubt import Doubt
from threatsim.experiment.record.fingerprint import fingerprint, run_id
from threatsim.experiment.record.part import RecordPart, Since
from threatsim.experiment.record.record import (
    ArmOutcome,
    ClassifierFigures,
    ExpectationCheck,
    NumberStep,
    Override,
    PatternCheck,
    RunRecord,
)
from threatsim.experiment.record.stopping import Stopping
from threatsim.scenario.sections.quantity import Kind


@dataclass(frozen=True)
class ModalityInputs:
    """Where the scores of one modality come from.

    Attributes:
        images: synthetic, or the real archive's name.
        weights, surrogate: hashes of the victim's and the surrogate's weights.
        surrogates: those that tactics name besides: kind -> hash of its weights.
        table: hash of the table that the outcomes were taken from; empty if they were computed.
    """

    images: str
    weights: str
    surrogate: str
    surrogates: Mapping[str, str] = field(default_factory=dict)
    table: str = ""

    def parts(self) -> list[Any]:
        """Return what a fingerprint is taken of; what came later counts only where there is any."""
        later = [dict(self.surrogates)] if self.surrogates else []
        kept = [self.table] if self.table else []
        return [self.images, self.weights, self.surrogate, *later, *kept]


@dataclass(frozen=True)
class RunInputs:
    """Everything that the results of a run depend on.

    Attributes:
        scenario: the resolved scenario, as JSON has it (`Scenario.model_dump(mode="json")`).
        seed: root of all random streams.
        replicates: replicates of every arm.
        device: kind of device that the attacks ran on.
        versions: library -> version (`fingerprint.versions`).
        modalities: modality -> where its scores come from.
        outcomes: hash of the scores themselves (`fingerprint.tables_fingerprint`).
        order: what sorting the scenario's keys loses (`order.lost_order`).
        until: the interval that ends the run, and the most replicates; empty if it runs as many as the scenario has.
    """

    scenario: Mapping[str, Any]
    seed: int
    replicates: int
    device: str
    versions: Mapping[str, str]
    modalities: Mapping[str, ModalityInputs]
    outcomes: str
    order: Mapping[str, Sequence[str]] = field(default_factory=dict)
    until: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all of it; equal inputs give equal results.

        An order that sorting does not lose says nothing here, nor does one that was not kept, as in older records; nor
        does a run that goes on until nothing.
        """
        return fingerprint(
            ({"order": self.order} if self.order else {})
            | ({"until": self.until} if self.until else {})
            | {
                "scenario": self.scenario,
                "seed": self.seed,
                "replicates": self.replicates,
                "device": self.device,
                "versions": self.versions,
                "modalities": {name: inputs.parts() for name, inputs in self.modalities.items()},
                "outcomes": self.outcomes,
            }
        )

    @property
    def run_id(self) -> str:
        """The short name that the run is filed and cited under."""
        return run_id(self.fingerprint)


def assemble_record(
    inputs: RunInputs,
    *,
    number_kinds: Mapping[Kind, int],
    classifiers: Sequence[ClassifierFigures],
    arms: Sequence[ArmOutcome],
    steps: Sequence[NumberStep] = (),
    patterns: Sequence[PatternCheck] = (),
    stopping: Stopping | None = None,
    doubt: Doubt | None = None,
    expectations: Sequence[ExpectationCheck] = (),
    origins: Mapping[str, str] | None = None,
    overridden: Sequence[Override] = (),
) -> RunRecord:
    """Return the record of a run.

    Args:
        inputs: what the run used; its modalities are those of `classifiers`.
        number_kinds: how many numbers of the scenario are measured, estimated, fitted, assumed.
        classifiers: the figures of the classifiers, a modality each.
        arms: the figures of the arms, the baseline first.
        steps: arms that differ in one number.
        patterns: the checks of the market against published patterns.
        stopping: how it ended, if it went on until an interval was narrow.
        doubt: what draws of the uncertain numbers showed.
        expectations: what the scenario expects, checked.
        origins: where each number of the scenario was written.
        overridden: what was asked for in place of the scenario's own.

    Raises:
        ValueError: the classifiers are not those that the inputs name.
    """
    record = RunRecord(
        record_version=1,
        run_id=inputs.run_id,
        inputs_fingerprint=inputs.fingerprint,
        outcomes_fingerprint=inputs.outcomes,
        results_fingerprint="",
        versions=dict(inputs.versions),
        device=inputs.device,
        seed=inputs.seed,
        replicates=stopping.replicates if stopping else inputs.replicates,
        design="fours",  # as `market.streams` has it
        scenario=dict(inputs.scenario),
        order={place: list(names) for place, names in inputs.order.items()},
        number_kinds={str(kind): count for kind, count in number_kinds.items()},
        classifiers=tuple(classifiers),
        arms=tuple(arms),
        steps=tuple(steps),
        patterns=tuple(patterns),
        stopping=stopping,
        doubt=doubt,
        expectations=tuple(expectations),
        origins=dict(origins or {}),
        overridden=tuple(overridden),
        listed=True,
    )
    if inputs_of(record) != inputs:
        raise ValueError("the classifiers are not those that the inputs name")
    return record.model_copy(update={"results_fingerprint": results_fingerprint(record)})


def inputs_of(record: RunRecord) -> RunInputs:
    """Return what a recorded run used, as its record says."""
    stopping = record.stopping
    return RunInputs(
        scenario=record.scenario,
        seed=record.seed,
        replicates=record.scenario["replicates"] if stopping else record.replicates,
        device=record.device,
        versions=record.versions,
        modalities={
            figures.modality: ModalityInputs(
                figures.images,
                figures.weights,
                figures.surrogate,
                figures.surrogates,
                figures.kept.table if figures.kept else "",
            )
            for figures in record.classifiers
        },
        outcomes=record.outcomes_fingerprint,
        order=record.order,
        until=stopping.asked if stopping else {},
    )


_RESULTS = {"number_kinds", "classifiers", "arms", "patterns", "uncertain", "stopping", "doubt", "expectations"}


def results_fingerprint(record: RunRecord) -> str:
    """Return SHA-256 of what a run found: number kinds, classifiers, arms, patterns, doubt and expectations.

    Fields that the first records did not have (`record.Since`) count only where they say something.
    """
    covered = _RESULTS | {"origins", "listed"} if record.listed else _RESULTS
    return fingerprint(record.model_dump(mode="json", include=covered, exclude=_silent(record)))


def _silent(part: RecordPart) -> dict[Any, Any]:
    """Return the later fields of a part that have their default, at any depth, as pydantic's `exclude` takes them."""
    silent: dict[Any, Any] = {}
    later = _later_fields(type(part))
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name in later and value == later[name].get_default(call_default_factory=True):
            silent[name] = True
        elif isinstance(value, tuple):
            silent[name] = {place: _silent(inner) for place, inner in enumerate(value) if isinstance(inner, RecordPart)}
    return silent


@cache
def _later_fields(kind: type[RecordPart]) -> dict[str, FieldInfo]:
    """Return the fields that the first records did not have."""
    return {
        name: info
        for name, info in kind.model_fields.items()
        if any(isinstance(marker, Since) for marker in info.metadata)
    }
