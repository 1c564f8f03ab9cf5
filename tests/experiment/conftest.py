"""A small scenario, its tables, its replicates and its record, made without images."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Worker processes inherit the path and import the stand-in market by name.
sys.path.insert(0, str(Path(__file__).parent))

import stand_in_market
from small_world import scenario_data, small_tables

from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.classifier_figures import ClassifierText, TacticText, classifier_figures
from threatsim.experiment.record.assembly import ModalityInputs, RunInputs, assemble_record
from threatsim.experiment.record.fingerprint import tables_fingerprint
from threatsim.experiment.record.record import RunRecord
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

MODALITY_INPUTS = ModalityInputs(images="synthetic", weights="aa" * 32, surrogate="bb" * 32)


@pytest.fixture
def scenario() -> Scenario:
    return Scenario.model_validate(scenario_data())


@pytest.fixture
def arms(scenario: Scenario) -> dict[str, Scenario]:
    data = scenario_data()
    for payer in data["payers"]:
        payer["audit"] = payer["audit"] | {"random": 0.002}
    return {"baseline": scenario, "audits_doubled": Scenario.model_validate(data)}


@pytest.fixture
def tables() -> dict[str, OutcomeTable]:
    return small_tables()


@pytest.fixture
def results(arms: dict[str, Scenario], tables: dict[str, OutcomeTable]) -> list[ReplicateResult]:
    return [
        stand_in_market.simulate(arms[arm], tables, arm=arm, replicate=replicate, seed=7)
        for arm in arms
        for replicate in range(4)
    ]


MakeRecord = Callable[..., RunRecord]


@pytest.fixture
def make_record(scenario: Scenario, arms: dict[str, Scenario], tables: dict[str, OutcomeTable]) -> MakeRecord:
    """A record of the small scenario with another seed, number of replicates, or scenario."""

    def make(seed: int = 7, replicates: int = 4, **changes: Any) -> RunRecord:
        found = [
            stand_in_market.simulate(arms[arm], tables, arm=arm, replicate=replicate, seed=seed)
            for arm in arms
            for replicate in range(replicates)
        ]
        inputs = RunInputs(
            scenario=scenario.model_dump(mode="json") | changes,
            seed=seed,
            replicates=replicates,
            device="cpu",
            versions={"threatsim": "0.1.0", "numpy": "2.4.6"},
            modalities={"dermoscopy": MODALITY_INPUTS},
            outcomes=tables_fingerprint(tables),
        )
        text = ClassifierText("melanoma", "a residual network", MODALITY_INPUTS, real=False, pixels=64)
        tactics = [TacticText("pgd_white_box", "AML.T0043.000", "PGD, 20 steps")]
        return assemble_record(
            inputs,
            number_kinds={"measured": 0, "estimated": 2, "assumed": 40},
            classifiers=[classifier_figures(tables["dermoscopy"], text, tactics, threshold=0.5)],
            arms=arm_outcomes(scenario.arms, found),
        )

    return make


@pytest.fixture
def record(make_record: MakeRecord) -> RunRecord:
    return make_record()
