"""Which controls a run needs, and what its record says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_world import scenario_data

from tests.experiment.conftest import MODALITY_INPUTS
from threatsim.common.outcome_table import ControlStatistics, OutcomeTable
from threatsim.experiment.controls_used import controls_used
from threatsim.experiment.figures.classifier_figures import ClassifierText, TacticText, classifier_figures
from threatsim.experiment.record.assembly import results_fingerprint
from threatsim.experiment.record.fingerprint import tables_fingerprint
from threatsim.experiment.record.record import RunRecord
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.scenario.schema import Scenario


def scenario_of(**sections: Any) -> Scenario:
    data = scenario_data()
    data["payers"][1] |= sections
    return Scenario.model_validate(data)


def with_statistics(table: OutcomeTable) -> OutcomeTable:
    """Clean statistics are 0 to 59, and one in ten of the calibration lies above 45; noise lifts every one to 100."""
    clean = np.arange(60, dtype=np.float32)
    attacked = {"code_only": clean, "pgd_white_box": clean * 0 + 100}
    calibration = np.linspace(5.5, 50, 99).astype(np.float32)
    return replace(table, control_statistics={"density": ControlStatistics(clean, attacked, calibration)})


def test_only_controls_that_a_payer_may_use_are_run() -> None:
    assert controls_used([scenario_of()]) == []
    later = {
        "match_images": {"after_findings": 9, "same_patient": {"false_alarm": 0.1}},
        "detect": {"after_findings": 9, "detector": {"kind": "density", "false_alarm": 0.02}},
    }
    now = {"duplicate_search": {"false_alarm": 0.01}}
    arms = [scenario_of(), scenario_of(integrity=now), scenario_of(integrity=now, adaptation=later)]
    assert controls_used(arms) == [
        ControlUse("duplicate_search", 0.01),
        ControlUse("same_patient", 0.1),
        ControlUse("density", 0.02),
    ]


def test_the_record_states_what_each_control_flags(tables: dict[str, OutcomeTable]) -> None:
    table = with_statistics(tables["dermoscopy"])
    text = ClassifierText("melanoma", "a residual network", MODALITY_INPUTS, real=False, pixels=64)
    tactics = [TacticText("pgd_white_box", "AML.T0043.000", "PGD, 20 steps")]
    figures = classifier_figures(table, text, tactics, threshold=0.5, uses=[ControlUse("density", 0.1)])
    threshold = np.sort(table.control_statistics["density"].calibration)[89]  # the 90th of 99: ceil(100 x 0.9)
    assert figures.false_alarms["Density, budget 10 %"].value == pytest.approx((np.arange(60) > threshold).mean())
    assert figures.attacks[0].flagged["Density, budget 10 %"].value == 1
    assert figures.attacks[0].flagged["Density, budget 10 %"].n == (table.labels == 0).sum()


def test_statistics_are_part_of_the_fingerprint_and_none_leave_it_as_it_was(
    tables: dict[str, OutcomeTable], record: RunRecord
) -> None:
    seen = {name: with_statistics(table) for name, table in tables.items()}
    assert tables_fingerprint(seen) != tables_fingerprint(tables)
    other = {name: replace(table, control_statistics={}) for name, table in seen.items()}
    assert tables_fingerprint(other) == tables_fingerprint(tables)
    # A record from before there were controls has neither field; its results are the same.
    old = record.model_dump(mode="json")
    for figures in old["classifiers"]:
        del figures["false_alarms"]
        for attack in figures["attacks"]:
            del attack["flagged"]
    assert results_fingerprint(RunRecord.model_validate(old)) == record.results_fingerprint
    flagged = record.classifiers[0].model_copy(update={"false_alarms": {"Density": record.classifiers[0].auroc}})
    assert results_fingerprint(record.model_copy(update={"classifiers": (flagged,)})) != record.results_fingerprint
