"""Two small runs whose fingerprints are frozen: what a run finds does not change while the code is only rearranged.

The outcome tables hold small whole numbers over powers of two and no attack is run, so the fingerprints are the same on
every machine. They are written anew by `python -m tests.experiment.test_frozen_records`, which is right only where the
market, its draws or the statistics are meant to give other numbers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiment.small_world import scenario_data
from threatsim.experiment.doctor.probe_scenario import PROBE_CONTROLS, probe_scenario
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.classifier_figures import ClassifierText, TacticText, classifier_figures
from threatsim.experiment.record.assembly import ModalityInputs, RunInputs, assemble_record, results_fingerprint
from threatsim.experiment.record.fingerprint import tables_fingerprint
from threatsim.experiment.record.record import RunRecord
from threatsim.market.exact_tables import exact_tables
from threatsim.market.simulation import simulate
from threatsim.scenario.schema import Scenario

FROZEN = Path(__file__).parent / "frozen_records.txt"


def _audits_doubled() -> dict[str, Scenario]:
    """Two arms of the small scenario."""
    data = scenario_data()
    for payer in data["payers"]:
        payer["audit"] = payer["audit"] | {"random": 0.002}
    return {"baseline": Scenario.model_validate(scenario_data()), "audits_doubled": Scenario.model_validate(data)}


RUNS = {
    "two payers, screens, an adaptive policy": ({"baseline": probe_scenario("logit")}, PROBE_CONTROLS),
    "two arms": (_audits_doubled(), ()),
}
"""Name -> its arms, and the controls on the picture that its tables hold."""


def record_of(name: str) -> RunRecord:
    """The record of a run of four replicates."""
    arms, controls = RUNS[name]
    scenario = arms["baseline"]
    tables = exact_tables(scenario, controls=controls)
    results = [
        simulate(arms[arm], tables, arm=arm, replicate=replicate, seed=scenario.seed)
        for arm in arms
        for replicate in range(4)
    ]
    inputs = RunInputs(
        scenario=scenario.model_dump(mode="json"),
        seed=scenario.seed,
        replicates=4,
        device="cpu",
        versions={},
        modalities={modality: ModalityInputs("synthetic", "aa" * 32, "bb" * 32) for modality in tables},
        outcomes=tables_fingerprint(tables),
    )
    tactics = [TacticText(tactic, "AML.T0043.000", tactic) for tactic in scenario.tactics]
    figures = [
        classifier_figures(
            table,
            ClassifierText("the finding", "a network", inputs.modalities[modality], real=False, pixels=64),
            tactics,
            threshold=0.5,
        )
        for modality, table in tables.items()
    ]
    kinds = {"measured": 0, "estimated": 0, "assumed": 0}
    arm_list = [arm for arm in scenario.arms if arm.name in arms]
    return assemble_record(inputs, number_kinds=kinds, classifiers=figures, arms=arm_outcomes(arm_list, results))


def frozen(name: str) -> str:
    """A run's line: what it found, and what it ran on."""
    record = record_of(name)
    return f"{name}: results {results_fingerprint(record)} outcomes {record.outcomes_fingerprint}"


@pytest.mark.parametrize("name", RUNS)
def test_a_run_finds_what_it_found(name: str) -> None:
    assert frozen(name) in FROZEN.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    FROZEN.write_text("".join(f"{frozen(name)}\n" for name in RUNS), encoding="utf-8")
